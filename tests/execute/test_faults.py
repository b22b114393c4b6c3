"""What scripts, files and machines do to a run: it says what happened, in GitLab's words."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gluv.config.keywords.artifacts import Artifacts
from gluv.config.keywords.image import Image
from gluv.execute.events import AnyEvent, Difference, JobOutput
from gluv.host.engine import find_engine
from gluv.host.workspace_slot import slot_name
from gluv.plan.model import PlannedCache
from gluv.store.store import Store
from tests.execute.conftest import Sandbox, job
from tests.execute.engines import IMAGE, engine_environment, needs_engine, serve_podman

FILL = "head -c 40M /dev/zero > big"


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("kill -9 $$", 137),
        ("kill -9 0", 137),
        ("kill -9 $BASHPID", 137),
        ("kill -TERM 0; sleep 1", 143),
        ("exec true", 0),
        ("exec > /dev/null 2>&1 < /dev/null; exit 6", 6),
        ("exec >&- 2>&-; exit 7", 7),
        ("trap '' TERM HUP INT; exit 8", 8),
        ("set +e; false; exit 9", 9),
        ("ulimit -f 0; echo x > file; exit 1", 153),
    ],
)
def test_a_script_that_does_itself_harm(sandbox: Sandbox, script: str, code: int) -> None:
    ran = sandbox.run(
        job("j", "echo here", script, after_script=('echo "after $CI_JOB_STATUS"',)),
        job("other", "true"),
    )
    done = ran.finished["j"]
    assert done.exit_code == code
    assert (done.status, done.reason) == (("failed", "script_failure") if code else ("success", ""))
    status = "failed" if code else "success"
    assert ran.printed("j", "after_script")[-1] == f"after {status}"
    assert ran.statuses["other"] == "success"


def test_a_script_that_asks_its_standard_input_hears_nothing(sandbox: Sandbox) -> None:
    ran = sandbox.run(job("j", 'read -r answer || echo "no answer"', "cat; wc -c", "echo end"))
    assert ran.printed("j") == ["no answer", "0", "end"]


OUTSIDE = "artifact path is not a subpath of project directory"


def test_artifacts_stay_inside_the_project(sandbox: Sandbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("secret\n")
    paths = (
        str(secret),
        "../../../../../../etc/passwd",
        "out/../../..",
        "$CI_PROJECT_DIR/../x",
        "link/key",
        "link/*",
        "**/key",
        "/",
        "ok",
    )
    ran = sandbox.run(
        job(
            "make",
            f"ln -s {secret} link; echo ok > ok; echo y > ../x",
            stage="build",
            artifacts=Artifacts(paths=paths),
        ),
        job("take", "ls -A | grep -v -e .git -e tracked.txt"),
    )
    assert ran.statuses == {"make": "success", "take": "success"}
    assert ran.printed("take") == ["ok"]
    lines = ran.lines("make")
    for path in (str(secret), "../../../../../../etc/passwd", "out/../../..", "/"):
        assert f"WARNING: processPath: {OUTSIDE}: {path}" in lines


def test_a_link_out_of_the_project_is_kept_as_a_link_and_never_written_through(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    sandbox.run(
        job(
            "plant",
            f"ln -s {outside} trap",
            stage="a",
            artifacts=Artifacts(paths=("trap",)),
            cache=(PlannedCache(key="k", paths=("trap",)),),
        ),
        job(
            "dig",
            "rm -f trap; mkdir trap; echo x > trap/file",
            stage="b",
            artifacts=Artifacts(paths=("trap/",)),
        ),
        job("look", "cat trap/file", stage="c", cache=(PlannedCache(key="k", paths=("trap",)),)),
    )
    assert list(outside.iterdir()) == []


ODD = ("new\nline", "tab\there", "quote'\"", "-rf", "sp ace", "é", "a\\b", "\x1b[2Jx")


def test_names_of_any_bytes_are_kept(sandbox: Sandbox) -> None:
    made = " ".join("'" + name.replace("'", "'\\''") + "'" for name in ODD)
    broken = "$(printf 'br\\377ken')"
    caches = (PlannedCache(key="k", paths=("odd/",)),)
    ran = sandbox.run(
        job(
            "make",
            f'mkdir odd; cd odd; touch -- {made} "{broken}"',
            stage="build",
            artifacts=Artifacts(paths=("odd/",), reports={"junit": ("odd/*",)}),
            cache=caches,
        ),
        job("take", f'cd odd; ls -A | wc -l; test -e "{broken}"; ls -d -- {made} > /dev/null'),
        job("cached", f'test -e odd/"{broken}"', cache=caches),
    )
    assert ran.statuses == {"make": "success", "take": "success", "cached": "success"}, ran.lines(
        "make"
    )
    assert ran.printed("take")[0] == "10"  # one name is two lines


def test_loops_of_links_and_sockets_do_no_harm(sandbox: Sandbox) -> None:
    script = (
        "mkdir d; ln -s .. d/up; ln -s self self; ln -s b a; ln -s a b; mkfifo d/pipe; echo x > d/x"
    )
    ran = sandbox.run(
        job("make", script, stage="build", artifacts=Artifacts(paths=("**/*",))),
        job("take", "readlink d/up self a b; cat d/x; test ! -e d/pipe"),
    )
    assert ran.printed("take") == ["..", "self", "b", "a", "x"]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MiB."""
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("only root can mount a small file system")
    place = tmp_path / "small"
    place.mkdir()
    options = ("-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs", str(place))
    subprocess.run(["mount", *options], check=True)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_script_that_fills_the_disk_fails_and_leaves_room_for_the_next(
    sandbox: Sandbox, small: Path
) -> None:
    sandbox.builds = small / "b"
    ran = sandbox.run(
        job(
            "fill", FILL, "echo never", stage="a", allow_failure=True, after_script=("echo after",)
        ),
        job("next", "head -c 10M /dev/zero > some", "echo room", stage="b"),
    )
    done = ran.finished["fill"]
    assert (done.status, done.reason, done.exit_code) == ("failed", "script_failure", 1)
    assert any("No space left on device" in line for line in ran.lines("fill"))
    assert ran.printed("next")[-1:] == ["room"]
    assert [path for path in sandbox.builds.iterdir() if path.is_dir()] == []


