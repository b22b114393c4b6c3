"""Expectation files and what stands around them, from the disk."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

CONFIG = ".gitlab-ci.yml"
EXPECT = "expect.yml"
PROJECTS = "projects"
_ENDINGS = (".yml", ".yaml")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An expectation file; with `case`, the folder whose own `.gitlab-ci.yml` it is about."""

    path: Path
    case: Path | None = None


def find_expectations(place: Path) -> tuple[Found, ...]:
    """Every expectation file in a folder and below, sorted; or the one file that `place` is.

    A folder with a `.gitlab-ci.yml` of its own is a case: only its `expect.yml` is one, and nothing
    below it.
    """
    if place.is_file():
        beside = place.name == EXPECT and (place.parent / CONFIG).is_file()
        return (Found(path=place, case=place.parent if beside else None),)
    return tuple(_walk(place))


def _walk(folder: Path) -> Iterator[Found]:
    entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    names = {entry.name for entry in entries}
    if CONFIG in names:
        if EXPECT in names:
            yield Found(path=folder / EXPECT, case=folder)
        return
    for entry in entries:
        if entry.is_dir():
            if not entry.name.startswith("."):
                yield from _walk(folder / entry.name)
        elif entry.name.endswith(_ENDINGS):
            yield Found(path=folder / entry.name)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A folder as a repository: its files, and those of other projects below `projects/`."""

    files: dict[str, bytes]
    projects: dict[str, bytes]


def read_case(folder: Path) -> Case:
    """Every file of a case but its `expect.yml`, by path."""
    files: dict[str, bytes] = {}
    projects: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name == EXPECT or not path.is_file():
            continue
        if name.startswith(f"{PROJECTS}/"):
            projects[name.removeprefix(f"{PROJECTS}/")] = path.read_bytes()
        else:
            files[name] = path.read_bytes()
    return Case(files=files, projects=projects)


class WorkTree(Mapping[str, bytes]):
    """The files of a working tree, read when they are asked for."""

    def __init__(self, root: Path, paths: tuple[str, ...]) -> None:
        self._root = root
        self._paths = dict.fromkeys(paths)

    def __getitem__(self, path: str) -> bytes:
        if path not in self._paths:
            raise KeyError(path)
        return (self._root / path).read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)
