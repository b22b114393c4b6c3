import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluv.expr.regex import RegexInvalid, compile_pattern, compile_source, is_pattern
from gluv.expr.rules_if import ExpressionInvalid, parse_expression

SEEN = {"EMPTY": "", "BLANK": "  ", "SET": "x", "NAME": "main", "RE": "/^ma/", "BAD": "/(/"}
SEEN |= {"ONE": "/a/", "TEXT": "the main branch", "SLASH": "a/b", "LINES": "x\nmain"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$SET", True),
        ("$EMPTY", False),
        ("$BLANK", False),
        ("$NONE", False),
        ("$NONE == null", True),
        ("$EMPTY == null", False),
        ('$EMPTY == ""', True),
        ('$NONE == ""', False),
        ("$NONE != null", False),
        ("$NONE == $NADA", True),
        ("$EMPTY || $SET", False),  # an empty string is true in Ruby, and hands itself on
        ("$NONE || $SET", True),
        ("$EMPTY && $SET", True),
        ("$NONE && $SET", False),
        ("$SET && $EMPTY", False),
        ('$NAME == "main"', True),
        ("$NAME == 'main'", True),
        ('"main" == $NAME', True),
        ('"a" == "a"', True),
        ("$NAME != 'x'", True),
        ("$NAME =~ /^main$/", True),
        ("$NAME =~ /MAIN/", False),
        ("$NAME =~ /MAIN/i", True),
        ("$NAME !~ /main/", False),
        ("$NAME =~ /ai/", True),
        ("$NONE =~ /^$/", True),
        ("$NONE =~ /x*/", True),
        ("$NAME =~ $RE", True),
        ("$NAME !~ $RE", False),
        ("$SET =~ $RE", False),
        ("$NAME =~ $ONE", True),  # a variable may hold a pattern of one character
        ("$NAME =~ $NONE", False),
        ("$NAME !~ $NONE", True),
        ("$NAME =~ null", False),
        ("$NAME =~ $TEXT", True),  # a plain string: does it contain the left text
        ("$TEXT =~ $NAME", False),
        ("$NONE =~ $TEXT", True),
        ("$BAD =~ $BAD", True),
        (r"$SLASH =~ /a\/b/", True),
        ("$LINES =~ /^main/", False),
        ("$LINES =~ /(?m)^main/", True),
        ("$LINES =~ /x.main/", False),
        ("$LINES =~ /x.main/s", True),
        ("$NAME == /main/", False),
        ("$SET == 'x' && $NAME == 'main'", True),
        ("$SET == 'y' && $NAME == 'main' || $SET", True),
        ("$SET == 'y' && ($NAME == 'main' || $SET)", False),
        ("$SET || $NONE && $NONE", True),
        ("($SET || $NONE) && $NONE", False),
        ("$A == 'x'||$SET", True),
        ("  $SET\n&&\t$NAME ", True),
        ("$SET ()", True),
        ("'$SET' == '$SET'", True),
        ("true", True),
        ("false", False),
        ("$SET == true", False),
        ('"it\'s" == "it\'s"', True),
        ("$NAME == 'ma' == false", True),
    ],
)
def test_expression_decides_as_gitlab(text: str, expected: bool) -> None:
    assert parse_expression(text).evaluate(SEEN) is expected


@pytest.mark.parametrize(
    "text",
    ["", " ", "${A}", "$A = 'x'", "$A == main", "$A =~ /a/", "$A =~ /(/x", "$A =~ /(?=a)b/", "(",
     ")", "($A", "$A)", "()", "== $A", "$A ==", "$A $B", "$A === 'x'", "!$A", "$A & $B",
     "$A == 'x", "nullx", "$A == 1", "&&", "$A || ", "%A%", " || ".join(["$A"] * 51)],
)  # fmt: skip
def test_what_gitlab_does_not_read_is_invalid(text: str) -> None:
    with pytest.raises(ExpressionInvalid) as caught:
        parse_expression(text)
    assert caught.value.message == "invalid expression syntax"
    assert caught.value.detail


def test_one_hundred_words_are_too_many_ninety_nine_are_not() -> None:
    assert parse_expression(" || ".join(["$A"] * 50)).evaluate({"A": "1"})


