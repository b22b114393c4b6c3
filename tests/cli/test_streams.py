"""Standard streams as scripts leave them: closed, full, without a reader, not in UTF-8."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Gluv, Repo

Shell = Callable[[str], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def shell(repo: Repo, user_cache: Path) -> Shell:
    """Runs a line of bash in the repository, in which `gluv` is a command."""
    env = {**os.environ, "GLUV_CACHE_DIR": str(user_cache), "GLUV": sys.executable}
    env.pop("PYTHONUNBUFFERED", None)

    def run(line: str) -> "subprocess.CompletedProcess[str]":
        command = ["bash", "-c", f'gluv() {{ "$GLUV" -m gluv "$@"; }}; {line}']
        return subprocess.run(
            command, cwd=repo.root, env=env, capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_like_an_empty_one(
    gluv: Gluv, repo: Repo, shell: Shell, closed: str
) -> None:
    repo.commit({".gitlab-ci.yml": "job:\n  script: ['cat; echo out; echo err >&2']\n"})
    done = shell(f"gluv run {closed}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("job | out" in done.stdout) == (">&-" not in closed.replace("2>&-", ""))
    assert "fault" not in done.stderr
    assert "out\nerr\n" in gluv("logs", "-C", repo.root, "job").out


@pytest.mark.parametrize("options", ["", "--json"])
def test_a_run_that_nobody_reads_is_cancelled(
    gluv: Gluv, repo: Repo, shell: Shell, options: str
) -> None:
    repo.commit({".gitlab-ci.yml": "job:\n  script: [echo first, sleep 60, echo last]\n"})
    done = shell(f"gluv run {options} | head -1; exit ${{PIPESTATUS[0]}}")
    assert done.returncode == 130, done.stderr
    assert "rror" not in done.stderr
    assert "canceled" in gluv("status", "-C", repo.root).out
    assert "last" not in gluv("logs", "-C", repo.root, "job").out.replace("echo last", "")


@pytest.mark.parametrize("command", ["logs", "plan", "show"])
def test_a_command_whose_reader_leaves_says_nothing(
    gluv: Gluv, repo: Repo, shell: Shell, command: str
) -> None:
    lines = "".join(f"    - echo {'x' * 200} {number}\n" for number in range(2000))
    repo.commit({".gitlab-ci.yml": f"job:\n  script:\n{lines}"})
    assert gluv("run", "-C", repo.root).code == 0
    done = shell(f"gluv {command} | head -1; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has /dev/full")
@pytest.mark.parametrize("command", ["run", "run --json", "plan", "status", "logs job"])
def test_output_that_cannot_be_written(gluv: Gluv, repo: Repo, shell: Shell, command: str) -> None:
    repo.commit({".gitlab-ci.yml": "job:\n  script: [echo hello]\n"})
    assert gluv("run", "-C", repo.root).code == 0
    done = shell(f"gluv {command} > /dev/full")
    assert done.returncode == 6
    assert "standard output cannot be written: No space left on device" in done.stderr
    assert "next: " in done.stderr
    assert "Exception" not in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has /dev/full")
def test_what_cannot_be_said_is_an_exit_code(repo: Repo, shell: Shell) -> None:
    repo.commit({".gitlab-ci.yml": "job:\n  script: [echo hello]\n"})
    for line, code in (
        ("gluv --version >&-", 0),
        ("gluv --version > /dev/full", 6),
        ("gluv bogus 2> /dev/full", 2),
        ("gluv run bogus 2> /dev/full", 2),
        ("gluv run -C /nowhere 2> /dev/full", 2),
    ):
        done = shell(line)
        assert (line, done.returncode) == (line, code)
        assert "Traceback" not in done.stderr
        assert "Exception" not in done.stderr


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_what_an_encoding_lacks_is_a_question_mark(repo: Repo, shell: Shell, encoding: str) -> None:
    repo.commit({".gitlab-ci.yml": "job:\n  script: [echo ⊘é]\n"})
    done = shell(f"PYTHONIOENCODING={encoding} gluv run | iconv -f latin1 -t utf8")
    shown = "?é" if encoding == "latin-1" else "??"
    assert f"job | {shown}\n" in done.stdout
    assert "passed in" in done.stdout
    assert done.stderr == ""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_of_a_file_that_is_no_text(gluv: Gluv, repo: Repo, shell: Shell) -> None:
    repo.commit(
        {
            ".gitlab-ci.yml": "job:\n  script: [ls caf*]\n  artifacts: {paths: [caf*]}\n"
            "two:\n  stage: deploy\n  script: [ls caf*]\n"
        }
    )
    place = bytes(repo.root) + b"/caf\xe9.txt"
    with open(place, "w") as file:
        file.write("x")
    for options in ("", "", "--reuse"):
        done = shell(f"gluv run {options}")
        assert done.returncode == 0, done.stderr
        assert "job | caf�.txt" in done.stdout
        os.unlink(place) if not options else None
        with open(place, "w") as file:
            file.write("y")
    repo.git("add", "--all")
    repo.git("commit", "--quiet", "--message", "odd")
    assert shell("gluv run --commit").returncode == 0
    assert shell("gluv run --var X=$'a\\xe9'").stderr.startswith(
        "gluv: --var X: the value is not UTF-8 text"
    )


def test_a_watched_run_is_shown_to_its_end_before_the_next(repo: Repo, user_cache: Path) -> None:
    repo.commit({".gitlab-ci.yml": "job:\n  script: [echo hello]\n"})
    env = {**os.environ, "GLUV_CACHE_DIR": str(user_cache)}
    env.pop("PYTHONUNBUFFERED", None)
    watching = subprocess.Popen(
        [sys.executable, "-m", "gluv", "run", "--watch"],
        cwd=repo.root,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout is not None
    # Nothing changes: without this line the test would wait for ever.
    assert any(line.startswith("logs: ") for line in watching.stdout)
    watching.send_signal(signal.SIGINT)
    watching.communicate(timeout=60)
