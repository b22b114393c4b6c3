"""Whether everything that a store promises is there: `gluv serve --check`."""

import hashlib

import msgspec

from gluv.store.store import Store


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found, a sentence each: `lost` is promised and not there, `loose` not needed.

    `files` and `size` are what was read and is as it should be, in bytes.
    """

    files: int
    size: int
    lost: tuple[str, ...]
    loose: tuple[str, ...]


def check_store(store: Store, *, repairs: bool = False) -> Found:
    """Read every file and compare its hash; the store may be in use meanwhile.

    With `repairs` contents that no row names are removed, and nothing else ever is.
    """
    lost = [f"the database: {sentence}" for sentence in store.damage()]
    files = size = 0
    sound: dict[str, str] = {}
    for row in store.packages.contents():
        if row.sha256 not in sound:
            sound[row.sha256] = _fault(store, row.sha256, row.size)
        # A file that was deleted since is nobody's loss.
        if (fault := sound[row.sha256]) and store.packages.is_named(row.sha256):
            lost.append(f"{row.name} of {row.package} {row.version} in {row.project}: {fault}")
        elif not fault:
            files, size = files + 1, size + row.size
    return Found(files=files, size=size, lost=tuple(lost), loose=_loose(store, repairs=repairs))


def _fault(store: Store, sha256: str, size: int) -> str:
    """What is wrong with a content, empty if it is as it should be."""
    digest, read = hashlib.sha256(), 0
    try:
        with store.blobs.path(sha256).open("rb") as file:
            while chunk := file.read(1024 * 1024):
                digest.update(chunk)
                read += len(chunk)
    except FileNotFoundError:
        return f"its content {sha256} is not there"
    except OSError as error:
        return f"its content {sha256} cannot be read: {error.strerror}"
    if digest.hexdigest() != sha256:
        return f"its content is not {sha256} any more"
    return "" if read == size else f"its size is {read} and not {size}"


def _loose(store: Store, *, repairs: bool) -> tuple[str, ...]:
    """The contents that no row names: left by a kill between the file and its row."""
    found = []
    with store.blobs.removing() as remove:
        for sha256 in store.blobs.hashes():
            if not store.packages.is_named(sha256):
                found.append(f"nothing names the content {sha256}")
                if repairs:
                    remove(sha256)
    return tuple(found)
