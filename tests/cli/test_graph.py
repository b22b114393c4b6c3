"""`gluv graph` as a person uses it."""

import json
import xml.etree.ElementTree as ET

import pytest

from tests.cli.conftest import Gluv, Repo

FILE = """\
stages: [build, test]
wheel: {stage: build, script: [x]}
unit: {stage: test, script: [x], needs: [wheel]}
tagged: {stage: test, script: [x], rules: [{if: $CI_COMMIT_TAG}]}
"""


def test_a_tree_is_what_one_sees_first(gluv: Gluv, repo: Repo) -> None:
    sha = repo.commit({".gitlab-ci.yml": FILE})
    ran = gluv("graph", "-C", repo.root)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        f"pipeline for branch main at {sha[:8]} (push)\n"
        "├── build\n│   └── wheel\n└── test\n    └── unit  ← wheel\n"
    )


def test_the_options_choose_the_pipeline_and_the_jobs(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": FILE})
    repo.git("tag", "v1")
    graph = json.loads(gluv("graph", "-C", repo.root, "--tag", "v1", "--format", "json").out)
    assert [job["name"] for job in graph["jobs"]] == ["wheel", "unit", "tagged"]
    one = json.loads(gluv("graph", "-C", repo.root, "wheel", "--format", "json").out)
    assert [job["name"] for job in one["jobs"]] == ["wheel"]


def test_a_file_is_written(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": FILE})
    target = repo.root / "graph.svg"
    ran = gluv("graph", "-C", repo.root, "--format", "svg", "-o", target)
    assert (ran.code, ran.out) == (0, "")
    assert ET.parse(target).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    ran = gluv("graph", "-C", repo.root, "-o", repo.root / "nowhere" / "graph.txt")
    assert ran.code == 2
    assert "mkdir -p" in ran.err


@pytest.mark.parametrize("form", ["tree", "mermaid", "dot", "svg", "json"])
def test_no_pipeline_draws_nothing_and_says_why(gluv: Gluv, repo: Repo, form: str) -> None:
    text = "a: {script: [x], rules: [{if: $NEVER}]}\n"
    repo.commit({".gitlab-ci.yml": text})
    ran = gluv("graph", "-C", repo.root, "--format", form)
    assert (ran.code, ran.out) == (0, "")
    assert "no pipeline" in ran.err


def test_a_wrong_configuration_is_told(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "a: {scrip: [x]}\n"})
    ran = gluv("graph", "-C", repo.root)
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean `script`?" in ran.err
