"""Files out of git's store as bytes, and git where it talks to a server."""

import os
import subprocess
from pathlib import Path, PurePosixPath

from gluv.host.process import run

_SECONDS = 120.0

# What a git hook sets, and what would lead git away from the directory it is run in.
_IGNORED = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")


def read_blob(repository: Path, commit: str, path: str) -> bytes | None:
    """A file of a commit, byte for byte; None if it has no such file."""
    if ".." in PurePosixPath(path).parts:
        return None
    done = subprocess.run(
        ["git", "cat-file", "blob", f"{commit}:{path}"],
        cwd=repository,
        env=git_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return done.stdout if done.returncode == 0 else None


def ask_server(*args: str, at: Path | None = None) -> tuple[int, str, str]:
    """Run git without prompts: exit code, output, and what it complains about in one line."""
    try:
        done = run(["git", *args], cwd=at, env=git_environment(), timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        return 124, "", f"no answer within {_SECONDS:.0f} seconds"
    except FileNotFoundError:
        return 127, "", "git is not installed"
    complaint = [line for line in done.stderr.splitlines() if line.strip()]
    fatal = [line for line in complaint if line.startswith("fatal:")]
    return done.code, done.stdout, (fatal or complaint or [""])[0].removeprefix("fatal: ")


def git_environment() -> dict[str, str]:
    """What git is run with: nothing that leads it elsewhere, and it never asks."""
    kept = {key: value for key, value in os.environ.items() if key not in _IGNORED}
    return kept | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
