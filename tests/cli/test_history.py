"""`gluv status`, `logs`, `artifacts` and `cache`."""

import json
import os
import threading
from pathlib import Path

import pytest

from gluv.store import Store
from tests.cli.conftest import Gluv, Repo
from tests.execute.test_watchdog import until

PIPELINE = """\
stages: [build, test]
build:
  stage: build
  script: [mkdir -p out/deep, echo built > out/deep/a.txt, ln -sf deep/a.txt out/link]
  artifacts: {paths: [out/]}
  cache: {key: wheels, paths: [out/]}
test:
  stage: test
  script: [echo tested, "exit 4"]
after:
  stage: test
  needs: [test]
  script: [echo after]
"""


@pytest.fixture
def ran(gluv: Gluv, repo: Repo) -> Path:
    repo.commit({".gitlab-ci.yml": PIPELINE})
    assert gluv("run", "-C", repo.root).code == 1
    return repo.root


def test_status_lists_runs_and_what_failed(gluv: Gluv, ran: Path) -> None:
    assert gluv("run", "-C", ran, "build").code == 0
    lines = gluv("status", "-C", ran).out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("✓ #2    success")
    assert lines[1].startswith("✗ #1    failed")
    assert lines[1].endswith("1 failed, 1 success, 1 skipped")
    data = json.loads(gluv("status", "-C", ran, "--json").out)
    assert [run["id"] for run in data] == [2, 1]
    assert [job["exit_code"] for job in data[1]["jobs"]] == [0, 4, None]


def test_status_names_the_failed_job_of_the_last_run(gluv: Gluv, ran: Path) -> None:
    assert "  ✗ test  failed  script_failure, exit code 4" in gluv("status", "-C", ran).out


def test_logs_of_an_earlier_run_and_of_failed_jobs(gluv: Gluv, ran: Path) -> None:
    assert gluv("run", "-C", ran, "build").code == 0
    assert "tested" in gluv("logs", "-C", ran, "1", "test").out
    failed = gluv("logs", "-C", ran, "#1", "--failed").out
    assert "== test (failed)" in failed
    assert "== build" not in failed
    assert gluv("logs", "-C", ran, "7").code == 2
    assert "its jobs are: build" in gluv("logs", "-C", ran, "tset").err


def test_logs_follow_a_run_until_it_is_over(gluv: Gluv, ran: Path) -> None:
    with Store.open(ran / ".gluv") as store:
        row = store.create_pipeline(source="push", ref="main", tag=False, sha="a" * 40, name=None)
        job = store.create_job(pipeline_id=row.id, name="slow", stage="test")
        store.start_job(job.id, "token")
        store.log_path(job.id).write_text("first\n")

        def finish() -> None:
            with store.log_path(job.id).open("a") as log:
                log.write("second\n")
            store.finish_pipeline(row.id, "success", 1.0)

        timer = threading.Timer(0.1, finish)
        timer.start()
        followed = gluv("logs", "-C", ran, "--follow")
        timer.join()
    assert (followed.code, followed.out) == (0, "slow | first\nslow | second\n")


def test_artifacts_are_listed_and_laid_out(gluv: Gluv, ran: Path, tmp_path: Path) -> None:
    listed = gluv("artifacts", "-C", ran, "build", "-o", tmp_path / "here")
    assert listed.out == "out/deep/a.txt\nout/link\n"
    assert (tmp_path / "here/out/link").readlink() == Path("deep/a.txt")
    assert (tmp_path / "here/out/link").read_text() == "built\n"
    assert "left no artifacts" in gluv("artifacts", "-C", ran, "test").err


def test_clearing_caches_gives_every_key_the_next_number(gluv: Gluv, ran: Path) -> None:
    assert gluv("cache", "list", "-C", ran).out.startswith("wheels-non_protected  ")
    cleared = gluv("cache", "clear", "-C", ran)
    assert cleared.err == "1 cache removed; keys end in -1 from now on\n"
    assert gluv("cache", "list", "-C", ran).out == ""
    again = gluv("run", "-C", ran, "build")
    assert "Checking cache for wheels-1-non_protected..." in again.out
    assert gluv("cache", "list", "-C", ran).out.startswith("wheels-1-non_protected  ")


