from tests.config.loader.fakes import marks, merged, messages, node, read


def test_a_list_in_a_script_stays_nested_for_the_reader_to_flatten() -> None:
    got = merged(read(".a: {script: [x, y]}\nb: {script: [!reference [.a, script], z]}"))
    assert got["b"] == {"script": [["x", "y"], "z"]}


def test_a_value_may_be_a_whole_reference() -> None:
    got = merged(read(".a: {variables: {A: 1}}\nb: {variables: !reference [.a, variables]}"))
    assert got["b"] == {"variables": {"A": 1}}


def test_references_are_resolved_inside_what_they_name() -> None:
    text = ".a: {s: [x]}\n.b: {s: [!reference [.a, s]]}\nc: {script: !reference [.b, s]}"
    assert merged(read(text))["c"] == {"script": [["x"]]}


def test_a_reference_sees_inherited_keys() -> None:
    text = ".a: {script: [x]}\n.b: {extends: .a}\nc: {script: !reference [.b, script]}"
    assert merged(read(text))["c"] == {"script": ["x"]}


def test_an_inherited_reference_is_resolved_in_the_child() -> None:
    text = ".s: {x: [1]}\n.a: {script: !reference [.s, x]}\nc: {extends: .a}"
    assert merged(read(text))["c"] == {"script": [1], "extends": ".a"}


def test_a_reference_works_across_files() -> None:
    got = read(
        "include: a.yml\njob: {script: !reference [.a, script]}", {"a.yml": ".a: {script: [x]}"}
    )
    assert merged(got)["job"] == {"script": ["x"]}


def test_references_in_rules_and_variables() -> None:
    text = (
        ".r: {rules: [{if: $A}], v: {X: y}}\n"
        "j: {rules: [!reference [.r, rules], {when: never}], variables: {X: !reference [.r, v, X]}}"
    )
    assert merged(read(text))["j"] == {
        "rules": [[{"if": "$A"}], {"when": "never"}],
        "variables": {"X": "y"},
    }


def test_what_is_missing_is_named_where_it_is_asked_for() -> None:
    got = read("a:\n  script:\n    - !reference [.b, script]\n    - x")
    assert messages(got) == ['!reference [".b", "script"] could not be found']
    assert marks(got) == [".gitlab-ci.yml:3:7"]
    assert got.failed == {"a"}


def test_null_and_false_count_as_missing() -> None:
    assert messages(
        read(".a: {n: null, f: false}\nb: [!reference [.a, n], !reference [.a, f]]")
    ) == [
        '!reference [".a", "n"] could not be found',
        '!reference [".a", "f"] could not be found',
    ]


def test_a_path_through_a_list_or_a_scalar_is_missing() -> None:
    assert messages(
        read(".a: {s: [x], t: y}\nb: [!reference [.a, s, x], !reference [.a, t, y]]")
    ) == [
        '!reference [".a", "s", "x"] could not be found',
        '!reference [".a", "t", "y"] could not be found',
    ]


def test_a_path_through_another_reference_is_missing() -> None:
    text = ".a: {m: {k: v}}\n.b: {m: !reference [.a, m]}\nc: {x: !reference [.b, m, k]}"
    assert messages(read(text)) == ['!reference [".b", "m", "k"] could not be found']


def test_circles_are_refused() -> None:
    assert messages(read("a: !reference [b]\nb: !reference [a]")) == [
        '!reference ["b"] is part of a circular chain'
    ]
    text = "a: !reference [b, c]\nb: {c: !reference [d, e, f]}\nd: {e: {f: !reference [a]}}"
    assert messages(read(text)) == ['!reference ["b", "c"] is part of a circular chain']


def test_a_circle_through_a_list() -> None:
    assert messages(read("a: {script: [!reference [a, script]]}")) == [
        '!reference ["a", "script"] is part of a circular chain'
    ]


def test_marks_of_referenced_values_are_those_of_their_place() -> None:
    got = read(".a:\n  v: {K: x}\nb:\n  variables: !reference [.a, v]")
    assert str(node(got, "b", "variables").key_mark("K")) == ".gitlab-ci.yml:2:7"
    assert str(node(got, "b").key_mark("variables")) == ".gitlab-ci.yml:4:3"


def test_every_entry_that_holds_a_broken_reference_is_named() -> None:
    got = read(".a: {script: [!reference [zz]]}\nb: {extends: .a}\nc: {script: x}")
    assert len(got.problems) == 1
    assert got.failed == {".a", "b"}
