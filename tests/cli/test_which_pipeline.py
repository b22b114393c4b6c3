"""The options that say which pipeline is meant, where its files come from, and with what."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cli.conftest import Gluv, Ran, Repo

DOCS = Path(__file__).parents[2] / "docs"
SCRIPT = "  script: [date]\n"


def jobs(ran: Ran) -> list[str]:
    assert ran.code == 0, ran.err
    return [job["name"] for job in json.loads(ran.out)["jobs"]]


def valid(ran: Ran, schema: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(ran.out)
    jsonschema.validate(made, json.loads((DOCS / schema).read_text()))
    return made


def test_inputs(gluv: Gluv, repo: Repo) -> None:
    text = (
        "spec:\n  inputs:\n    where: {options: [here, there]}\n    count: {type: number}\n---\n"
        "'job $[[ inputs.where ]]':\n  parallel: $[[ inputs.count ]]\n" + SCRIPT
    )
    repo.commit({".gitlab-ci.yml": text})
    at = ("plan", "-C", repo.root, "--json")
    assert jobs(gluv(*at, "--input", "where=here", "--input", "count=2")) == [
        "job here 1/2",
        "job here 2/2",
    ]
    assert gluv(*at, "--input", "where=nowhere", "--input", "count=2").code == 2
    assert gluv(*at).code == 2
    assert "expected KEY=VALUE" in gluv(*at, "--input", "where").err


INCLUDING = """\
include:
  - local: part.yml
    rules:
      - if: $CI_COMMIT_TAG
      - if: $PART
  - local: changed.yml
    rules:
      - changes: [src/*]
main:
"""


def test_includes_know_the_event(gluv: Gluv, repo: Repo) -> None:
    files = {
        ".gitlab-ci.yml": INCLUDING + SCRIPT,
        "part.yml": "part:\n" + SCRIPT,
        "changed.yml": "changed:\n" + SCRIPT,
        "pyproject.toml": "",
    }
    repo.commit(files)
    repo.commit({"other": ""})
    at = ("plan", "-C", repo.root, "--json")
    assert jobs(gluv(*at)) == ["main"]
    assert jobs(gluv(*at, "--var", "PART=1")) == ["part", "main"]
    repo.write({"src/a": ""})
    assert jobs(gluv(*at)) == ["changed", "main"]
    repo.write({"pyproject.toml": '[tool.gluv.variables]\nPART = "1"\n'})
    assert jobs(gluv(*at)) == ["part", "changed", "main"]


def test_files_come_from_the_working_tree_or_the_commit(gluv: Gluv, repo: Repo) -> None:
    include = "include: part.yml\n"
    repo.commit({".gitlab-ci.yml": f"{include}old:\n{SCRIPT}", "part.yml": f"old-part:\n{SCRIPT}"})
    repo.git("tag", "v1")
    repo.git("branch", "old")
    repo.commit({".gitlab-ci.yml": f"{include}new:\n{SCRIPT}", "part.yml": f"new-part:\n{SCRIPT}"})
    repo.git("tag", "v2")
    repo.write({".gitlab-ci.yml": f"{include}edited:\n{SCRIPT}"})
    at = ("plan", "-C", repo.root, "--json")
    assert jobs(gluv(*at)) == ["new-part", "edited"]
    assert jobs(gluv(*at, "--commit")) == ["new-part", "new"]
    assert jobs(gluv(*at, "--tag", "v1")) == ["old-part", "old"]
    assert jobs(gluv(*at, "--branch", "old")) == ["old-part", "old"]
    assert jobs(gluv(*at, "--tag", "v2")) == ["new-part", "edited"]
    assert jobs(gluv(*at, "--tag", "v2", "--commit")) == ["new-part", "new"]
    ran = gluv("run", "-C", repo.root, "--tag", "v1")
    assert ran.code == 0
    assert "old-part | " in ran.out


def test_a_commit_without_the_file(gluv: Gluv, repo: Repo) -> None:
    repo.commit({"a": ""})
    repo.git("tag", "v0")
    repo.commit({".gitlab-ci.yml": f"a:\n{SCRIPT}", "ci/b.yml": f"b:\n{SCRIPT}"})
    ran = gluv("plan", "-C", repo.root, "--tag", "v0")
    assert ran.code == 2
    assert "has no .gitlab-ci.yml" in ran.err
    ran = gluv("plan", "-C", repo.root, "--tag", "v0", "-f", "ci/b.yml")
    assert "has no ci/b.yml" in ran.err


def test_options_that_exclude_each_other(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": f"a:\n{SCRIPT}"})
    assert gluv("plan", "-C", repo.root, "--tag", "nope", "--branch", "main").code == 2
    assert gluv("plan", "-C", repo.root, "--tag", "nope").code == 3
    assert gluv("plan", "-C", repo.root, "--source", "merge_request_event").code == 2


def test_another_file_names_itself(gluv: Gluv, repo: Repo) -> None:
    rules = "  rules:\n    - if: $CI_CONFIG_PATH == 'ci/b.yml'\n"
    repo.commit({"ci/b.yml": f"b:\n{SCRIPT}{rules}"})
    assert jobs(gluv("plan", "-C", repo.root, "-f", "ci/b.yml", "--json")) == ["b"]


def test_offline_and_refresh(gluv: Gluv, repo: Repo, tmp_path: Path) -> None:
    other = Repo(tmp_path / "remotes" / "group" / "ci.git")
    other.root.mkdir(parents=True)
    other.git("init", "--quiet", "--initial-branch=main")
    other.commit({"a.yml": f"first:\n{SCRIPT}"})
    repo.commit(
        {
            ".gitlab-ci.yml": "include: [{project: group/ci, file: a.yml}]\n",
            "pyproject.toml": f'[tool.gluv]\ngitlab = "{tmp_path / "remotes"}"\n',
        }
    )
    at = ("plan", "-C", repo.root, "--json")
    ran = gluv(*at, "--offline")
    assert ran.code == 2
    assert "never fetched" in ran.out
    assert jobs(gluv(*at)) == ["first"]
    other.commit({"a.yml": f"second:\n{SCRIPT}"})
    assert jobs(gluv(*at)) == ["first"]
    assert jobs(gluv(*at, "--offline")) == ["first"]
    assert jobs(gluv(*at, "--refresh")) == ["second"]
    assert "give one of" in gluv(*at, "--refresh", "--offline").err


RULES = """\
workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
      when: never
    - when: always
test:
  script: [date]
release:
  script: [date]
  rules:
    - if: $CI_COMMIT_TAG =~ /^v\\d/
      when: manual
    - if: $CI_COMMIT_TAG
      when: delayed
      start_in: 1 minute
"""
CONTEXTS = """\
[tool.gluv.contexts.release]
tag = "v9"
[tool.gluv.contexts.other-tag]
tag = "x"
[tool.gluv.contexts.nightly]
schedule = "every night"
"""


def test_a_named_context(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": RULES, "pyproject.toml": CONTEXTS})
    at = ("plan", "-C", repo.root, "--json", "--context")
    made = json.loads(gluv(*at, "release").out)
    assert (made["pipeline"]["ref"], made["pipeline"]["tag"]) == ("v9", True)
    assert "workflow:rules" in json.loads(gluv(*at, "nightly").out)["reason"]
    assert "the contexts are: release, other-tag, nightly" in gluv(*at, "qqq").err
    assert gluv(*at, "release", "--tag", "v8").code == 3
    ran = gluv("run", "-C", repo.root, "--context", "release", "release")
    assert ran.code == 0
    assert "release | " in ran.out


def test_all_contexts(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": RULES, "pyproject.toml": CONTEXTS})
    ran = gluv("plan", "-C", repo.root, "--all-contexts")
    assert ran.code == 0
    lines = [line.split() for line in ran.out.splitlines()]
    assert ["release", "other-tag", "nightly"] in lines
    assert ["test", "✓", "✓", "-", "[1]"] in lines
    assert ["release", "manual", "delayed", "-", "[1]"] in lines
    assert '[1] workflow:rules: `$CI_PIPELINE_SOURCE == "schedule"` (line 3) is true' in ran.out
    made = valid(gluv("plan", "-C", repo.root, "--all-contexts", "--json"), "contexts.schema.json")
    release = next(job for job in made["jobs"] if job["name"] == "release")
    assert [cell["when"] for cell in release["contexts"].values()] == ["manual", "delayed", None]
    assert gluv("plan", "-C", repo.root, "--all-contexts", "--tag", "v1").code == 2


def test_all_contexts_without_any_in_the_settings(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": RULES})
    made = json.loads(gluv("plan", "-C", repo.root, "--all-contexts", "--json").out)
    assert [each["name"] for each in made["contexts"]] == [
        "default branch",
        "branch",
        "tag",
        "merge request",
        "schedule",
    ]
    assert made["contexts"][2]["pipeline"]["ref"] == "v1.0.0"


def test_all_contexts_of_an_invalid_configuration(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "a:\n  stage: nowhere\n  script: [date]\n"})
    ran = gluv("plan", "-C", repo.root, "--all-contexts")
    assert ran.code == 2
    assert ran.err.count("chosen stage nowhere does not exist") == 1
    ran = gluv("plan", "-C", repo.root, "--all-contexts", "--json")
    assert ran.code == 2
    assert valid(ran, "contexts.schema.json")["jobs"] == []


def test_explaining_one_job(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": RULES})
    ran = gluv("plan", "-C", repo.root, "--explain", "release")
    assert ran.code == 0
    expected = [
        "workflow:rules: a pipeline is created",
        '         false: $CI_PIPELINE_SOURCE == "schedule"  ($CI_PIPELINE_SOURCE is "push")',
        "  ✓ 2. .gitlab-ci.yml:5  matched, when: always",
        "release (.gitlab-ci.yml:8): out: rules: no clause matched: "
        "`$CI_COMMIT_TAG =~ /^v\\d/` (line 11) is false; `$CI_COMMIT_TAG` (line 13) is false",
        "  ✗ 1. .gitlab-ci.yml:11  did not match",
        "         false: $CI_COMMIT_TAG  ($CI_COMMIT_TAG is null)",
    ]
    lines = ran.out.splitlines()
    assert [line for line in expected if line not in lines] == []
    assert "test (" not in ran.out


def test_explaining_as_json(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": RULES})
    made = valid(gluv("plan", "-C", repo.root, "--explain", "--json"), "plan.schema.json")
    explained = made["explanations"]
    assert [rule["verdict"] for rule in explained["workflow"]] == ["did not match", "matched"]
    test, release = explained["jobs"]
    assert (test["included"], release["included"]) == (True, False)
    assert test["conditions"] == []
    assert release["rules"][0]["line"] == 11
    assert release["rules"][1]["clauses"][0]["found"] == [
        "false: $CI_COMMIT_TAG  ($CI_COMMIT_TAG is null)"
    ]
    assert len(made["jobs"]) == 1
    plain = valid(gluv("plan", "-C", repo.root, "--json"), "plan.schema.json")
    assert "explanations" not in plain


@pytest.mark.parametrize("json_too", [(), ("--json",)])
def test_explaining_an_invalid_configuration(
    gluv: Gluv, repo: Repo, json_too: tuple[str, ...]
) -> None:
    repo.commit({".gitlab-ci.yml": "a:\n  stage: nowhere\n  script: [date]\n"})
    ran = gluv("plan", "-C", repo.root, "--explain", *json_too)
    assert ran.code == 2
    assert "chosen stage nowhere does not exist" in ran.out + ran.err


def test_a_rule_of_the_workflow_has_the_last_word_on_auto_cancel(gluv: Gluv, repo: Repo) -> None:
    text = """\
workflow:
  auto_cancel: {on_new_commit: interruptible, on_job_failure: all}
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
      auto_cancel: {on_new_commit: none}
job: {script: [":"]}
"""
    repo.commit({".gitlab-ci.yml": text})
    made = json.loads(gluv("plan", "-C", repo.root, "--json").out)
    assert made["pipeline"]["auto_cancel"] == {"on_new_commit": "none", "on_job_failure": "all"}


def test_the_timeout_of_the_settings_is_that_of_jobs_without_one(gluv: Gluv, repo: Repo) -> None:
    text = "a: {script: [':']}\nb: {script: [':'], timeout: 5 minutes}\n"
    repo.commit({".gitlab-ci.yml": text, "pyproject.toml": '[tool.gluv]\ntimeout = "1h 30m"\n'})
    made = json.loads(gluv("plan", "-C", repo.root, "--json").out)
    assert [job["timeout_seconds"] for job in made["jobs"]] == [5400, 300]
    repo.write({"pyproject.toml": '[tool.gluv]\ntimeout = "soon"\n'})
    ran = gluv("plan", "-C", repo.root)
    assert ran.code == 2
    assert "[tool.gluv] timeout: 'soon' is not a duration" in ran.err


def test_exists_looks_into_a_checkout_of_another_project(gluv: Gluv, repo: Repo) -> None:
    other = Repo(repo.root.parent / "other")
    other.root.mkdir()
    other.git("init", "--quiet")
    other.commit({"deploy/chart.yaml": "x"})
    text = """\
here: {script: [date], rules: [{exists: {paths: [a.txt], project: group/mine, ref: old}}]}
there: {script: [date], rules: [{exists: {paths: ["deploy/*.yaml"], project: $OTHER}}]}
nowhere: {script: [date], rules: [{exists: {paths: ["*.toml"], project: group/other}}]}
variables: {OTHER: group/other}
"""
    settings = '[tool.gluv]\nproject = "group/mine"\nprojects = {"group/other" = "../other"}\n'
    repo.commit({"a.txt": "x"})
    repo.git("branch", "old")
    (repo.root / "a.txt").unlink()
    repo.commit({".gitlab-ci.yml": text, "pyproject.toml": settings})
    assert jobs(gluv("plan", "-C", repo.root, "--json")) == ["here", "there"]
    explained = gluv("plan", "-C", repo.root, "--explain", "there")
    assert "there is deploy/chart.yaml" in explained.out
    repo.write({".gitlab-ci.yml": text.replace("ref: old", "ref: older")})
    refused = gluv("plan", "-C", repo.root)
    assert refused.code == 2
    assert "rules:exists:project `group/mine` is not a valid project path" in refused.err
    assert "Project `group/mine` reference `older` does not exist!" in refused.err


def test_changes_by_a_regular_expression(gluv: Gluv, repo: Repo) -> None:
    text = r"""
code: {script: [date], rules: [{changes: {regexp: '\A(?!docs/).*\.(?<kind>py|toml)\z'}}]}
docs: {script: [date], rules: [{changes: {regexp: '^docs/[[:alpha:]]+\.md$'}}]}
named: {script: [date], rules: [{changes: {regexp: '^$FOLDER/'}}]}
variables: {FOLDER: docs}
"""
    repo.commit({".gitlab-ci.yml": text})
    repo.commit({"docs/intro.md": "x"})
    assert jobs(gluv("plan", "-C", repo.root, "--json")) == ["docs", "named"]
    explained = gluv("plan", "-C", repo.root, "--explain", "code")
    assert r"changes: regexp \A(?!docs/)" in explained.out
    assert "none of the 1 changed paths matches" in explained.out
    repo.commit({"src/a.py": "x"})
    assert jobs(gluv("plan", "-C", repo.root, "--json")) == ["code"]