def test_artifacts_and_caches_that_do_not_fit_leave_what_was_there(
    sandbox: Sandbox, small: Path
) -> None:
    with Store.open(small / ".gluv") as store:
        cache = (PlannedCache(key="k", paths=("big",)),)
        first = sandbox.run(job("j", "echo one > big", cache=cache), store=store)
        assert first.statuses == {"j": "success"}
        ran = sandbox.run(
            job("cached", FILL, cache=cache),
            job("kept", FILL, artifacts=Artifacts(paths=("big",))),
            job("small", "cat big", stage="later", when="always", cache=cache),
            store=store,
            jobs=1,
        )
        assert ran.finished["cached"].status == "success"
        assert any("No space left on device" in line for line in ran.lines("cached"))
        kept = ran.finished["kept"]
        assert (kept.status, kept.reason) == ("failed", "runner_system_failure")
        assert "No space left on device" in kept.last_lines[-1]
        assert any(str(small) in note for note in kept.notes)
        assert kept.hint == "free some space on that disk, and run again"
        assert ran.printed("small")[-1:] == ["one"]
        assert [row.status for row in store.jobs_of(ran.pipeline_id)] == [
            "success",
            "failed",
            "success",
        ]


def test_a_script_that_removes_its_project(sandbox: Sandbox) -> None:
    gone = 'rm -rf "$CI_PROJECT_DIR"'
    ran = sandbox.run(
        job("alone", gone),
        job("after", gone, after_script=("echo never",)),
        job("kept", gone, artifacts=Artifacts(paths=("x",)), cache=(PlannedCache(key="k"),)),
    )
    assert set(ran.statuses.values()) == {"success"}
    assert "never" not in ran.printed("after", "after_script")
    assert any("after_script failed, but job will continue" in line for line in ran.lines("after"))


def test_variables_that_are_too_large_are_named(sandbox: Sandbox) -> None:
    ran = sandbox.run(job("j", "true", variables={"BIG": "x" * 200_000, "SMALL": "y"}))
    done = ran.finished["j"]
    assert (done.status, done.reason) == ("failed", "runner_system_failure")
    said = "\n".join(ran.lines("j"))
    assert "BIG has 200000 characters" in said
    assert "variable of type file" in said


def test_a_log_that_does_not_fit_fails_its_job_only(sandbox: Sandbox, small: Path) -> None:
    with Store.open(small / ".gluv") as store:
        filler = small / "filler"
        filler.write_bytes(bytes(22 * 1024 * 1024))
        ran = sandbox.run(
            job("talks", "seq 2000000"),
            job("quiet", "true", stage="later", when="always"),
            store=store,
            log_limit=100_000_000,
            watch=lambda event: (
                filler.unlink(missing_ok=True) if getattr(event, "status", "") == "failed" else None
            ),
        )
        done = ran.finished["talks"]
        assert (done.status, done.reason) == ("failed", "runner_system_failure")
        assert any("No space left on device" in note for note in (*done.notes, *done.last_lines))
        assert ran.statuses["quiet"] == "success"


