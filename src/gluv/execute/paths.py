"""`paths`, `exclude` and `untracked` of caches and artifacts: which files of the project they mean.

The rules are those of GitLab Runner's helper: paths relative to the project, globs with `**`,
a directory means all that is in it, links are never followed, nothing outside the project.
"""

import os
import posixpath
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from gluv.errors import RepositoryUnusable
from gluv.execute.globs import compile_glob, static_prefix
from gluv.host.workspace_git import git

OUTSIDE = "artifact path is not a subpath of project directory"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Relative paths in order, and the helper's sentences; a sentence that warns is marked."""

    paths: tuple[str, ...]
    said: tuple[tuple[bool, str], ...]


def find_paths(
    project: Path,
    paths: Iterable[str],
    *,
    expand: Callable[[str], str],
    exclude: Iterable[str] = (),
    untracked: bool = False,
) -> Found:
    """What the patterns mean in `project` now; `expand` puts variables in."""
    found: dict[str, None] = {}
    said: list[tuple[bool, str]] = []
    unwanted = {
        written: compile_glob(pattern)
        for written in map(expand, exclude)
        if (pattern := _inside(project, written)) is not None
    }
    excluded: dict[str, int] = {}

    def wanted(path: str) -> bool:
        for written, pattern in unwanted.items():
            if pattern.fullmatch(path):
                excluded[written] = excluded.get(written, 0) + 1
                return False
        return True

    def take_all(matching: Iterable[str]) -> int:
        taken = list(filter(wanted, matching) if unwanted else matching)
        found.update(dict.fromkeys(taken))
        return len(taken)

    for raw in paths:
        written = expand(raw)
        if not written:
            continue
        pattern = _inside(project, written)
        if pattern is None:
            said.append(
                (
                    True,
                    f"processPath: {OUTSIDE}: {written}",
                )
            )
            continue
        count = take_all(_matches(project, pattern))
        if count:
            said.append(
                (False, f"{written}: found {count} matching artifact files and directories")
            )
        else:
            said.append(
                (
                    True,
                    f"{written}: no matching files. Ensure that the artifact path is relative to "
                    f"the working directory ({project})",
                )
            )
    if untracked:
        try:
            listed = git("ls-files", "-z", "--others", cwd=project).split("\0")
        except RepositoryUnusable as error:
            # A script may have removed or broken its `.git`; that costs it only these files.
            said.append((True, f"untracked: {error.message}"))
        else:
            count = take_all(path.rstrip("/") for path in listed if path)
            said.append((False, f"untracked: found {count} files"))
    said += ((False, f"{written}: excluded {count} files") for written, count in excluded.items())
    return Found(paths=tuple(found), said=tuple(said))


def _inside(project: Path, path: str) -> str | None:
    """A path as relative to the project, `.` for itself; None if it leads outside."""
    if os.path.isabs(path):
        path = os.path.relpath(posixpath.normpath(path), project)
    path = posixpath.normpath(path)
    return None if path == ".." or path.startswith("../") else path


def _matches(project: Path, pattern: str) -> Iterator[str]:
    """Everything a pattern means: matches, and what lies in matched directories."""
    if not re.search(r"[*?\[{]", pattern):
        yield from (path for path, _ in _with_content(project, pattern))
        return
    compiled = compile_glob(pattern)
    found = _with_content(project, static_prefix(pattern))
    for place, (path, is_directory) in enumerate(found):
        if compiled.fullmatch(path):
            yield path
            inside = f"{path}/" if is_directory else None
            following = place + 1
            while inside and following < len(found) and found[following][0].startswith(inside):
                yield found[following][0]
                following += 1


def _with_content(project: Path, path: str) -> list[tuple[str, bool]]:
    """A path and, if it is a directory, everything below, with whether it is a directory.

    Nothing behind a symbolic link.
    """
    parts = path.split("/")
    for end in range(1, len(parts)):
        if os.path.islink(f"{project}/{'/'.join(parts[:end])}"):
            return []
    place = f"{project}/{path}"
    try:
        is_directory = stat.S_ISDIR(os.lstat(place).st_mode)
    except OSError:
        return []
    found = [] if path == "." else [(path, is_directory)]
    if is_directory:
        _add_content(place, "" if path == "." else f"{path}/", found)
    return found


def _add_content(place: str, prefix: str, found: list[tuple[str, bool]]) -> None:
    with os.scandir(place) as entries:
        inner = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    for name, is_directory in inner:
        found.append((prefix + name, is_directory))
        if is_directory:
            _add_content(f"{place}/{name}", f"{prefix}{name}/", found)
