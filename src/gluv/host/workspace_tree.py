"""The copy of the work tree that the jobs of a run start from, brought up to date run by run.

It holds the tracked files as they are, and the untracked ones that git does not ignore. A file of
the work tree whose status is the one that it had when it was copied is not copied again.
"""

import os
import stat
import time
from pathlib import Path

import msgspec

from gluv.host.copy import copy_entry, remove_tree
from gluv.host.layer import Layer
from gluv.host.own_outputs import OwnOutputs
from gluv.host.status import is_certain, stamp


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A copy as a layer, and what it was made of.

    `work` is the status of the files of the work tree; `left_out` are the repositories in it. `at`
    is the time that the files got that were copied last, in seconds since the epoch.
    """

    layer: Layer
    at: int = 0
    work: dict[str, int] = {}
    left_out: tuple[str, ...] = ()


def take_tree(
    repository: Path,
    listed: tuple[str, ...],
    tree: Path,
    below: str,
    before: Taken | None,
    outputs: OwnOutputs,
) -> Taken:
    """Bring the directory `tree` up to date with the listed paths of the work tree.

    `before` is what it holds, None if it is empty. `below` is where it is laid in a job's
    directory. Files get a time shortly before now when they are copied, as a checkout gives them
    its own, and another one each time: git compares times by the second. The result is `before`
    itself if nothing has changed. Untracked `outputs` are not taken. Raises `OSError`.
    """
    found, left_out = _find(repository, listed)
    for path in outputs.untracked(repository, found):
        del found[path]
    known = before.work if before is not None else {}
    had = before.layer.files if before is not None else {}
    paths = {f"{below}/{path}": path for path in found}
    changed = [
        path
        for name, path in paths.items()
        if known.get(path) != stamp(found[path]) or name not in had
    ]
    directories, submodules = _directories(found, below)
    files = {name for name, path in paths.items() if path not in submodules}
    gone = had.keys() - files
    same_directories = before is not None and before.layer.directories.keys() == directories
    if before is not None and not (gone or set(changed) - submodules) and same_directories:
        return before
    for name in (*gone, *(f"{below}/{path}" for path in changed)):
        if name in had:
            remove_tree(tree / name[len(below) + 1 :])
    if before is not None:
        for name in [name for name in before.layer.directories if name not in directories]:
            remove_tree(tree / name[len(below) + 1 :])
    modes: dict[str, int] = {}
    for name in sorted(directories):
        place = tree / name[len(below) + 1 :]
        if name not in (before.layer.directories if before is not None else {}):
            place.mkdir(exist_ok=True)
        modes[name] = stat.S_IMODE(os.lstat(place).st_mode)
    versions = {name: version for name, version in had.items() if name in files}
    work = {path: known[path] for path in found if path in known}
    at = max(int(time.time()) - 10, before.at + 1 if before is not None else 0)
    copied = _copy(repository, tree, {path: found[path] for path in changed}, work, at)
    versions |= {f"{below}/{path}": version for path, version in copied.items()}
    size = sum(status.st_size for path, status in found.items() if path not in submodules)
    layer = Layer(
        serial=os.urandom(8).hex(),
        top=str(tree),
        below=below,
        files=versions,
        directories=modes,
        size=size,
    )
    return Taken(layer=layer, at=at, work=work, left_out=left_out)


def _find(
    repository: Path, listed: tuple[str, ...]
) -> tuple[dict[str, os.stat_result], tuple[str, ...]]:
    """The listed paths that are files, links or submodules of the work tree, with their status.

    Not those that are deleted, not those behind a symbolic link that has taken the place of a
    directory, not the other repositories that lie around untracked.
    """
    top = f"{repository}/"
    real: dict[str, bool] = {"": True}
    found: dict[str, os.stat_result] = {}
    left_out: list[str] = []

    def is_real(directory: str) -> bool:
        if directory not in real:
            above = is_real(directory.rpartition("/")[0])
            try:
                mode = os.lstat(top + directory).st_mode
            except OSError:
                mode = 0
            real[directory] = above and stat.S_ISDIR(mode)
        return real[directory]

    for path in listed:
        if path.endswith("/"):
            left_out.append(path)
        elif path and is_real(path.rpartition("/")[0]):
            try:
                found[path] = os.lstat(top + path)
            except FileNotFoundError:
                continue
    return found, tuple(dict.fromkeys(left_out))


def _directories(found: dict[str, os.stat_result], below: str) -> tuple[set[str], set[str]]:
    """The directories that the paths need, by their names in a job; and the submodules."""
    submodules = {path for path, status in found.items() if stat.S_ISDIR(status.st_mode)}
    needed = {path.rpartition("/")[0] for path in found} | submodules
    for path in tuple(needed):
        while path := path.rpartition("/")[0]:
            needed.add(path)
    return {f"{below}/{path}" if path else below for path in needed | {""}}, submodules


def _copy(
    repository: Path,
    tree: Path,
    changed: dict[str, os.stat_result],
    work: dict[str, int],
    at: int,
) -> dict[str, int]:
    """Copy files into the tree; the versions of what was copied. `work` learns their status.

    The status of a file that may have changed again since is not noted.
    """
    copied: dict[str, int] = {}
    for path, status in changed.items():
        source, place = f"{repository}/{path}", f"{tree}/{path}"
        work.pop(path, None)
        certain = is_certain(status)
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFDIR:
            os.chmod(place, stat.S_IMODE(status.st_mode) | stat.S_IRWXU)
            continue
        try:
            if kind not in (stat.S_IFLNK, stat.S_IFREG):
                continue
            copied[path] = stamp(copy_entry(source, place, status, at=at))
            after = os.lstat(source)
        except (FileNotFoundError, IsADirectoryError):
            # Gone meanwhile, or a directory has come to its place.
            continue
        if certain and stamp(after) == stamp(status):
            work[path] = stamp(status)
    return copied