def test_inputs_keep_their_types() -> None:
    inputs: dict[str, object] = {"flag": True, "count": 1, "name": "aws"}
    assert parse_expression("$[[ inputs.flag ]] == true").evaluate({}, inputs)
    assert not parse_expression("$[[ inputs.flag ]] == 'true'").evaluate({}, inputs)
    assert not parse_expression("$[[ inputs.count ]] == true").evaluate({}, inputs)
    assert parse_expression("$[[inputs.name]] == 'aws' && $[[ inputs.flag ]]").evaluate({}, inputs)
    assert parse_expression("$[[ inputs.other ]] == null").evaluate({}, inputs)


def test_explanation_names_what_was_true_and_the_values_seen() -> None:
    expression = parse_expression("$A == 'x' || ($B =~ /^v\\d/ && $C != null)")
    lines = expression.explain({"A": "y", "B": "v1"}).split("\n")
    assert lines == [
        "false: $A == 'x'  ($A is \"y\")",
        'true: $B =~ /^v\\d/  ($B is "v1")',
        "false: $C != null  ($C is null)",
    ]
    assert expression.variable_names() == ("A", "B", "C")


def test_patterns_are_re2() -> None:
    assert is_pattern("/x/i")
    assert not is_pattern("x")
    assert compile_pattern("/(?P<n>a)(b)?/").groups("xa") == ("a", "a", None)
    assert compile_pattern("/a+/U").groups("aaa") == ("a",)
    assert compile_source(r"^v\d+$").search("v12")
    for bad in ("/a(?=b)/", r"/(a)\1/", "/[/", "a", "/a/x"):
        with pytest.raises(RegexInvalid, match="Invalid regular expression"):
            compile_pattern(bad)


def test_patterns_take_linear_time() -> None:
    started = time.perf_counter()
    assert not compile_pattern("/^(a+)+$/").search("a" * 5000 + "b")
    assert time.perf_counter() - started < 1


OPERATORS = st.sampled_from(["==", "!=", "&&", "||"])
ATOMS = st.sampled_from(["$A", "$B", "null", '""', '"x"', "'y'"])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, OPERATORS, inner).map(" ".join), inner.map(lambda text: f"({text})")
    ),
    max_leaves=12,
)
VALUES = st.dictionaries(st.sampled_from("AB"), st.sampled_from(["", "x", "y", " "]))


def oracle(text: str, variables: dict[str, str]) -> bool:
    """The same expression by Python's own grammar, on values with Ruby's notion of truth."""

    class Ruby:
        def __init__(self, value: object) -> None:
            self.value = value

        def __bool__(self) -> bool:
            return self.value is not None and self.value is not False

        def __mul__(self, other: "Ruby") -> "Ruby":
            return Ruby(self.value == other.value and type(self.value) is type(other.value))

        def __truediv__(self, other: "Ruby") -> "Ruby":
            return Ruby(not (self * other).value)

    values = {name: Ruby(value) for name, value in variables.items()}
    names = {"A": Ruby(None), "B": Ruby(None), "null": Ruby(None), **values}
    names |= {"empty": Ruby(""), "x": Ruby("x"), "y": Ruby("y")}
    for old, new in [("==", "*"), ("!=", "/"), ("&&", " and "), ("||", " or "), ("$", "")]:
        text = text.replace(old, new)
    text = text.replace('""', "empty").replace('"x"', "x").replace("'y'", "y")
    result = eval(text, {"__builtins__": {}}, names).value
    return result is not None and result is not False and (result is True or bool(result.strip()))


@given(EXPRESSIONS, VALUES)
@settings(max_examples=400, deadline=1000)
def test_precedence_and_truth_agree_with_an_oracle(text: str, variables: dict[str, str]) -> None:
    if len(re.findall(r"\$\w|null|\"\w?\"|'y'|[=!&|]{2}|[()]", text)) < 100:
        assert parse_expression(text).evaluate(variables) is oracle(text, variables)


WORDS = [
    "$A",
    "$B",
    "(",
    ")",
    "==",
    "=~",
    "!~",
    "&&",
    "||",
    "null",
    "true",
    '"x"',
    "/ab/",
    "/",
    "x",
]


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), VALUES)
@settings(max_examples=400, deadline=1000)
def test_any_words_are_read_or_refused(text: str, variables: dict[str, str]) -> None:
    try:
        expression = parse_expression(text)
    except ExpressionInvalid:
        return
    assert expression.evaluate(variables) in (True, False)
    assert expression.explain(variables)
