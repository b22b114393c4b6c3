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


GATED = """\
stages: [build, gate, deploy]
build: {stage: build, script: [test -e good]}
approve: {stage: gate, rules: [{when: manual}], script: [echo approved]}
ship: {stage: deploy, script: [echo shipped]}
optional: {stage: deploy, when: manual, script: [echo optional]}
"""


def test_failed_plays_no_manual_job_and_passes_no_gate(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": GATED, "good": ""})
    assert gluv("run", "-C", repo.root).code == 0
    held = gluv("run", "-C", repo.root, "--failed", "--json")
    assert (held.code, started(held)) == (0, [])
    (repo.root / "good").unlink()
    assert gluv("run", "-C", repo.root).code == 1
    repo.write({"good": ""})
    mended = gluv("run", "-C", repo.root, "--failed", "--json")
    assert (mended.code, started(mended)) == (0, ["build"])


def test_failed_runs_a_manual_job_that_was_played_and_failed(gluv: Gluv, repo: Repo) -> None:
    text = GATED.replace("[test -e good]", "[echo]").replace("[echo shipped]", "[test -e good]")
    repo.commit({".gitlab-ci.yml": text.replace("[echo optional]", "[test -e good]")})
    assert gluv("run", "-C", repo.root, "ship", "optional").code == 1
    repo.write({"good": ""})
    again = gluv("run", "-C", repo.root, "--failed", "--json")
    assert again.code == 0, again.err
    assert sorted(started(again)) == ["optional", "ship"]


def test_a_good_job_that_had_nothing_to_upload_stands(gluv: Gluv, repo: Repo) -> None:
    text = """\
migrate: {stage: build, script: [echo], artifacts: {when: on_failure, paths: [logs]}}
test: {needs: [migrate], script: [test -e good]}
"""
    repo.commit({".gitlab-ci.yml": text})
    assert gluv("run", "-C", repo.root).code == 1
    repo.write({"good": ""})
    again = gluv("run", "-C", repo.root, "--failed", "--json")
    assert (again.code, started(again)) == (0, ["test"])


def test_failed_keeps_to_the_branch_or_tag_of_the_last_run(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "job: {script: [test -e good]}\n"})
    repo.git("tag", "v1")
    assert gluv("run", "-C", repo.root, "--tag", "v1").code == 1
    other = gluv("run", "-C", repo.root, "--failed")
    assert other.code == 2
    assert "the last run was of tag v1, and this one would be of main" in other.err
    assert "next: gluv run --failed --tag v1" in other.err
    assert gluv("run", "-C", repo.root, "--failed", "--tag", "v1").code == 1


def test_other_passed_variables_make_another_result(
    gluv: Gluv, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """\
make: {stage: build, script: [echo $FROM_HERE > made], artifacts: {paths: [made]}}
use: {script: ['echo "got $(cat made)"']}
"""
    settings = '[tool.gluv]\npass-env = ["FROM_HERE"]\n'
    repo.commit({".gitlab-ci.yml": text, "pyproject.toml": settings})
    for value, jobs in (("1", ["make", "use"]), ("1", ["use"]), ("2", ["make", "use"])):
        monkeypatch.setenv("FROM_HERE", value)
        ran = gluv("run", "-C", repo.root, "use", "--reuse", "--json")
        assert (ran.code, started(ran)) == (0, jobs)
        assert printed(ran, "use") == [f"got {value}"]


def test_only_the_last_attempt_hands_on_artifacts(gluv: Gluv, repo: Repo) -> None:
    text = """\
flaky:
  stage: build
  retry: 1
  script: [echo > log, 'test -e "$ONCE" || { touch "$ONCE"; false; }']
  artifacts: {when: on_failure, paths: [log]}
next: {script: [test ! -e log]}
"""
    repo.commit({".gitlab-ci.yml": text})
    ran = gluv("run", "-C", repo.root, "--var", f"ONCE={repo.root.parent / 'once'}")
    assert ran.code == 0, ran.out
    assert "it took 2 attempts" in ran.out


def test_reports_are_kept_whatever_when_says(gluv: Gluv, repo: Repo) -> None:
    text = """\
make:
  stage: build
  script: [echo V=1 > v.env]
  artifacts: {when: on_failure, paths: [v.env], reports: {dotenv: v.env}}
use: {script: [test "$V" = 1, test ! -e v.env]}
"""
    repo.commit({".gitlab-ci.yml": text})
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 0, ran.out


def test_a_fallback_key_reads_no_protected_cache(gluv: Gluv, repo: Repo) -> None:
    text = """\
job:
  variables: {CACHE_FALLBACK_KEY: "k-protected . "}
  cache: {key: other, paths: [c]}
  script: [echo]
"""
    repo.commit({".gitlab-ci.yml": text})
    out = gluv("run", "-C", repo.root).out
    assert 'CACHE_FALLBACK_KEY "k-protected ." not allowed to end in "-protected"' in out
    assert out.count("Checking cache for") == 1
