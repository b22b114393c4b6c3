"""Small repositories to run commands in."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

from gluv.cli.main import execute


class Ran(msgspec.Struct, frozen=True):
    """How a command ended."""

    code: int
    out: str
    err: str


Gluv = Callable[..., Ran]


class Repo:
    """A git repository in a folder of the test's own."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def git(self, *args: str) -> str:
        identity = ["-c", "user.name=T", "-c", "user.email=t@example.com"]
        command = ["git", *identity, *args]
        return subprocess.run(
            command, cwd=self.root, check=True, capture_output=True, text=True
        ).stdout

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def commit(self, files: Mapping[str, str], message: str = "work") -> str:
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD").strip()


@pytest.fixture(autouse=True)
def hears_ctrl_c() -> Iterator[None]:
    """Programs that a test starts hear Ctrl-C, also where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    root = tmp_path / "project"
    root.mkdir()
    repo = Repo(root)
    repo.git("init", "--quiet", "--initial-branch=main")
    return repo


@pytest.fixture(scope="session")
def user_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all tests of a worker, so that uv comes from PyPI once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def gluv(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], user_cache: Path
) -> Gluv:
    """Runs a gluv command line in this process."""
    monkeypatch.setenv("GLUV_CACHE_DIR", str(user_cache))
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    monkeypatch.delenv("GLUV_DEBUG", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")

    def gluv(*args: str | Path) -> Ran:
        capfd.readouterr()
        code = execute([str(arg) for arg in args], os.environ)
        captured = capfd.readouterr()
        return Ran(code, captured.out, captured.err)

    return gluv
