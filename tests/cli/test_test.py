"""`gluv test`: expectations of a team, in a repository whose branches and tags do not matter."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Gluv, Repo

PIPELINE = """\
include: ci/deploy.yml
test:
  script: make test
"""
DEPLOY = """\
deploy:
  stage: deploy
  script: make deploy
  rules:
    - if: $CI_COMMIT_TAG && $DEPLOY_TO
"""
TAG = "context:\n  tag: v1.0.0\njobs:\n  - test\n  - deploy\n"
SETTINGS = '[tool.gluv.variables]\nDEPLOY_TO = "production"\n'


@pytest.fixture
def team(repo: Repo) -> Repo:
    repo.commit(
        {
            ".gitlab-ci.yml": PIPELINE,
            "ci/deploy.yml": DEPLOY,
            "pyproject.toml": SETTINGS,
            "tests/pipeline/tag.yml": TAG,
            "tests/pipeline/deep/branch.yaml": "jobs: [test]\nskipped: [deploy]\n",
        }
    )
    return repo


def test_as_expected(gluv: Gluv, team: Repo) -> None:
    ran = gluv("test", "-C", team.root)
    assert (ran.code, ran.err) == (0, "")
    assert "2 expectations, all as expected" in ran.out


def test_a_detached_head_as_in_a_pipeline(gluv: Gluv, team: Repo) -> None:
    team.git("checkout", "--quiet", "--detach")
    assert gluv("test", "-C", team.root).code == 0


def test_a_change_of_the_pipeline_shows(gluv: Gluv, team: Repo) -> None:
    team.write({"ci/deploy.yml": DEPLOY + "      when: manual\n", ".gitlab-ci.yml": PIPELINE})
    assert gluv("test", "-C", team.root).code == 0  # nobody asked about `when`
    team.write({"tests/pipeline/tag.yml": TAG.replace("- deploy", "- deploy: {when: on_success}")})
    ran = gluv("test", "-C", team.root)
    assert ran.code == 1
    assert "tag.yml:5: jobs.deploy.when\n    - on_success\n    + manual\n" in ran.out
    assert "2 expectations, 1 not as expected" in ran.out


def test_from_a_folder_of_the_project(gluv: Gluv, team: Repo) -> None:
    assert gluv("test", "-C", team.root / "ci").code == 0


def test_one_file_alone(gluv: Gluv, team: Repo) -> None:
    ran = gluv("test", "-C", team.root, "tests/pipeline/tag.yml")
    assert ran.code == 0
    assert "1 expectation, all as expected" in ran.out


def test_json(gluv: Gluv, team: Repo) -> None:
    team.write({"tests/pipeline/tag.yml": TAG.replace("  - test\n", "")})
    ran = gluv("test", "-C", team.root, "--json")
    assert ran.code == 1
    result = json.loads(ran.out)
    assert (result["passed"], result["failed"]) == (1, 1)
    (failed,) = [each for each in result["expectations"] if not each["holds"]]
    assert failed["name"] == "tag"
    (difference,) = failed["differences"]
    assert difference["where"] == "jobs"
    assert difference["line"] == 4
    assert (difference["expected"], difference["actual"]) == (["deploy"], ["test", "deploy"])


def test_junit(gluv: Gluv, team: Repo, tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    team.write({"tests/pipeline/tag.yml": TAG.replace("- test", '- "<test> & \\x07"')})
    assert gluv("test", "-C", team.root, "--junit", report).code == 1
    suites = ElementTree.parse(report).getroot()
    assert (suites.get("tests"), suites.get("failures")) == ("2", "1")
    cases = suites.findall("testsuite/testcase")
    assert sorted(case.get("name", "") for case in cases) == ["branch", "tag"]
    (failure,) = suites.findall("testsuite/testcase/failure")
    assert failure.get("message") == "not as expected: jobs"
    assert failure.text is not None
    assert "<test> & ?" in failure.text


def test_a_wrong_file_is_refused_with_its_line(gluv: Gluv, team: Repo) -> None:
    team.write({"tests/pipeline/tag.yml": TAG + "jbos: []\n"})
    ran = gluv("test", "-C", team.root)
    assert ran.code == 2
    assert "tag.yml:6:1: error: an expectation has no key `jbos`" in ran.err
    assert "did you mean `jobs`?" in ran.err


def test_nothing_to_test(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": PIPELINE})
    ran = gluv("test", "-C", repo.root)
    assert ran.code == 2
    assert "gluv test --update" in ran.err


def test_update_writes_the_first_ones(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": PIPELINE, "ci/deploy.yml": DEPLOY})
    ran = gluv("test", "-C", repo.root, "--update")
    assert ran.code == 0
    written = sorted(path.name for path in (repo.root / "tests/pipeline").iterdir())
    assert written == [
        "branch.yml",
        "default-branch.yml",
        "merge-request.yml",
        "schedule.yml",
        "tag.yml",
    ]
    ran = gluv("test", "-C", repo.root)
    assert ran.code == 0
    assert "5 expectations, all as expected" in ran.out


def test_update_rewrites_what_does_not_hold(gluv: Gluv, team: Repo) -> None:
    team.write({".gitlab-ci.yml": PIPELINE + "lint:\n  script: lint\n  only: [tags]\n"})
    team.write({"tests/pipeline/deep/branch.yaml": "jobs: [test] # as written\n"})
    ran = gluv("test", "-C", team.root, "--update")
    assert ran.code == 0
    assert "2 files, 1 updated" in ran.out
    tag = (team.root / "tests/pipeline/tag.yml").read_text()
    assert tag == "context:\n  tag: v1.0.0\njobs:\n  - test\n  - lint\n  - deploy\n"
    branch = (team.root / "tests/pipeline/deep/branch.yaml").read_text()
    assert branch == "jobs: [test] # as written\n"
    assert gluv("test", "-C", team.root).code == 0


def test_named_contexts(gluv: Gluv, team: Repo) -> None:
    contexts = '[tool.gluv.contexts]\nrelease = { tag = "v9", variables = { NUMBER = 9 } }\n'
    team.write(
        {
            "pyproject.toml": SETTINGS + contexts,
            "tests/pipeline/tag.yml": "context: release\n"
            "pipeline: {ref: v9, variables: {NUMBER: 9}}\njobs: [test, deploy]\n",
        }
    )
    assert gluv("test", "-C", team.root).code == 0
    team.write({"tests/pipeline/tag.yml": "context: relaese\njobs: [test, deploy]\n"})
    ran = gluv("test", "-C", team.root)
    assert ran.code == 2
    assert "there is no context named `relaese`" in ran.err


def test_private_variables_do_not_decide(gluv: Gluv, team: Repo) -> None:
    team.write({"pyproject.toml": "", ".gitlab-ci-local-variables.yml": "DEPLOY_TO: production\n"})
    ran = gluv("test", "-C", team.root)
    assert ran.code == 1
    assert "deploy: rules: no clause matched" in ran.out


def test_a_folder_with_a_pipeline_of_its_own_is_a_case(gluv: Gluv, tmp_path: Path) -> None:
    case = tmp_path / "cases" / "one"
    (case / "ci").mkdir(parents=True)
    (case / ".gitlab-ci.yml").write_text(PIPELINE)
    (case / "ci" / "deploy.yml").write_text(DEPLOY)
    (case / "expect.yml").write_text("jobs: [test]\n")
    ran = gluv("test", tmp_path / "cases")  # no git repository anywhere
    assert ran.code == 0
    assert "1 expectation, all as expected" in ran.out


def test_files_of_the_working_tree_exist(gluv: Gluv, team: Repo) -> None:
    team.write(
        {
            ".gitlab-ci.yml": "test:\n  script: make\n  rules: [exists: [new.txt]]\n"
            "lint: {script: lint}\n",
            "new.txt": "not committed\n",
            "tests/pipeline/tag.yml": "jobs: [test, lint]\n",
            "tests/pipeline/deep/branch.yaml": "{context: {files: [other]}, jobs: [lint]}\n",
        }
    )
    assert gluv("test", "-C", team.root).code == 0
