"""`gluv lint`: every mistake at once, in five formats, in a repository and out of one."""

import io
import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.cli.conftest import Gluv, Repo

BAD = """\
a:
  scirpt: [x]
b:
  script: [x]
  stage: tset
  imagee: "<x> & 'y'"
c:
  script: [x]
  needs: [bb]
  rules:
    - when: always
"""


class Stdin:
    """Standard input with the given bytes."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


def test_a_valid_file_says_which_pipeline_was_planned(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "a: {script: [x]}\nb: {script: [x]}\n"})
    ran = gluv("lint", "-C", repo.root)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == ".gitlab-ci.yml is valid; the pipeline of branch main has 2 jobs\n"


def test_every_mistake_is_listed_with_place_line_caret_and_hint(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": BAD})
    ran = gluv("lint", "-C", repo.root)
    assert ran.code == 2
    assert (
        ".gitlab-ci.yml:6:3: error: jobs:b config contains unknown keys: imagee [unknown-key]\n"
        "     6 |   imagee: \"<x> & 'y'\"\n"
        "       |   ^\n"
        "  next: did you mean `image`?\n"
    ) in ran.out
    assert ".gitlab-ci.yml:9:3: error: c job: undefined need: bb" in ran.out
    assert ".gitlab-ci.yml:5:3: error: b job: chosen stage tset does not exist" in ran.out
    assert ran.out.endswith("4 errors and 1 warning\n")


def test_a_misspelt_script_is_the_likely_cause_of_a_job_without_one(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": BAD})
    ran = gluv("lint", "-C", repo.root)
    assert (
        ".gitlab-ci.yml:2:3: error: jobs a config should implement the script:, run:, or trigger: "
        "keyword [job-without-script]\n"
        "     2 |   scirpt: [x]\n"
        "       |   ^\n"
        "  next: did you mean `script`?\n"
    ) in ran.out


def test_a_misspelt_global_keyword_is_no_job(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "varaibles: {A: b}\njob: {script: [x]}\n"})
    ran = gluv("lint", "-C", repo.root)
    assert ran.code == 2
    assert "did you mean `variables`?" in ran.out


def test_what_only_planning_finds_is_found_for_the_pipeline_the_options_name(
    gluv: Gluv, repo: Repo
) -> None:
    repo.commit(
        {
            ".gitlab-ci.yml": (
                "build:\n  script: [x]\n  rules:\n    - if: $CI_COMMIT_BRANCH\n"
                "test:\n  script: [x]\n  needs: [build]\n"
            )
        }
    )
    repo.git("tag", "v1")
    assert gluv("lint", "-C", repo.root).code == 0
    ran = gluv("lint", "-C", repo.root, "--tag", "v1")
    assert ran.code == 2
    assert "'test' job needs 'build' job, but 'build' does not exist in the pipeline" in ran.out
    assert ".gitlab-ci.yml:7:3: error" in ran.out


def test_a_warning_alone_is_valid(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "c:\n  script: [x]\n  rules:\n    - when: always\n"})
    ran = gluv("lint", "-C", repo.root)
    assert ran.code == 0
    assert "warning: jobs:c may allow multiple pipelines" in ran.out
    assert ".gitlab-ci.yml is valid" in ran.out


def test_a_file_outside_a_repository_is_read_and_leaves_nothing_behind(
    gluv: Gluv, tmp_path: Path
) -> None:
    (tmp_path / "part.yml").write_text("b: {script: [x]}\n")
    (tmp_path / "ci.yml").write_text("include: part.yml\na: {script: [x], needs: [b]}\n")
    ran = gluv("lint", tmp_path / "ci.yml")
    assert ran.code == 0
    assert "ci.yml is valid; no pipeline was planned: " in ran.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ci.yml", "part.yml"]


def test_a_repository_with_a_detached_head_is_read_and_the_note_says_so(
    gluv: Gluv, repo: Repo
) -> None:
    repo.commit({".gitlab-ci.yml": "a: {script: [x]}\n"})
    repo.git("checkout", "--quiet", "--detach")
    ran = gluv("lint", "-C", repo.root)
    assert ran.code == 0
    assert "HEAD is detached" in ran.out
    assert gluv("lint", "-C", repo.root, "--tag", "v1").code == 3


def test_standard_input(gluv: Gluv, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"part.yml": "b: {script: [x], stage: nowhere}\n"})
    monkeypatch.setattr(sys, "stdin", Stdin(b"include: part.yml\na: {scrip: [x]}\n"))
    ran = gluv("lint", "-C", repo.root, "-")
    assert ran.code == 2
    assert "<stdin>:2:5: error: jobs a config" in ran.out
    assert "part.yml:1:18: error: b job: chosen stage nowhere" in ran.out


def test_a_file_is_named_from_the_top_of_its_repository(gluv: Gluv, repo: Repo) -> None:
    repo.commit({"ci/deep.yml": "a: {script: [x], stage: nowhere}\n"})
    ran = gluv("lint", repo.root / "ci" / "deep.yml")
    assert ran.out.startswith("ci/deep.yml:1:18: error")


@pytest.mark.parametrize("arguments", [["nothing.yml"], ["a.yml", "-f", "b.yml"], ["."]])
def test_a_file_that_cannot_be_meant(gluv: Gluv, repo: Repo, arguments: list[str]) -> None:
    repo.commit({"a": "b"})
    ran = gluv("lint", "-C", repo.root, *arguments)
    assert ran.code == 2
    assert "next: " in ran.err


def test_bytes_that_are_no_text_are_a_problem_of_the_file(gluv: Gluv, repo: Repo) -> None:
    repo.commit({"a": "b"})
    (repo.root / ".gitlab-ci.yml").write_bytes(b"a: \xff\n")
    ran = gluv("lint", "-C", repo.root)
    assert ran.code == 2
    assert ".gitlab-ci.yml:1:4: error" in ran.out
    assert gluv("plan", "-C", repo.root).code == 2


def test_json(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": BAD})
    ran = gluv("lint", "-C", repo.root, "--format", "json")
    assert ran.code == 2
    report = json.loads(ran.out)
    assert (report["valid"], report["errors"], report["warnings"]) == (False, 4, 1)
    assert report["problems"][2] == {
        "code": "unknown-key",
        "message": "jobs:b config contains unknown keys: imagee",
        "file": ".gitlab-ci.yml",
        "line": 6,
        "column": 3,
        "severity": "error",
        "hint": "did you mean `image`?",
    }


def test_code_quality_is_what_gitlab_reads(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": BAD})
    entries = json.loads(gluv("lint", "-C", repo.root, "--format", "codequality").out)
    assert [entry["location"]["lines"]["begin"] for entry in entries] == [2, 5, 6, 9, 11]
    for entry in entries:
        assert entry["location"]["path"] == ".gitlab-ci.yml"
        assert entry["description"]
        assert entry["check_name"]
        assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
    assert len({entry["fingerprint"] for entry in entries}) == 5


def test_a_fingerprint_stays_when_lines_move(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": BAD})
    before = json.loads(gluv("lint", "-C", repo.root, "--format", "codequality").out)
    repo.write({".gitlab-ci.yml": f"# a comment\n\n{BAD}"})
    after = json.loads(gluv("lint", "-C", repo.root, "--format", "codequality").out)
    assert [entry["fingerprint"] for entry in before] == [entry["fingerprint"] for entry in after]
    assert after[0]["location"]["lines"]["begin"] == 4


def test_sarif(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "include: 'a b.yml'\n", "a b.yml": BAD})
    log = json.loads(gluv("lint", "-C", repo.root, "--format", "sarif").out)
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "gluv"
    assert len(run["results"]) == 5
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note", "none")
        [location] = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "a%20b.yml"
        assert place["region"]["startLine"] >= 1
        assert place["region"]["startColumn"] >= 1
    assert run["results"][2]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 6,
        "startColumn": 3,
        "snippet": {"text": "  imagee: \"<x> & 'y'\""},
    }


def test_junit(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": BAD})
    root = ET.fromstring(gluv("lint", "-C", repo.root, "--format", "junit").out)
    [suite] = root
    assert (suite.get("tests"), suite.get("failures")) == ("5", "4")
    assert len(suite.findall("testcase")) == 5
    failures = suite.findall("testcase/failure")
    assert len(failures) == 4
    assert "imagee: \"<x> & 'y'\"\n" in (failures[2].text or "")


@pytest.mark.parametrize("form", ["json", "sarif", "codequality", "junit"])
def test_a_valid_file_gives_a_report_too(gluv: Gluv, repo: Repo, form: str) -> None:
    repo.commit({".gitlab-ci.yml": "a: {script: [x]}\n"})
    ran = gluv("lint", "-C", repo.root, "--format", form)
    assert (ran.code, ran.err) == (0, "")
    if form == "junit":
        assert ET.fromstring(ran.out).get("failures") == "0"
    else:
        report = json.loads(ran.out)
        found = {
            "json": lambda: report["problems"],
            "sarif": lambda: report["runs"][0]["results"],
            "codequality": lambda: report,
        }
        assert found[form]() == []


def test_a_report_escapes_what_xml_cannot_hold(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": '"a\\u0001<&": {scirpt: ["]]>"]}\n'})
    ran = gluv("lint", "-C", repo.root, "--format", "junit")
    assert ran.code == 2
    assert len(ET.fromstring(ran.out).findall("*/testcase/failure")) == 2


def test_a_tag_is_checked_with_the_file_of_its_commit(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "a: {scirpt: [x]}\n"})
    repo.git("tag", "v1")
    repo.commit({".gitlab-ci.yml": "a: {script: [x]}\n"})
    assert gluv("lint", "-C", repo.root).code == 0
    assert gluv("lint", "-C", repo.root, "--tag", "v1").code == 2
    assert gluv("lint", repo.root / ".gitlab-ci.yml", "--tag", "v1").code == 0


def test_standard_input_in_a_repository_with_a_detached_head(
    gluv: Gluv, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"part.yml": "b: {script: [x]}\n"})
    repo.git("checkout", "--quiet", "--detach")
    monkeypatch.setattr(sys, "stdin", Stdin(b"include: part.yml\na: {scrip: [x]}\n"))
    ran = gluv("lint", "-C", repo.root, "-")
    assert ran.code == 2
    assert "<stdin>:2:5: error: jobs a config" in ran.out


def test_masked_values_are_not_printed(gluv: Gluv, repo: Repo) -> None:
    repo.commit(
        {
            ".gitlab-ci.yml": "include: $WHERE/part.yml\n",
            "pyproject.toml": (
                '[tool.gluv.variables]\nWHERE = {value = "s3cr3t-path", masked = true}\n'
            ),
        }
    )
    ran = gluv("lint", "-C", repo.root)
    assert ran.code == 2
    assert "s3cr3t" not in ran.out + ran.err
