"""The files of a project that a pipeline is written for, from the disk."""

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from gluv.host.git import Git

_PASSED_OVER = {
    ".git",
    ".gluv",
    ".venv",
    "venv",
    "node_modules",
    "__pycache__",
    ".uv-cache",
    "dist",
}


class ProjectTree:
    """A `gluv.scaffold.tree.Tree`: what git has of a folder or would take, else all that is there.

    A repository needs no commit for this.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def _files(self) -> tuple[str, ...]:
        listed = None
        if (self.root / ".git").exists():
            listed = Git(self.root).ask(
                "ls-files", "--cached", "--others", "--exclude-standard", "-z"
            )
        paths = self._walk() if listed is None else listed.split("\0")
        return tuple(sorted({path for path in paths if path and (self.root / path).is_file()}))

    def _walk(self) -> Iterator[str]:
        for folder, names, files in os.walk(self.root):
            names[:] = [name for name in names if name not in _PASSED_OVER]
            for name in files:
                yield (Path(folder) / name).relative_to(self.root).as_posix()

    def files(self) -> tuple[str, ...]:
        """Every path, sorted, without what git ignores."""
        return self._files

    def read(self, path: str) -> str | None:
        """The text of a file that `files` lists, or of one that git ignores; None without it.

        `uv.lock` counts only if git has it or would take it: what is ignored never reaches GitLab.
        """
        if path == "uv.lock" and path not in self._files:
            return None
        try:
            return (self.root / path).read_bytes().decode("utf-8", "replace")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None


def find_root(directory: Path) -> Path:
    """The top folder of the repository around a folder; the folder itself outside of one."""
    top = Git(directory).ask("rev-parse", "--show-toplevel")
    return Path(top) if top else directory.absolute()
