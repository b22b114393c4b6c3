"""`gluv run --watch`."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

# It takes `run_project` when it is loaded, which must not be while a test has replaced that.
import gluv.cli.run_command  # noqa: F401
from gluv.cli import run, watch
from gluv.host.own_outputs import find_outputs
from gluv.host.watching import WorkTreeWatcher
from tests.cli.conftest import Gluv, Repo

PIPELINE = """\
docs:
  script: [echo docs]
  rules:
    - changes: [docs/**/*]
always:
  script: [echo always]
"""


def test_the_watcher_hears_what_git_would_see(repo: Repo) -> None:
    repo.commit({".gitignore": "*.log\n", "a.txt": "a\n"})
    with WorkTreeWatcher(repo.root) as watcher:
        repo.write({"noise.log": "x", ".gluv/x": "x", "new/b.txt": "b\n"})
        heard = watcher.wait()
    assert {"new/b.txt"} <= heard <= {"new", "new/b.txt"}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_the_watcher_goes_on_after_a_name_that_is_no_text(repo: Repo) -> None:
    repo.commit({"a.txt": "a\n"})
    with WorkTreeWatcher(repo.root) as watcher, ThreadPoolExecutor() as pool:
        with open(bytes(repo.root) + b"/caf\xe9", "w"):
            pass
        heard = pool.submit(watcher.wait)
        number = 0
        # What comes while it starts anew is not heard either.
        while not heard.done():
            number += 1
            repo.write({"b.txt": f"{number}\n"})
            time.sleep(0.1)
    assert heard.result() == {"b.txt"}


def test_the_watcher_does_not_hear_what_gluv_writes(repo: Repo) -> None:
    repo.commit({"a.txt": "a\n"})
    with (repo.root / "log.txt").open("w") as log:
        outputs = find_outputs([repo.root / "out.xml", repo.root / "made/rp"], [log.fileno()])
        with WorkTreeWatcher(repo.root, outputs) as watcher:
            log.write("x")
            log.flush()
            repo.write({"out.xml": "x", "made/rp/sub/x": "x", "a.txt": "new\n"})
            heard = watcher.wait()
    assert heard == {"a.txt"}


def test_what_a_run_writes_starts_no_other_and_reaches_no_job(
    gluv: Gluv, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({".gitlab-ci.yml": "look:\n  script: [ls]\n", "tracked.xml": "x"})
    codes: list[int] = []
    plain = run.run_project

    def counted(*args: object, **more: Any) -> int:
        codes.append(plain(*args, **more))  # type: ignore[arg-type]
        repo.write({"other.txt": f"{len(codes)}\n"})
        if len(codes) == 3:
            more["asked"].raise_to(1)
        return codes[-1]

    monkeypatch.setattr(run, "run_project", counted)
    monkeypatch.chdir(repo.root)
    ran = gluv("run", "--watch", "--junit", "out.xml", "--report", "rp")
    assert codes == [0, 0, 0]
    assert (repo.root / "out.xml").is_file()
    assert (repo.root / "rp" / "events.jsonl").is_file()
    assert [line for line in ran.err.splitlines() if "changed" in line] == [
        "changed: other.txt"
    ] * 2
    assert "other.txt" in ran.out
    assert "look | out.xml" not in ran.out
    assert "look | rp" not in ran.out
    monkeypatch.setattr(run, "run_project", plain)
    assert "| tracked.xml" in gluv("run", "--junit", "tracked.xml").out


def test_a_change_runs_what_its_push_would(
    gluv: Gluv, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({".gitlab-ci.yml": PIPELINE})
    codes: list[int] = []
    plain = run.run_project

    def counted(*args: object, **more: Any) -> int:
        codes.append(plain(*args, **more))  # type: ignore[arg-type]
        if len(codes) == 1:
            repo.write({"docs/index.md": "# new\n"})
        elif len(codes) == 2:
            repo.write({"other.txt": "x\n"})
        if len(codes) == 3:
            more["asked"].raise_to(1)
        return codes[-1]

    monkeypatch.setattr(run, "run_project", counted)
    ran = gluv("run", "-C", repo.root, "--watch")
    assert (ran.code, codes) == (0, [0, 0, 0])
    _, second, third = ran.out.split("logs: gluv logs")[:3]
    assert "docs   | docs" in second
    assert "docs   |" not in third
    assert "always | always" in third
    assert "changed: docs" in ran.err


def test_a_run_that_made_room_for_another_is_not_the_end(
    gluv: Gluv, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({".gitlab-ci.yml": "j:\n  interruptible: true\n  script: [sleep 60]\n"})
    codes: list[int] = []
    plain = run.run_project
    watched = watch._follow

    def newer(plan: Any, context: Any, parts: Any, *more: Any) -> None:
        """Another run asks this one to make room, when it is under way."""
        last = parts.store.last_pipeline()
        note = parts.store.directory / "cancel" / str((last.id if last else 0) + 1)
        note.parent.mkdir(exist_ok=True)
        note.write_text("99\n")
        watched(plan, context, parts, *more)

    def counted(*args: object, **more: Any) -> int:
        if codes:
            more["asked"].raise_to(1)
        codes.append(plain(*args, **more))  # type: ignore[arg-type]
        repo.write({"a.txt": f"{len(codes)}\n"})
        return codes[-1]

    monkeypatch.setattr(watch, "_follow", newer)
    monkeypatch.setattr(run, "run_project", counted)
    assert gluv("run", "-C", repo.root, "--watch").code == 130
    assert codes == [130, 130]