def test_expired_artifacts_are_refused_and_removed_by_the_next_run(gluv: Gluv, repo: Repo) -> None:
    text = PIPELINE.replace("{paths: [out/]}", "{paths: [out/], expire_in: 1 sec}", 1)
    repo.commit({".gitlab-ci.yml": text})
    gluv("run", "-C", repo.root, "build")
    first = gluv("artifacts", "-C", repo.root, "build")
    assert first.code == 0
    gluv("run", "-C", repo.root, "build")
    with Store.open(repo.root / ".gluv") as store:
        (row,) = store.jobs_of(1)
        assert until(lambda: store.now() > (row.artifacts_expire_at or 0))
    refused = gluv("artifacts", "-C", repo.root, "build", "--run", "1")
    assert refused.code == 2
    assert "the artifacts of the job 'build' of run #1 expired on 2" in refused.err
    gluv("run", "-C", repo.root, "build")
    assert not (repo.root / ".gluv/artifacts/1").exists()
    assert gluv("artifacts", "-C", repo.root, "build", "--run", "1").err == refused.err
    assert gluv("artifacts", "-C", repo.root, "build").out == first.out


def test_clean_forgets_runs_and_says_what_it_freed(gluv: Gluv, ran: Path) -> None:
    gluv("run", "-C", ran, "build")
    dry = gluv("clean", "-C", ran, "--keep", "1", "--caches", "--dry-run")
    assert dry.err == "1 run would be forgotten, 1 cache would be removed\n"
    assert gluv("clean", "-C", ran, "--keep", "1").err.startswith("1 run forgotten, 0.0 MB freed")
    assert [line[:4] for line in gluv("status", "-C", ran).out.splitlines()] == ["✓ #2"]
    assert gluv("clean", "-C", ran, "--caches").err.endswith("freed, 1 cache removed\n")
    assert gluv("status", "-C", ran).code == 2
    assert list((ran / ".gluv/logs").iterdir()) == []


def test_the_settings_say_how_many_runs_are_kept(gluv: Gluv, repo: Repo) -> None:
    settings = "[tool.gluv]\nkeep-runs = 2\n"
    repo.commit({".gitlab-ci.yml": "job: {script: [date]}\n", "pyproject.toml": settings})
    for _ in range(4):
        gluv("run", "-C", repo.root)
    shown = gluv("status", "-C", repo.root).out.splitlines()
    assert [line[2:4] for line in shown] == ["#4", "#3"]
    repo.write({"pyproject.toml": settings.replace("2", "0")})
    assert gluv("run", "-C", repo.root).code == 2


def test_odd_names_of_artifacts_are_listed_readably(gluv: Gluv, repo: Repo) -> None:
    script = r"""printf '' > "$(printf 'a\nb\033[2J\377')"; printf x > é"""
    text = f"job:\n  script:\n    - |\n      {script}\n  artifacts: {{paths: ['*']}}\n"
    repo.commit({".gitlab-ci.yml": text})
    assert gluv("run", "-C", repo.root).code == 0
    listed = gluv("artifacts", "-C", repo.root, "job", "-o", repo.root.parent / "out")
    assert r"a\nb\x1b[2J\xff" in listed.out.splitlines()
    assert "é" in listed.out.splitlines()
    assert os.fsencode("a\nb\x1b[2J") + b"\xff" in os.listdir(os.fsencode(repo.root.parent / "out"))


def test_why_a_job_has_no_log(gluv: Gluv, repo: Repo) -> None:
    child = "j:\n  script: [echo x]\n"
    parent = (
        "down:\n  trigger: {include: child.yml, strategy: depend}\nbuild:\n  script: [echo x]\n"
    )
    later = "later:\n  script: [echo x]\n  when: manual\n"
    repo.commit({"child.yml": child, ".gitlab-ci.yml": parent + later})
    assert gluv("run", "-C", repo.root).code == 0
    for log in (repo.root / ".gluv/logs").iterdir():
        log.unlink()
    said = gluv("logs", "-C", repo.root).err
    assert "down started a pipeline: it has no log of its own" in said
    assert f"build ran, but its log is gone: {repo.root}/.gluv/logs/" in said
    assert "later did not run: manual" in said
