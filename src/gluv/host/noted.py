"""What is noted of the directory of a job, so that a change of it is seen."""

from collections.abc import Mapping

import msgspec


class Part(msgspec.Struct):
    """What of a layer lies in a directory: its serial, its directories, and what its files were."""

    serial: str
    files: Mapping[str, int]
    directories: Mapping[str, int] = {}
    size: int = 0


class Seal(msgspec.Struct):
    """A directory that somebody else filled, with links for the most part."""

    content: str
    files: tuple[str, ...]
    directories: tuple[str, ...]


class Directory(msgspec.Struct):
    """A directory as it was noted; `attributes` are the names of extended ones."""

    stamp: int
    rights: int
    mode: int
    attributes: tuple[str, ...] = ()


class Noted(msgspec.Struct):
    """All that `Laid` knows, to be kept from run to run."""

    parts: dict[str, Part] = {}
    seals: dict[str, Seal] = {}
    files: dict[str, int] = {}
    directories: dict[str, Directory] = {}
    overlaid: set[str] = set()
    unsure_files: set[str] = set()
    unsure_directories: set[str] = set()
