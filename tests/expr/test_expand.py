import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluv.expr.expand import expand, path_expand, runner_expand
from gluv.expr.nested_variables import expand_variables

VARIABLES = {"A": "1", "B_2": "two", "EMPTY": "", "PATHS": "x/y/z.tar.gz", "N": "$A"}


@pytest.mark.parametrize(
    ("text", "kept", "emptied"),
    [
        ("plain", "plain", "plain"),
        ("$A-${A}-%A%", "1-1-1", "1-1-1"),
        ("$B_2x $B_2-x", "$B_2x two-x", " two-x"),
        ("${B_2}x", "twox", "twox"),
        ("$NO ${NO} %NO%", "$NO ${NO} %NO%", "  "),
        ("$EMPTY|", "|", "|"),
        ("$N", "$A", "$A"),
        ("100% of %A%", "100% of 1", "100% of 1"),
        ("$1 ${} $ ${A:-x}", "$1 ${} $ ${A:-x}", "$1 ${} $ ${A:-x}"),
        ("$$A", "$1", "$1"),
    ],
)
def test_keywords_are_expanded_once(text: str, kept: str, emptied: str) -> None:
    assert expand(text, VARIABLES) == kept
    assert expand(text, VARIABLES.get, unknown="empty") == emptied


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A-${B_2}", "1-two"),
        ("$NO.${NO}.", ".."),
        ("$$A $$$$", "$A $$"),
        ("$(cmd) $' $", "$(cmd) $' $"),
        ("$1x ${1} $@$*$#$?$!$-", "x  "),
        ("${} ${open", " open"),
        ("${A:-x}", ""),
        ("%A%", "%A%"),
        ("$N", "$A"),
        ("ghcr.io/x:$A-python$B_2-slim", "ghcr.io/x:1-pythontwo-slim"),
    ],
)
def test_runner_expands_like_go(text: str, expected: str) -> None:
    assert runner_expand(text, VARIABLES) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A/${B_2}/$NO/x", "1/two//x"),
        ("${NO:-x/$A} ${EMPTY:-d} ${EMPTY-d}", "x/1 d "),
        ("${NO:=y} ${A:-x} ${A:+set} ${NO:+set}", "y 1 set "),
        ("${NO:-${EMPTY:-deep}}", "deep"),
        ("${#PATHS}", "12"),
        (
            "${PATHS##*/} ${PATHS#*/} ${PATHS%.*} ${PATHS%%.*}",
            "z.tar.gz y/z.tar.gz x/y/z.tar x/y/z",
        ),
        (r"\$A \\ a\b", "$A \\ a\\b"),
        ("${open ${A", "${open ${A"),
        ("$(rm -rf x) `x`", "$(rm -rf x) `x`"),
        ("**/*.xml", "**/*.xml"),
    ],
)
def test_paths_expand_like_a_shell(text: str, expected: str) -> None:
    assert path_expand(text, VARIABLES) == expected


def nested(**values: str) -> dict[str, str]:
    return expand_variables((name, value, False) for name, value in values.items()).mapping()


def test_variables_expand_in_the_order_they_need() -> None:
    assert nested(A="$B-${C}", B="%C%x", C="1") == {"A": "1x-1", "B": "1x", "C": "1"}


def test_escapes_and_unknown_references_stay() -> None:
    assert nested(A="$$B %%B %%", B="1", C="$NO ${NO} ${} 5%") == {
        "A": "$$B %%B %%",
        "B": "1",
        "C": "$NO ${NO} ${} 5%",
    }


def test_raw_variables_are_used_but_not_expanded() -> None:
    entries = [("A", "$B", False), ("B", "x$C", True), ("C", "1", False)]
    assert expand_variables(entries).mapping() == {"A": "x$C", "B": "x$C", "C": "1"}


def test_a_stronger_value_may_use_the_weaker_one_of_its_name() -> None:
    entries = [("PATH", "/bin", False), ("PATH", "$PATH:/x", False), ("OWN", "$OWN:y", False)]
    expanded = expand_variables(entries)
    assert expanded.variables == (("PATH", "/bin"), ("PATH", "/bin:/x"), ("OWN", "$OWN:y"))
    assert expanded.problem == ""


def test_references_see_the_strongest_value() -> None:
    entries = [("A", "weak", False), ("USE", "$A", False), ("A", "strong", False)]
    assert expand_variables(entries).mapping() == {"A": "strong", "USE": "strong"}


def test_circles_are_named_and_left() -> None:
    expanded = expand_variables([("A", "$B", False), ("B", "$A", False), ("C", "x", False)])
    assert expanded.mapping() == {"A": "$B", "B": "$A", "C": "x"}
    assert expanded.problem == 'circular variable reference detected: ["A", "B"]'


def test_long_chains_need_no_recursion() -> None:
    entries = [(f"V{n}", f"$V{n + 1}", False) for n in range(5000)] + [("V5000", "end", False)]
    assert expand_variables(entries).mapping()["V0"] == "end"


NAMES = st.sampled_from("ABCDE")
TEXTS = st.lists(
    st.one_of(st.sampled_from(["$A", "${B}", "%C%", "$D", "$E", "$$", "%%", "$", "%", "x", "{"])),
    max_size=6,
).map("".join)


@given(st.dictionaries(NAMES, TEXTS), TEXTS)
@settings(max_examples=300, deadline=1000)
def test_any_text_expands(values: dict[str, str], text: str) -> None:
    expanded = expand_variables((name, value, False) for name, value in values.items())
    assert [name for name, _ in expanded.variables] == list(values)
    assert expand(text, {}) == text
    for function in (runner_expand, path_expand):
        assert isinstance(function(text, values), str)
    plain = {name: value for name, value in values.items() if not set("$%") & set(value)}
    assert {name: expanded.mapping()[name] for name in plain} == plain


@given(st.dictionaries(NAMES, st.text(st.sampled_from("xyz "), max_size=5)))
def test_dialects_agree_on_known_plain_names(values: dict[str, str]) -> None:
    text = "/".join(f"${{{name}}}" for name in values)
    expected = "/".join(values.values())
    assert expand(text, values) == expected
    assert runner_expand(text, values) == expected
    assert path_expand(text, values) == expected
