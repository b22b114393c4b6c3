from typing import Any

from gluv.config.defaults import apply_defaults
from gluv.text.nodes import MapNode, Source, plain
from gluv.text.reader import parse


def defaulted(text: str) -> Any:
    node, problems = apply_defaults(parse(Source("f.yml", text)))
    assert problems == ()
    return plain(node)


def test_a_job_takes_the_defaults_it_lacks() -> None:
    got = defaulted("default: {image: a, tags: [t]}\nj: {script: x, image: b}")
    assert got["j"] == {"script": "x", "image": "b", "tags": ["t"]}
    assert got["default"] == {"image": "a", "tags": ["t"]}


def test_whole_keys_are_replaced_and_an_empty_list_counts() -> None:
    got = defaulted(
        "default: {cache: {key: k, paths: [p]}, before_script: [b]}\n"
        "j: {cache: {key: z}, before_script: []}"
    )
    assert got["j"] == {"cache": {"key": "z"}, "before_script": []}


def test_null_in_a_job_is_as_good_as_absent() -> None:
    assert defaulted("default: {image: a}\nj: {image: null}")["j"] == {"image": "a"}


def test_the_deprecated_top_level_form() -> None:
    got = defaulted("image: a\nbefore_script: [b]\nj: {script: x}")
    assert got["j"] == {"script": "x", "before_script": ["b"], "image": "a"}


def test_both_forms_of_one_key_are_an_error() -> None:
    _, problems = apply_defaults(parse(Source("f.yml", "image: a\ndefault: {image: b}\nj: {x: 1}")))
    assert [problem.message for problem in problems] == [
        "image is defined in top-level and `default:` entry"
    ]
    assert str(problems[0].mark) == "f.yml:1:1"


def test_inherit_default() -> None:
    text = "default: {image: a, tags: [t]}\n"
    assert defaulted(text + "j: {inherit: {default: false}}")["j"] == {
        "inherit": {"default": False}
    }
    got = defaulted(text + "j: {inherit: {default: [tags]}}")["j"]
    assert got == {"inherit": {"default": ["tags"]}, "tags": ["t"]}
    assert defaulted(text + "j: {inherit: {default: true}}")["j"]["image"] == "a"


def test_hidden_jobs_and_globals_take_none() -> None:
    got = defaulted("default: {image: a}\n.h: {x: 1}\nworkflow: {name: n}\nvariables: {A: b}")
    assert got == {
        "default": {"image": "a"},
        ".h": {"x": 1},
        "workflow": {"name": "n"},
        "variables": {"A": "b"},
    }


def test_a_trigger_job_takes_only_interruptible() -> None:
    got = defaulted("default: {image: a, interruptible: true}\nj: {trigger: g/p}")
    assert got["j"] == {"trigger": "g/p", "interruptible": True}


def test_keys_that_are_no_defaults_are_not_spread() -> None:
    assert defaulted("default: {stage: s, image: a}\nj: {x: 1}")["j"] == {"x": 1, "image": "a"}


def test_marks_point_at_the_default() -> None:
    node, _ = apply_defaults(parse(Source("f.yml", "default:\n  image: a\nj:\n  x: 1")))
    job = node.items["j"]
    assert isinstance(job, MapNode)
    assert str(job.key_mark("image")) == "f.yml:2:3"


def test_a_job_may_be_called_types() -> None:
    assert defaulted("default: {image: a}\ntypes: {script: x}")["types"] == {
        "script": "x",
        "image": "a",
    }
