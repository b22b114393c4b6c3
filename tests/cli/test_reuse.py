"""`gluv run --failed` and `--reuse`: results of earlier runs stand for jobs."""

import json

import pytest

from gluv.execute import scheduler
from tests.cli.conftest import Gluv, Ran, Repo

PIPELINE = """\
stages: [build, test, deploy]
build:
  stage: build
  script: [cat input.txt > out.txt, "echo MADE=$(cat input.txt) > made.env"]
  artifacts: {paths: [out.txt], reports: {dotenv: made.env}}
lint:
  stage: build
  script: [echo linted]
test:
  stage: test
  needs: [build]
  script: ['echo "got $(cat out.txt) $MADE"', test -e good]
deploy:
  stage: deploy
  script: [echo deployed]
"""


def started(ran: Ran) -> list[str]:
    events = [json.loads(line) for line in ran.out.splitlines()]
    return [event["job"] for event in events if event["event"] == "job_started"]


def printed(ran: Ran, job: str) -> list[str]:
    events = [json.loads(line) for line in ran.out.splitlines()]
    lines = [event["lines"] for event in events if event["event"] == "job_output"]
    return [line for each in lines for line in each if line.startswith("got ")]


def test_failed_runs_what_failed_with_the_artifacts_of_the_rest(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": PIPELINE, "input.txt": "one\n"})
    assert gluv("run", "-C", repo.root, "--failed").code == 2
    assert gluv("run", "-C", repo.root).code == 1
    again = gluv("run", "-C", repo.root, "--failed", "--json")
    assert (again.code, started(again)) == (1, ["test"])
    repo.write({"good": ""})
    mended = gluv("run", "-C", repo.root, "--failed", "--json")
    assert (mended.code, started(mended)) == (0, ["test", "deploy"])
    assert printed(mended, "test") == ["got one one"]
    assert "from #2" in mended.err
    nothing = gluv("run", "-C", repo.root, "--failed")
    assert (nothing.code, nothing.err) == (0, "gluv: every job of the last run succeeded\n")


def test_reuse_takes_what_has_not_changed(
    gluv: Gluv, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "WORTH_REMEMBERING", 0.0)
    repo.commit({".gitlab-ci.yml": PIPELINE, "input.txt": "one\n", "good": ""})
    assert gluv("run", "-C", repo.root).code == 0
    same = gluv("run", "-C", repo.root, "--reuse", "--json", "test")
    assert (same.code, started(same)) == (0, ["test"])
    assert printed(same, "test") == ["got one one"]
    repo.write({"input.txt": "two\n"})
    changed = gluv("run", "-C", repo.root, "--reuse", "--json", "test")
    assert started(changed) == ["build", "test"]
    assert printed(changed, "test") == ["got two two"]
    everything = gluv("run", "-C", repo.root, "--reuse", "--json")
    assert started(everything) == ["lint", "deploy"]
    other = gluv("run", "-C", repo.root, "--reuse", "--json", "--var", "MODE=x", "test")
    assert started(other) == ["build", "test"]


def test_results_of_failed_reruns_are_not_taken_for_results_of_new_files(
    gluv: Gluv, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "WORTH_REMEMBERING", 0.0)
    repo.commit({".gitlab-ci.yml": PIPELINE, "input.txt": "one\n"})
    assert gluv("run", "-C", repo.root).code == 1
    repo.write({"input.txt": "two\n", "good": ""})
    assert gluv("run", "-C", repo.root, "--failed").code == 0
    reused = gluv("run", "-C", repo.root, "--reuse", "--json", "test")
    assert started(reused) == ["build", "test"]
    assert printed(reused, "test") == ["got two two"]
