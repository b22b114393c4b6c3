"""Both ways to start a program, and what they must have in common."""

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from gluv.host import spawn as module
from gluv.host.processes import keep_descriptors
from gluv.host.spawn import Child, spawn

ENV = {"PATH": os.defpath, "ODD": "ü $x `y`\n", "RAW": "\udcff"}


@pytest.fixture(params=["the library's", "Python's"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "Python's":
        monkeypatch.setattr(module, "_library", lambda: None)
    elif sys.platform != "linux":
        pytest.skip("only Linux has it")
    elif module._library() is None:
        # Only where a C library has no `posix_spawn_file_actions_addchdir_np`.
        pytest.fail("the C library's way should be had on Linux")
    return str(request.param)


def run(tmp_path: Path, *args: str, stdin: str = "") -> tuple[Child, bytes]:
    given, output = tmp_path / "stdin", tmp_path / "output"
    given.write_text(stdin)
    reader = os.open(given, os.O_RDONLY)
    writer = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        child = spawn(args, cwd=tmp_path, env=ENV, stdin=reader, output=writer)
        child.wait()
    finally:
        os.close(reader)
        os.close(writer)
    return child, output.read_bytes()


def shell(tmp_path: Path, script: str) -> tuple[Child, bytes]:
    return run(tmp_path, "/bin/sh", stdin=script)


def test_its_end_is_told(tmp_path: Path) -> None:
    child, _ = shell(tmp_path, "exit 3")
    assert (child.returncode, child.poll(), child.wait()) == (3, 3, 3)
    child, _ = shell(tmp_path, "kill -9 $$")
    assert child.returncode == -9


def test_it_runs_until_it_ends(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    null = os.open(os.devnull, os.O_RDWR)
    child = spawn(["/bin/cat"], cwd=tmp_path, env=ENV, stdin=reader, output=null)
    assert child.poll() is None
    os.close(writer)
    os.close(reader)
    os.close(null)
    assert child.wait() == 0


def test_it_has_its_arguments_directory_environment_and_streams(tmp_path: Path) -> None:
    script = 'echo "$1|$2"; echo err >&2; cat; pwd; env'
    _, said = run(tmp_path, "/bin/sh", "-c", script, "sh", "ü\n", "", stdin="given\n")
    lines = said.decode(errors="surrogateescape").split("\n")
    assert lines[:5] == ["ü", "|", "err", "given", str(tmp_path)]
    found = set(lines[5:])
    assert {"ODD=ü $x `y`", "RAW=\udcff"} <= found
    assert not [line for line in found if line.startswith("HOME=")]


def test_it_leads_a_session_and_hears_signals_as_usual(tmp_path: Path) -> None:
    program = "import os; print(os.getsid(0) == os.getpid())"
    assert run(tmp_path, sys.executable, "-c", program)[1] == b"True\n"
    _, said = shell(tmp_path, "grep -E 'SigIgn|SigBlk' /proc/self/status")
    if sys.platform == "linux":
        for line in said.decode().splitlines():
            ignored = int(line.split()[1], 16)
            for number in (signal.SIGPIPE, signal.SIGXFSZ):
                assert not ignored & 1 << number - 1


def test_it_gets_nothing_else_that_is_open(tmp_path: Path) -> None:
    inherited = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(inherited, True)
    try:
        keep_descriptors()
        _, said = shell(tmp_path, "ls /dev/fd")
    finally:
        os.close(inherited)
    # `ls` itself has one open.
    assert said.split()[:3] == [b"0", b"1", b"2"]
    assert len(said.split()) <= 4


def test_what_cannot_be_started_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        run(tmp_path, "/nowhere/program")
    assert missing.value.filename == "/nowhere/program"
    (tmp_path / "text").write_text("no program")
    with pytest.raises(PermissionError):
        run(tmp_path, str(tmp_path / "text"))
    null = os.open(os.devnull, os.O_RDWR)
    with pytest.raises(FileNotFoundError) as place:
        spawn(["/bin/true"], cwd=tmp_path / "gone", env=ENV, stdin=null, output=null)
    os.close(null)
    assert place.value.filename in (tmp_path / "gone", str(tmp_path / "gone"))
    with pytest.raises(ValueError, match="null byte"):
        run(tmp_path, "/bin/echo", "a\0b")


def test_a_program_by_its_name_is_looked_for_in_its_own_path(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("#!/bin/sh\necho here\n")
    (tmp_path / "mine").chmod(0o755)
    null, (reader, writer) = os.open(os.devnull, os.O_RDONLY), os.pipe()
    child = spawn(["mine"], cwd=Path("/"), env={"PATH": str(tmp_path)}, stdin=null, output=writer)
    os.close(writer)
    os.close(null)
    assert (child.wait(), os.read(reader, 100)) == (0, b"here\n")
    os.close(reader)


def test_two_threads_that_wait_hear_the_same(tmp_path: Path) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for _ in range(50):
        child = spawn(["/bin/false"], cwd=tmp_path, env=ENV, stdin=null, output=null)
        waiter = threading.Thread(target=child.wait)
        waiter.start()
        while (code := child.poll()) is None:
            pass
        waiter.join()
        assert code == 1
    os.close(null)


def test_descriptors_are_kept_where_no_file_system_lists_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def listdir(place: str) -> list[str]:
        raise FileNotFoundError(place)

    inherited = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(inherited, True)
    monkeypatch.setattr(os, "listdir", listdir)
    keep_descriptors()
    kept = os.get_inheritable(inherited)
    os.close(inherited)
    assert not kept
