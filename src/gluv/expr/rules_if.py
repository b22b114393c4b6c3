"""The expression language of `rules:if`, `workflow:rules` and `spec:inputs:rules`."""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from gluv.expr.lexemes import ExpressionInvalid, Token, read_tokens
from gluv.expr.regex import Pattern
from gluv.expr.terms import (
    Comparison,
    Input,
    Junction,
    Term,
    Value,
    Variable,
    build_pattern,
    is_present,
)

__all__ = ["Expression", "ExpressionInvalid", "parse_expression"]

# A lower number binds tighter; a parenthesis is opaque to all of them.
_PRECEDENCE = {"==": 10, "!=": 10, "=~": 10, "!~": 10, "&&": 11, "||": 12}
_NO_INPUTS: Mapping[str, object] = {}


class Expression(msgspec.Struct, frozen=True):
    """A parsed expression; `text` is how the user wrote it."""

    text: str
    tree: Term

    def evaluate(
        self, variables: Mapping[str, str], inputs: Mapping[str, object] = _NO_INPUTS
    ) -> bool:
        """Whether the expression holds: its result is neither null, false nor blank."""
        return is_present(self.tree.evaluate(variables, inputs))

    def explain(
        self, variables: Mapping[str, str], inputs: Mapping[str, object] = _NO_INPUTS
    ) -> str:
        """One line a comparison: whether it held, and the values it saw."""
        return "\n".join(_explain(self.tree, variables, inputs))

    def variable_names(self) -> tuple[str, ...]:
        """The variables the expression looks at, in order, each once."""
        return tuple(dict.fromkeys(_names(self.tree)))


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Expression:
    """The expression `text`; raises ExpressionInvalid("invalid expression syntax").

    Reads as GitLab does, by the shunting-yard algorithm over at most 100 words.
    """
    tokens = read_tokens(text)
    if not tokens:
        raise ExpressionInvalid("Empty expression")
    return Expression(text, _tree(_postfix(tokens)))


def _postfix(tokens: list[Token]) -> list[Token]:
    output: list[Token] = []
    waiting: list[Token] = []
    for token in tokens:
        match token.kind:
            case "operator":
                precedence = _PRECEDENCE[token.value]
                while waiting and waiting[-1].kind != "open":
                    if precedence < _PRECEDENCE[waiting[-1].value]:
                        break
                    output.append(waiting.pop())
                waiting.append(token)
            case "open":
                waiting.append(token)
            case "close":
                while waiting and waiting[-1].kind != "open":
                    output.append(waiting.pop())
                if not waiting:
                    raise ExpressionInvalid("Unmatched parenthesis")
                waiting.pop()
            case _:
                output.append(token)
    return output + waiting[::-1]


def _tree(tokens: list[Token]) -> Term:
    results: list[Term] = []
    for token in tokens:
        if token.kind == "operator":
            if len(results) < 2:
                raise ExpressionInvalid(f"`{token.value}` needs a value on both sides")
            right = results.pop()
            left = results.pop()
            kind = Junction if token.value in ("&&", "||") else Comparison
            results.append(kind(token.value, left, right))
        else:
            results.append(_leaf(token))
    if len(results) != 1:
        raise ExpressionInvalid(
            "Two values without an operator between them" if results else "Empty"
        )
    return results[0]


def _leaf(token: Token) -> Term:
    match token.kind:
        case "variable":
            return Variable(token.value)
        case "input":
            return Input(token.value)
        case "string":
            return Value(token.value, token.text)
        case "pattern":
            return build_pattern(token.text)
        case "null":
            return Value(None, token.text)
        case "bool":
            return Value(token.value == "true", token.text)
        case _:
            raise ExpressionInvalid("Unmatched parenthesis")


def _names(term: Term) -> list[str]:
    match term:
        case Variable():
            return [term.name]
        case Comparison() | Junction():
            return _names(term.left) + _names(term.right)
        case _:
            return []


def _explain(term: Term, variables: Mapping[str, str], inputs: Mapping[str, object]) -> list[str]:
    if isinstance(term, Junction):
        return _explain(term.left, variables, inputs) + _explain(term.right, variables, inputs)
    held = "true" if is_present(term.evaluate(variables, inputs)) else "false"
    sides = (term.left, term.right) if isinstance(term, Comparison) else (term,)
    seen = [
        f"{side.text} is {_show(side.evaluate(variables, inputs))}"
        for side in sides
        if isinstance(side, Variable | Input)
    ]
    return [f"{held}: {term.text}" + (f"  ({', '.join(seen)})" if seen else "")]


def _show(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Pattern):
        return value.source
    return f'"{value}"' if isinstance(value, str) else str(value)
