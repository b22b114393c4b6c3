"""From text to `Config`: the loader's part of it."""

from collections.abc import Mapping

from gluv.config import load
from gluv.config.model import Loaded
from gluv.text.nodes import MapNode, Source, plain
from tests.config.loader.fakes import Files


def loaded(
    text: str, files: Mapping[str, str] | None = None, inputs: Mapping[str, object] | None = None
) -> Loaded:
    return load(Source(".gitlab-ci.yml", text), Files(files or {}), inputs or {})


def test_jobs_have_what_they_include_extend_refer_to_and_default_to() -> None:
    got = loaded(
        "include: base.yml\ndefault: {image: py}\n"
        "test: {extends: .base, script: [!reference [.base, script], c]}",
        {"base.yml": ".base: {script: [a, b], tags: [t]}"},
    )
    assert got.problems == ()
    assert got.valid
    assert got.config is not None
    job = got.config.jobs["test"]
    assert job.script == ("a", "b", "c")
    assert job.tags == ("t",)
    assert job.image is not None
    assert job.image.name == "py"
    assert got.config.merged is not None
    assert sorted(got.sources) == [".gitlab-ci.yml", "base.yml"]


def test_the_full_configuration_has_defaults_apart() -> None:
    got = loaded("default: {image: py}\ntest: {script: x}")
    assert got.config is not None
    assert plain(got.config.merged) == {"default": {"image": "py"}, "test": {"script": "x"}}


def test_a_broken_file_is_data() -> None:
    got = loaded("a: [")
    assert got.config is None
    assert len(got.problems) == 1
    assert not got.valid


def test_a_missing_include_keeps_the_jobs_away() -> None:
    got = loaded("include: no.yml\ntest: {script: x}")
    assert got.config is None
    assert [problem.message for problem in got.problems] == ["Local file `no.yml` does not exist!"]


def test_a_wrong_extends_is_one_problem_and_other_jobs_are_still_checked() -> None:
    got = loaded("Bad: {extends: .no}\nother: {stage: nope, script: x}")
    assert [problem.message for problem in got.problems] == [
        "Bad: unknown keys in `extends` (.no)",
        "other job: chosen stage nope does not exist; available stages are .pre, build, test, "
        "deploy, .post",
    ]


def test_a_wrong_reference_is_one_problem() -> None:
    got = loaded("test: {script: !reference [.no, script]}\nother: {script: x}")
    assert [problem.message for problem in got.problems] == [
        '!reference [".no", "script"] could not be found'
    ]


def test_inputs_of_the_pipeline() -> None:
    text = "spec: {inputs: {n: }}\n---\n'$[[ inputs.n ]]': {script: x}"
    got = loaded(text, inputs={"n": "job"})
    assert got.config is not None
    assert list(got.config.jobs) == ["job"]


def test_an_image_in_both_places_is_refused() -> None:
    got = loaded("image: a\ndefault: {image: b}\ntest: {script: x}")
    messages = [problem.message for problem in got.problems]
    assert "image is defined in top-level and `default:` entry" in messages
    assert len(messages) == len(set(messages))


def test_marks_of_inherited_keys_lead_to_their_file() -> None:
    got = loaded("include: a.yml\nt: {extends: .a}", {"a.yml": ".a:\n  script: {no: 1}"})
    assert [str(problem.mark) for problem in got.problems] == ["a.yml:2:11"]


def test_merged_is_a_map_of_nodes() -> None:
    got = loaded("test: {script: x}")
    assert got.config is not None
    assert isinstance(got.config.merged.items["test"], MapNode)


def test_only_what_follows_from_a_broken_entry_is_left_out() -> None:
    got = loaded(
        "a: {extends: .no}\n"
        "b: {script: x, needs: [a]}\n"
        "c: {script: x, image: {name: y, docker: 5}, tags: 5}\n"
    )
    messages = [problem.message for problem in got.problems]
    assert messages[0] == "a: unknown keys in `extends` (.no)"
    assert messages[1:]
    assert all(message.startswith("jobs:c") for message in messages[1:])


def test_a_lone_broken_job_is_one_problem() -> None:
    assert len(loaded("a: {extends: .no}").problems) == 1
