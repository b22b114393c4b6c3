"""Variables and inputs that would multiply without end."""

from gluv.expr.inputs import interpolate
from gluv.expr.nested_variables import MAX_LENGTH, expand_variables
from gluv.text.nodes import Source
from gluv.text.reader import parse


def test_variables_that_double_each_other_stop_at_a_length() -> None:
    entries = [("V0", "ab", False)]
    entries += [(f"V{n}", f"$V{n - 1}$V{n - 1}", False) for n in range(1, 60)]
    found = expand_variables(entries)
    assert max(len(value) for _, value in found.variables) <= MAX_LENGTH
    assert "V20" in found.too_long
    assert found.problem.startswith("expanded value is longer than 1048576 characters: V20")


def test_an_input_in_text_many_times_is_too_large_for_a_node() -> None:
    node = parse(Source("x.yml", "a: '" + "$[[ inputs.a ]]" * 30 + "b'\nc: $[[ inputs.a ]]\n"))
    _, problems = interpolate(node, {"a": "x" * 50_000}, {})
    assert [problem.message for problem in problems] == ["config node too large"]


def test_lists_of_inputs_are_counted_together() -> None:
    lines = "".join(f"k{n}: $[[ inputs.a ]]\n" for n in range(1200))
    _, problems = interpolate(parse(Source("x.yml", lines)), {"a": [["x"] * 1000]}, {})
    assert {problem.message for problem in problems} == {"The parsed YAML is too big"}
    assert len(problems) < 300
