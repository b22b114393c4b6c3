"""`gluv shell`: a person in a job, at a real pseudo-terminal."""

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gluv.host.workspace_slot import slot_name
from gluv.store.store import Store
from tests.cli.conftest import Gluv, Repo
from tests.execute.test_cancel import alive

PIPELINE = """\
stages: [build, test]
build:
  stage: build
  script: [mkdir out, echo built > out/file]
  artifacts: {paths: [out]}
test:
  stage: test
  variables: {GREETING: "hello, visitor"}
  cache: {key: k, paths: [cached]}
  before_script: [echo prepared > prepared]
  script: [cat out/file prepared, exit 3]
  after_script: [echo after]
  artifacts: {paths: [prepared], when: always}
alone:
  stage: build
  script: [echo alone]
'many: [a]':
  stage: build
  script: ["true"]
'many: [b]':
  stage: build
  script: ["true"]
child:
  trigger: {include: child.yml}
"""


class Terminal:
    """gluv, or another program, on a pseudo-terminal of its own, as in a window of a person's."""

    def __init__(self, repo: Repo, cache: Path, *args: str, program: tuple[str, ...] = ()) -> None:
        self.said = ""
        self._raw = b""
        self._seen = 0
        environ = {**os.environ, "GLUV_CACHE_DIR": str(cache), "TERM": "xterm", "NO_COLOR": "1"}
        self.pid, self.handle = pty.fork()
        if self.pid == 0:
            os.chdir(repo.root)
            called = program or (sys.executable, "-m", "gluv", *args)
            os.execvpe(called[0], called, environ)

    def until(self, text: str, seconds: float = 60.0) -> None:
        """Read on until the terminal shows this behind what was waited for before."""
        end = time.monotonic() + seconds
        while (found := self.said.find(text, self._seen)) < 0:
            left = end - time.monotonic()
            if left <= 0 or not self._read(left):
                raise AssertionError(f"no {text!r} in {self.said}")
        self._seen = found + len(text)

    def _read(self, seconds: float) -> bool:
        """Whether there was more to read."""
        if not select.select([self.handle], [], [], seconds)[0]:
            return False
        try:
            chunk = os.read(self.handle, 4096)
        except OSError:  # Linux: nobody holds the other end any more
            return False
        self._raw += chunk
        self.said = re.sub(rb"\x1b\[\?2004[hl]|\r", b"", self._raw).decode(errors="replace")
        return bool(chunk)

    def type(self, text: str) -> None:
        os.write(self.handle, text.encode())

    def end(self) -> int:
        """Read to the end; the exit code."""
        while self._read(60.0):
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        os.close(self.handle)


@pytest.fixture
def terminals(repo: Repo, user_cache: Path) -> Iterator[list[Terminal]]:
    repo.commit({".gitlab-ci.yml": PIPELINE, "child.yml": "job: {script: [date]}\n"})
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def left_over(cache: Path, repo: Repo) -> list[Path]:
    """Directories of this project's runs."""
    return [path for path in (cache / "builds").glob(f"{slot_name(repo.root)}-*") if path.is_dir()]


def test_a_person_works_in_the_jobs_place_before_its_script(
    repo: Repo, user_cache: Path, terminals: list[Terminal]
) -> None:
    terminals.append(terminal := Terminal(repo, user_cache, "shell", "test"))
    terminal.until("(test) $ ")
    assert "a shell in the job test, before its before_script and script" in terminal.said
    terminal.type('echo "<$GREETING>" $(cat out/file) $CI_JOB_STATUS; ls prepared\n')
    terminal.until("<hello, visitor> built running\n")
    terminal.until("(test) $ ")
    terminal.type("test -t 0 && test -t 1 && echo at a $TERM\n")
    terminal.until("at a xterm\n(test) $ ")
    terminal.type("sh -c 'echo asleep; exec sleep 1000'\n")
    terminal.until("\nasleep\n")
    terminal.type("\x03")
    terminal.until("(test) $ ")
    terminal.type("echo survived $?\n")
    terminal.until("survived 130\n(test) $ ")
    terminal.type("setsid sleep 1001 & echo daemon=$!=\n")
    terminal.until("\ndaemon=")
    terminal.until("=\n")
    daemon = int(terminal.said.rpartition("daemon=")[2].partition("=")[0])
    terminal.type("touch made; exit 42\n")
    assert terminal.end() == 42
    assert not alive(daemon)
    assert left_over(user_cache, repo) == []
    with Store.open(repo.root / ".gluv") as store:
        (kept,) = store.pipelines()
        assert [row.name for row in store.jobs_of(kept.id)] == ["build"]
        assert sorted(path.name for path in (store.directory / "logs").iterdir()) == ["1.log"]
    assert not (repo.root / ".gluv" / "cache").exists()


def test_after_a_script_that_failed(
    repo: Repo, user_cache: Path, terminals: list[Terminal]
) -> None:
    terminals.append(terminal := Terminal(repo, user_cache, "shell", "--after", "test"))
    terminal.until("(test) $ ")
    assert "after its script, which failed with exit code 3" in terminal.said
    terminal.type("cat prepared; echo $CI_JOB_STATUS.\n")
    terminal.until("prepared\n")
    terminal.until("failed.\n(test) $ ")
    terminal.type("\x04")
    assert terminal.end() == 0
    assert "after\n" not in terminal.said.partition("(test) $")[2]


