"""What the files of a kept cache were when it was saved, as the checksums of GitLab's archive.

Beside a generation lies a file that names size and time of change of each of its files. It is
written before the generation counts; one that an older gluv saved has none.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from gluv.host.files import write_whole

Notes = Mapping[str, tuple[int, int]]
"""Paths in a generation with their size in bytes and their time of change in nanoseconds."""

_DECODER = msgspec.msgpack.Decoder(dict[bytes, tuple[int, int]])


def write_notes(place: Path, generation: str) -> None:
    """Note the files of a generation, which is whole by now. Raises `OSError`."""
    top = str(place / generation)
    notes = {
        os.fsencode(path[len(top) + 1 :]): (status.st_size, status.st_mtime_ns)
        for path, status in _files(top)
    }
    write_whole(_note(place, generation), msgspec.msgpack.encode(notes))


def read_notes(place: Path, generation: str) -> Notes | None:
    """What was noted, None where nothing was. Raises `OSError`."""
    try:
        written = _DECODER.decode(_note(place, generation).read_bytes())
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise OSError(f"the list of the cache's files is damaged: {error}") from error
    return {os.fsdecode(path): noted for path, noted in written.items()}


def remove_notes(place: Path, keep: str | None = None) -> None:
    """Forget the generations of a key, all but `keep`."""
    for note in place.glob(f"*{_SUFFIX}"):
        if note.name.removesuffix(_SUFFIX) != keep:
            note.unlink(missing_ok=True)


_SUFFIX = ".files"


def _note(place: Path, generation: str) -> Path:
    return place / f"{generation}{_SUFFIX}"


def _files(directory: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(directory) as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                yield from _files(entry.path)
            else:
                yield entry.path, status
