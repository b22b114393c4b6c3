import time

from gluv.config.extends import apply_extends
from gluv.text.nodes import Source, plain
from gluv.text.reader import parse
from tests.config.loader.fakes import marks, merged, messages, node, read


def test_a_job_takes_its_parents_keys_and_its_own_win() -> None:
    got = merged(read(".a: {script: [a], tags: [x]}\nb: {extends: .a, script: [b]}"))
    assert got["b"] == {"script": ["b"], "tags": ["x"], "extends": ".a"}


def test_maps_merge_deeply_and_lists_replace() -> None:
    got = merged(
        read(
            ".a: {variables: {A: 1, B: 1}, rules: [{if: $A}]}\n"
            "b: {extends: .a, variables: {B: 2}, rules: []}"
        )
    )
    assert got["b"] == {"variables": {"A": 1, "B": 2}, "rules": [], "extends": ".a"}


def test_a_later_parent_wins_over_an_earlier_one() -> None:
    got = merged(read(".a: {image: a}\n.b: {image: b}\nc: {extends: [.a, .b], script: x}"))
    assert got["c"] == {"image": "b", "script": "x", "extends": [".a", ".b"]}


def test_a_null_in_the_job_replaces_the_parents_map() -> None:
    got = merged(read(".a: {variables: {A: 1}}\nb: {extends: .a, variables: null}"))
    assert got["b"] == {"variables": None, "extends": ".a"}


def test_parents_may_stand_after_their_children() -> None:
    got = merged(read("c: {extends: .b}\n.b: {extends: .a, x: 1}\n.a: {y: 2}"))
    assert got["c"] == {"y": 2, "x": 1, "extends": ".b"}


def test_eleven_levels_are_allowed_and_twelve_are_not() -> None:
    def chain(levels: int) -> str:
        links = [f"j{i}: {{extends: j{i + 1}}}" for i in range(levels)]
        return "\n".join([*links, f"j{levels}: {{script: x}}"])

    assert messages(read(chain(11))) == []
    assert messages(read(chain(12))) == ["j11: nesting too deep in `extends`"]


def test_a_long_chain_is_one_problem_and_no_recursion_error() -> None:
    links = [f"j{i}: {{extends: j{i + 1}}}" for i in range(3000)]
    assert len(messages(read("\n".join([*links, "j3000: {script: x}"])))) == 1


def test_an_unknown_parent_is_named_with_the_likely_one() -> None:
    got = read(".base: {script: x}\njob:\n  extends: .bse")
    assert messages(got) == ["job: unknown keys in `extends` (.bse)"]
    assert marks(got) == [".gitlab-ci.yml:3:3"]
    assert got.problems[0].hint == "did you mean `.base`?"


def test_all_unknown_parents_are_named_at_once() -> None:
    got = read("a: {extends: [.x, .y]}\nb: {extends: .z}")
    assert messages(got) == [
        "a: unknown keys in `extends` (.x, .y)",
        "b: unknown keys in `extends` (.z)",
    ]
    assert got.failed == {"a", "b"}


def test_a_parent_must_be_a_map() -> None:
    assert messages(read("stages: [a]\njob: {extends: stages}")) == [
        "job: invalid base hashes in `extends` (stages)"
    ]


def test_circles_are_reported_once() -> None:
    assert messages(read("a: {extends: b}\nb: {extends: a}")) == [
        "a: circular dependency detected in `extends`"
    ]
    assert messages(read("a: {extends: a}")) == ["a: circular dependency detected in `extends`"]


def test_a_child_of_a_broken_parent_adds_no_problem_of_its_own() -> None:
    got = read("a: {extends: .x}\nb: {extends: a}\nc: {script: x}")
    assert len(messages(got)) == 1
    assert got.failed == {"a", "b"}


def test_a_reference_cannot_name_a_parent() -> None:
    assert messages(read("n: {e: .a}\n.a: {x: 1}\nb: {extends: !reference [n, e]}")) == [
        "b: unknown keys in `extends` (!reference [n, e])"
    ]


def test_inherited_keys_point_at_the_parent() -> None:
    got = read(".a:\n  script: x\nb:\n  extends: .a\n  image: y")
    job = node(got, "b")
    assert str(job.key_mark("script")) == ".gitlab-ci.yml:2:3"
    assert str(job.key_mark("image")) == ".gitlab-ci.yml:5:3"
    assert job.line == 4


def test_a_diamond_is_merged_once_per_side() -> None:
    config = parse(
        Source(
            "f",
            ".a: {x: {p: 1}}\n.b: {extends: .a}\n.c: {extends: .a, x: {q: 2}}\n"
            "d: {extends: [.b, .c]}",
        )
    )
    got = apply_extends(config)
    assert got.problems == ()
    assert plain(got.merged.items["d"]) == {"x": {"p": 1, "q": 2}, "extends": [".b", ".c"]}


def test_thousands_of_unknown_parents_are_told_in_a_moment() -> None:
    jobs = "".join(f"job-{n}: {{extends: .base-{n}, script: true}}\n" for n in range(3000))
    start = time.process_time()
    assert len(read(jobs).problems) == 3000
    assert time.process_time() - start < 20
