from gluv.text.nodes import Source
from gluv.text.reader import parse
from gluv.text.weight import measure_weight, size_problem


def test_an_alias_counts_each_time() -> None:
    once = measure_weight(parse(Source("f", "a: &x [" + "word, " * 100 + "]\n")))
    twice = measure_weight(parse(Source("f", "a: &x [" + "word, " * 100 + "]\nb: *x\n")))
    assert twice - once > 100 * 40


def test_only_a_heavy_configuration_is_reported() -> None:
    light = parse(Source("f", "a: b\n"))
    assert size_problem(light) is None
    heavy = parse(Source("f", "\n".join(f"job{n}: {{script: echo {n}}}" for n in range(9000))))
    problem = size_problem(heavy)
    assert problem is not None
    assert problem.message == "The parsed YAML is too big"
    assert problem.severity == "warning"
    assert size_problem(heavy, limit=100 * 1024 * 1024) is None
