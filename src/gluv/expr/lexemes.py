"""The words of a `rules:if` expression."""

import re
from typing import Literal

import msgspec

from gluv.text.pattern import later

Kind = Literal[
    "open", "close", "input", "variable", "string", "pattern", "null", "bool", "operator"
]

MAX_TOKENS = 100


class ExpressionInvalid(ValueError):
    """GitLab refuses the expression; `detail` is what its parser found."""

    def __init__(self, detail: str) -> None:
        super().__init__("invalid expression syntax")
        self.message = "invalid expression syntax"
        self.detail = detail


class Token(msgspec.Struct, frozen=True):
    """A word; `value` is a variable's or input's name, a string's content, else as written."""

    kind: Kind
    value: str
    text: str


# In GitLab's order of trying. A pattern needs two characters between its slashes.
_LEXEMES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("open", later(r"\(")),
    ("close", later(r"\)")),
    ("input", later(r"\$\[\[[ \t\r\n\f\v]*inputs\.(\w+)[ \t\r\n\f\v]*\]\]", re.A)),
    ("variable", later(r"\$(\w+)", re.A)),
    ("string", later(r'"(.*?)"|\'(.*?)\'')),
    ("pattern", later(r"/(?:[^/]|\\/)+[^\\]/[ismU]*")),
    ("null", later(r"null")),
    ("bool", later(r"\b(?:true|false)\b", re.A)),
    ("operator", later(r"==|=~|!=|!~|&&|\|\|")),
)
_BLANK = later(r"[ \t\r\n\f\v]*")


def read_tokens(text: str) -> list[Token]:
    """The words of `text`; raises ExpressionInvalid at an unknown one or beyond 100."""
    tokens: list[Token] = []
    at = 0
    while True:
        blank = _BLANK.match(text, at)
        at = blank.end() if blank else at
        if len(tokens) == MAX_TOKENS:
            raise ExpressionInvalid("Too many tokens!")
        if at == len(text):
            return tokens
        for kind, lexeme in _LEXEMES:
            if match := lexeme.match(text, at):
                content = next((group for group in match.groups() if group is not None), match[0])
                tokens.append(Token(kind, content, match[0]))
                at = match.end()
                break
        else:
            raise ExpressionInvalid(f"Unknown lexeme found! `{text[at : at + 20]}`")