def test_a_closed_terminal_ends_all(
    repo: Repo, user_cache: Path, terminals: list[Terminal]
) -> None:
    terminals.append(terminal := Terminal(repo, user_cache, "shell", "alone"))
    terminal.until("(alone) $ ")
    terminal.type("sleep 1000 & echo daemon=$!=\n")
    terminal.until("\ndaemon=")
    terminal.until("=\n")
    daemon = int(terminal.said.rpartition("daemon=")[2].partition("=")[0])
    os.close(terminal.handle)
    terminal.handle = os.open(os.devnull, os.O_RDONLY)
    assert os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1]) == 130
    assert not alive(daemon)
    assert left_over(user_cache, repo) == []


def test_a_command_instead_of_a_shell(repo: Repo, gluv: Gluv, terminals: list[Terminal]) -> None:
    first = gluv("shell", "-C", repo.root, "test", "-c", "cat out/file; exit 7")
    assert (first.code, first.out) == (7, "built\n")
    assert "✓ build: success" in first.err
    again = gluv("shell", "-C", repo.root, "test", "-c", 'echo "$GREETING"')
    assert (again.code, again.out) == (0, "hello, visitor\n")
    assert "build: its result of run #1 stands: nothing it depends on has changed" in again.err
    after = gluv("shell", "-C", repo.root, "test", "--after", "-c", "cat prepared")
    assert (after.code, after.out) == (0, "prepared\n")
    assert gluv("shell", "-C", repo.root, "alone", "-c", "kill -9 $$").code == 137
    assert "#1 " in gluv("status", "-C", repo.root).out
    assert "#2 " not in gluv("status", "-C", repo.root).out


def test_the_token_lives_as_long_as_the_shell(
    repo: Repo, gluv: Gluv, terminals: list[Terminal]
) -> None:
    ask = 'curl -s -o /dev/null -w "%{http_code}" -H "JOB-TOKEN: $CI_JOB_TOKEN" $CI_API_V4_URL/job'
    assert gluv("shell", "-C", repo.root, "alone", "-c", ask).out == "200"


def test_no_secret_is_in_an_argument_list(
    repo: Repo, gluv: Gluv, terminals: list[Terminal]
) -> None:
    look = (
        'printf %s "$CI_JOB_TOKEN" > secret; '
        'cat /proc/[0-9]*/cmdline 2> /dev/null | tr "\\0" "\\n" | grep -c -F -f secret'
    )
    assert gluv("shell", "-C", repo.root, "alone", "-c", look).out == "0\n"


def test_nothing_of_a_visit_is_in_the_next_run(repo: Repo, gluv: Gluv) -> None:
    text = 'alone: {script: ["cat file; ls; ls -A ~ $TMPDIR"]}\n'
    repo.commit({".gitlab-ci.yml": text, "file": "as it was\n"})

    def seen() -> list[str]:
        lines = gluv("run", "-C", repo.root).out.splitlines()
        return [line for line in lines if line.startswith("alone | ") and " in " not in line]

    before = [seen(), seen()][1]
    assert "alone | as it was" in before
    mess = "echo changed > file; touch left ~/left $TMPDIR/left"
    assert gluv("shell", "-C", repo.root, "alone", "-c", mess).code == 0
    assert seen() == before


def test_a_script_on_standard_input(repo: Repo, user_cache: Path, gluv: Gluv) -> None:
    repo.commit({".gitlab-ci.yml": PIPELINE, "child.yml": "job: {script: [date]}\n"})
    done = subprocess.run(
        [sys.executable, "-m", "gluv", "shell", "alone"],
        cwd=repo.root,
        env={**os.environ, "GLUV_CACHE_DIR": str(user_cache)},
        input="echo $CI_JOB_NAME\nexit 5\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (5, "alone\n"), done.stderr


def test_what_it_needs_failed(repo: Repo, gluv: Gluv) -> None:
    repo.commit({".gitlab-ci.yml": PIPELINE.replace("[mkdir out, ", "[exit 1, ")})
    ran = gluv("shell", "-C", repo.root, "test", "-c", "echo open")
    assert (ran.code, ran.out) == (1, "")
    assert "✗ build: failed" in ran.err
    assert "the shell did not open: what the job needs did not succeed" in ran.err
    alone = gluv("shell", "-C", repo.root, "test", "--no-needs", "-c", "echo open")
    assert (alone.code, alone.out) == (0, "open\n")


@pytest.mark.parametrize(
    ("job", "words"),
    [
        ("many*", "'many*' means several jobs: 'many: [a]', 'many: [b]'"),
        ("child", "the job 'child' starts a pipeline and has no script"),
        ("tset", "did you mean 'test'?"),
    ],
)
def test_a_job_that_cannot_be_visited(
    repo: Repo, gluv: Gluv, terminals: list[Terminal], job: str, words: str
) -> None:
    ran = gluv("shell", "-C", repo.root, job, "-c", "true")
    assert ran.code == 2
    assert words in ran.err