@pytest.mark.engine
@pytest.mark.parametrize("victim", ["conmon", "container"])
def test_an_engine_that_dies_under_a_job(sandbox: Sandbox, victim: str) -> None:
    engine = needs_engine("podman")
    sandbox.environ |= engine.environ

    def strike(event: AnyEvent) -> None:
        if isinstance(event, JobOutput) and "up" in event.lines:
            shown = engine.call("ps", "-q", "--filter", f"label=gluv.slot={slot(sandbox)}")
            (name,) = shown.stdout.split()
            told = engine.inspect("container", name) or {}
            if victim == "conmon":
                os.kill(int(Path(str(told["ConmonPidFile"])).read_text()), 9)
            else:
                engine.remove(name)

    ran = sandbox.run(
        job("j", "echo up; sleep 600", image=Image(name=IMAGE), timeout_seconds=60),
        executor="podman",
        engine=lambda: engine,
        watch=strike,
    )
    done = ran.finished["j"]
    assert (done.status, done.reason) == ("failed", "runner_system_failure"), ran.lines("j")
    assert ran.end.duration < 50
    left = engine.call("ps", "-aq", "--filter", f"label=gluv.slot={slot(sandbox)}")
    assert left.stdout == ""


@pytest.mark.engine
def test_an_engine_whose_service_dies_under_a_job(sandbox: Sandbox, tmp_path: Path) -> None:
    needs_engine("docker with podman's socket")
    place = tmp_path / "service"
    place.mkdir()
    environ, service = served(place)
    sandbox.environ |= environ

    def strike(event: AnyEvent) -> None:
        if isinstance(event, JobOutput) and "up" in event.lines:
            service.kill()
            service.wait(10)

    image = Image(name=IMAGE)
    ran = sandbox.run(
        job("j", "echo up; sleep 600", image=image, timeout_seconds=60),
        job("next", "true", stage="later", when="always", image=image),
        executor="docker",
        engine=lambda: find_engine("docker", environ),
        watch=strike,
    )
    for name in ("j", "next"):
        done = ran.finished[name]
        assert (done.status, done.reason) == ("failed", "runner_system_failure"), ran.lines(name)
    assert ran.end.duration < 50
    assert any("left behind" in each.what for each in ran.of(Difference))
    # The service is gone, the container is not: the first run that finds it again removes it.
    podman = needs_engine("podman")
    left = ("ps", "-aq", "--filter", f"label=gluv.slot={slot(sandbox)}")
    assert len(podman.call(*left).stdout.split()) == 1
    environ, _ = served(place)
    again = sandbox.run(
        job("j", "true", image=image),
        executor="docker",
        engine=lambda: find_engine("docker", environ),
    )
    assert again.statuses == {"j": "success"}, again.lines("j")
    assert podman.call(*left).stdout == ""


def served(place: Path) -> tuple[dict[str, str], subprocess.Popen[bytes]]:
    found = serve_podman(engine_environment(), place)
    assert not isinstance(found, str), found
    return found


def slot(sandbox: Sandbox) -> str:
    return f"{sandbox.builds / slot_name(sandbox.repository)}-0"


def test_a_clock_that_jumps(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [2_000_000_000.0]

    def clock() -> float:
        now[0] += 86400.0 if int(now[0]) % 2 else -86401.0
        return now[0]

    monkeypatch.setattr("time.time", clock)
    with Store.open(sandbox.repository / ".other", clock=clock) as store:
        cache = (PlannedCache(key="k", paths=("made",)),)
        artifacts = Artifacts(paths=("made",), expire_in=10)
        ran = sandbox.run(
            job("make", "echo one > made", stage="a", artifacts=artifacts, cache=cache),
            job("take", "cat made; echo two > made", stage="b", cache=cache),
            job("last", "cat made", stage="c", cache=cache, dependencies=()),
            store=store,
        )
        assert set(ran.statuses.values()) == {"success"}
        assert ran.printed("take") == ["one"]
        assert ran.printed("last") == ["two"]
        assert all(0 <= event.duration < 600 for event in ran.finished.values())
        store.history.tidy(100)
        assert len(store.pipelines()) == 1
