"""`gluv show`: the full configuration, and where its keys come from."""

import json

import yaml

from gluv.text.nodes import Source, plain
from gluv.text.reader import parse
from tests.cli.conftest import Gluv, Repo

FILES = {
    "part.yml": (
        '.base: {script: [a, "b: c # d"], variables: {A: 1}}\nhello: {after_script: [bye]}\n'
    ),
    ".gitlab-ci.yml": """\
include: part.yml
stages: [build, test]
default:
  image: python
unit:
  stage: test
  extends: .base
  variables: {B: "2"}
  before_script:
    - |
      two
      lines
    - !reference [hello, after_script]
  inherit: {default: [image]}
hello:
  script: [x]
  image:
""",
}


def test_includes_extends_and_references_are_done_and_default_is_apart(
    gluv: Gluv, repo: Repo
) -> None:
    repo.commit(FILES)
    ran = gluv("show", "-C", repo.root)
    assert (ran.code, ran.err) == (0, "")
    shown = yaml.safe_load(ran.out)
    assert list(shown) == [".base", "hello", "stages", "default", "unit"]
    assert shown["stages"] == [".pre", "build", "test", ".post"]
    assert shown["default"] == {"image": "python"}
    assert shown["hello"] == {"after_script": ["bye"], "script": ["x"], "image": None}
    assert shown["unit"] == {
        "script": ["a", "b: c # d"],
        "variables": {"A": 1, "B": "2"},
        "stage": "test",
        "extends": ".base",
        "before_script": ["two\nlines\n", ["bye"]],
        "inherit": {"default": ["image"]},
    }


def test_stages_that_are_not_given_are_not_shown(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "a: {script: [x]}\n"})
    assert gluv("show", "-C", repo.root).out == "a:\n  script:\n    - x\n"


def test_origin_names_the_file_and_line_of_each_key(gluv: Gluv, repo: Repo) -> None:
    repo.commit(FILES)
    ran = gluv("show", "-C", repo.root, "--origin")
    origins = [
        [part.strip() for part in line.rpartition("  # ")[::2]] for line in ran.out.splitlines()
    ]
    unit = origins.index(["unit:", ".gitlab-ci.yml:5"])
    assert origins[unit + 1 :][:11] == [
        ["script:", "part.yml:1"],
        ["- a", "part.yml:1"],
        ['- "b: c # d"', "part.yml:1"],
        ["variables:", ".gitlab-ci.yml:8"],
        ["A: 1", "part.yml:1"],
        ['B: "2"', ".gitlab-ci.yml:8"],
        ["stage: test", ".gitlab-ci.yml:6"],
        ["extends: .base", ".gitlab-ci.yml:7"],
        ["before_script:", ".gitlab-ci.yml:9"],
        ["- |", ".gitlab-ci.yml:10"],
        ["", "two"],
    ]
    assert ["- - bye", "part.yml:2"] in origins


def test_the_comments_change_nothing(gluv: Gluv, repo: Repo) -> None:
    text = FILES[".gitlab-ci.yml"] + 'odd: {script: ["#", "a #b", ""], ? [x] : {}, e: [], "": ~}\n'
    repo.commit(FILES | {".gitlab-ci.yml": text.replace("? [x] : {}", "x: {}")})
    plainly, commented = (
        plain(parse(Source("shown", gluv("show", "-C", repo.root, *options).out)))
        for options in ([], ["--origin"])
    )
    assert plainly == commented


def test_a_job_comes_with_what_it_takes_from_default(gluv: Gluv, repo: Repo) -> None:
    repo.commit(FILES)
    shown = yaml.safe_load(gluv("show", "-C", repo.root, "hello").out)
    assert shown == {"hello": {"after_script": ["bye"], "script": ["x"], "image": "python"}}


def test_a_glob_and_a_hidden_job(gluv: Gluv, repo: Repo) -> None:
    repo.commit(FILES)
    assert list(json.loads(gluv("show", "-C", repo.root, "*", "--json").out)) == [
        ".base",
        "hello",
        "unit",
    ]
    assert list(json.loads(gluv("show", "-C", repo.root, ".base", "--json").out)) == [".base"]


def test_a_job_that_is_not_there(gluv: Gluv, repo: Repo) -> None:
    repo.commit(FILES)
    ran = gluv("show", "-C", repo.root, "helo")
    assert ran.code == 2
    assert "did you mean 'hello'?" in ran.err
    assert gluv("show", "-C", repo.root, "default").code == 2


def test_json_is_the_same_configuration(gluv: Gluv, repo: Repo) -> None:
    repo.commit(FILES | {".gitlab-ci.yml": f"{FILES['.gitlab-ci.yml']}big: {{x: {10**30}}}\n"})
    as_json = json.loads(gluv("show", "-C", repo.root, "--json").out)
    assert as_json == yaml.safe_load(gluv("show", "-C", repo.root).out)
    assert as_json["big"] == {"x": 10**30}


def test_json_with_origins_is_refused(gluv: Gluv, repo: Repo) -> None:
    repo.commit(FILES)
    assert gluv("show", "-C", repo.root, "--json", "--origin").code == 2


def test_a_broken_extends_is_told_and_the_rest_is_shown(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "a: {extends: .b}\nc: {script: [x]}\n"})
    ran = gluv("show", "-C", repo.root)
    assert ran.code == 2
    assert "a: unknown keys in `extends` (.b)" in ran.err
    assert yaml.safe_load(ran.out)["c"] == {"script": ["x"]}


def test_a_missing_include_shows_nothing(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "include: nothing.yml\na: {script: [x]}\n"})
    ran = gluv("show", "-C", repo.root)
    assert (ran.code, ran.out) == (2, "")
    assert "nothing.yml" in ran.err


def test_jobs_that_gitlab_refuses_are_shown_as_they_are(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "a: {script: 1, unknown: {b: c}}\n"})
    ran = gluv("show", "-C", repo.root)
    assert (ran.code, ran.err) == (0, "")
    assert yaml.safe_load(ran.out) == {"a": {"script": 1, "unknown": {"b": "c"}}}
