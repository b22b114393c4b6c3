"""The tree of a `rules:if` expression and what its parts evaluate to.

Values are GitLab's: strings, null for an undefined variable, booleans, patterns, and inputs of any
type. `&&` and `||` are Ruby's, for whom an empty string is true and hands itself on; only the
whole expression asks whether its result is blank.
"""

from collections.abc import Mapping

import msgspec

from gluv.expr.lexemes import ExpressionInvalid
from gluv.expr.regex import Pattern, RegexInvalid, compile_pattern

Inputs = Mapping[str, object]
Variables = Mapping[str, str]


class Value(msgspec.Struct, frozen=True):
    """A literal: string, null, boolean or pattern."""

    value: object
    text: str

    def evaluate(self, variables: Variables, inputs: Inputs) -> object:
        """The literal itself."""
        return self.value


class Variable(msgspec.Struct, frozen=True):
    """`$NAME`; null if there is no such variable."""

    name: str

    @property
    def text(self) -> str:
        """As written."""
        return f"${self.name}"

    def evaluate(self, variables: Variables, inputs: Inputs) -> object:
        """The variable's value."""
        return variables.get(self.name)


class Input(msgspec.Struct, frozen=True):
    """`$[[ inputs.name ]]`, as the rules of `spec:inputs` use it."""

    name: str

    @property
    def text(self) -> str:
        """As GitLab writes it."""
        return f"$[[ inputs.{self.name} ]]"

    def evaluate(self, variables: Variables, inputs: Inputs) -> object:
        """The input's value, null if it is not known."""
        return inputs.get(self.name)


class Comparison(msgspec.Struct, frozen=True):
    """`==`, `!=`, `=~` or `!~` between two terms."""

    operator: str
    left: "Term"
    right: "Term"

    @property
    def text(self) -> str:
        """As written, with single spaces."""
        return f"{self.left.text} {self.operator} {self.right.text}"

    def evaluate(self, variables: Variables, inputs: Inputs) -> object:
        """True or false."""
        left = self.left.evaluate(variables, inputs)
        right = self.right.evaluate(variables, inputs)
        if self.operator in ("==", "!="):
            return _same(left, right) == (self.operator == "==")
        return _matches(left, right) == (self.operator == "=~")


class Junction(msgspec.Struct, frozen=True):
    """`&&` or `||` between two terms."""

    operator: str
    left: "Term"
    right: "Term"

    @property
    def text(self) -> str:
        """As written, with single spaces; parentheses where they matter."""
        return f"{self._side(self.left)} {self.operator} {self._side(self.right)}"

    def _side(self, term: "Term") -> str:
        inside = isinstance(term, Junction) and term.operator != self.operator
        return f"({term.text})" if inside else term.text

    def evaluate(self, variables: Variables, inputs: Inputs) -> object:
        """The left or the right value, as Ruby's operators choose."""
        left = self.left.evaluate(variables, inputs)
        truthy = left is not None and left is not False
        if truthy == (self.operator == "||"):
            return left
        return self.right.evaluate(variables, inputs)


Term = Value | Variable | Input | Comparison | Junction


def is_present(value: object) -> bool:
    """Ruby on Rails' `present?`: neither null, false, blank text nor an empty collection."""
    if value is None or value is False:
        return False
    if isinstance(value, str):
        return not (not value or value.isspace())
    if isinstance(value, list | tuple | dict):
        return bool(value)
    return True


def _same(left: object, right: object) -> bool:
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return left == right


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _matches(left: object, right: object) -> bool:
    """`=~`: a pattern, a variable that holds one, or a string that may contain the left text."""
    if right is None or right is False:
        return False
    text = _text(left)
    if isinstance(right, Pattern):
        return right.search(text)
    try:
        return compile_pattern(unescape(_text(right))).search(text)
    except RegexInvalid:
        return text in _text(right)


def unescape(pattern: str) -> str:
    """The pattern with its escaped slashes as slashes."""
    return pattern.replace("\\/", "/")


def build_pattern(text: str) -> Value:
    """The literal `/.../flags`; raises ExpressionInvalid where RE2 refuses it."""
    try:
        return Value(compile_pattern(unescape(text)), text)
    except RegexInvalid as error:
        raise ExpressionInvalid(str(error)) from None
