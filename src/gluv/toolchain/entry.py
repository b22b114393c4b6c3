"""Directories of the per-user cache that are made once, appear whole, and are repaired."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from gluv.errors import StoreUnavailable
from gluv.host.files import write_whole

_LISTING = ".gluv-entry.json"

Facts = Mapping[str, str]
Measure = Callable[[Path], Mapping[str, str]]


def keep(
    place: Path, make: Callable[[Path], Facts], *, measure: Measure | None = None
) -> dict[str, str]:
    """The facts of a cache entry, which is made by `make(directory)` if it is absent or damaged.

    `make` fills an empty directory beside `place`, which is then renamed into place under a lock
    that all processes of this user share. `measure` says what a sound entry looks like (default:
    size and time of every file). Raises `StoreUnavailable` if the cache cannot be written,
    and whatever `make` raises.
    """
    measure = measure or stamps
    # Without the lock first: a cache that is only readable serves what it has.
    if (facts := sound(place, measure=measure)) is not None:
        return facts
    import tempfile

    from filelock import FileLock

    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(place.parent / f".{place.name}.lock"):
            if (facts := sound(place, measure=measure)) is not None:
                return facts
            for left in place.parent.glob(f".{place.name}.*/"):
                # Of a process that was killed; under the lock nobody else is at work here.
                remove(left)
            scratch = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
            try:
                made = dict(make(scratch))
                listing = {"facts": made, "files": dict(measure(scratch))}
                write_whole(scratch / _LISTING, msgspec.json.encode(listing))
                scratch.chmod(0o755)
                if place.exists():
                    remove(place)
                scratch.rename(place)
            except BaseException:
                remove(scratch)
                raise
            return made
    except OSError as error:
        raise StoreUnavailable(
            f"the cache of tools cannot be used: {error}",
            hint=f"is {place.parent} writable, and is there space left on its disk?",
        ) from error


def sound(place: Path, *, measure: Measure | None = None) -> dict[str, str] | None:
    """The facts of an entry that is there and undamaged, else None; writes nothing."""
    try:
        listing = msgspec.json.decode((place / _LISTING).read_bytes())
        if dict((measure or stamps)(place)) != listing["files"]:
            return None
        return {str(name): str(value) for name, value in listing["facts"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def stamps(place: Path) -> dict[str, str]:
    """Each file below `place` with its size and time, in bytes and nanoseconds.

    Byte code is left out, Python may renew it.
    """
    found: dict[str, str] = {}
    waiting, start = [str(place)], len(str(place)) + 1
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != "__pycache__":
                        waiting.append(entry.path)
                elif entry.name != _LISTING:
                    state = entry.stat(follow_symlinks=False)
                    found[entry.path[start:]] = f"{state.st_size} {state.st_mtime_ns}"
    return found


def remove(place: Path) -> None:
    """Remove a directory although parts of it may be read-only."""
    for directory, names, _ in os.walk(place):
        for name in ["", *names]:
            path = os.path.join(directory, name)
            if not os.path.islink(path):
                os.chmod(path, 0o755)
    import shutil

    shutil.rmtree(place, ignore_errors=True)
