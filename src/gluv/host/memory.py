"""What gluv made of a text, kept for the next time that the text is the same.

Parsers are slow to load and to run, and most commands read what the last one read. A memory holds
the text itself beside what was made of it, so that only the very same text is ever recalled, and
the state of the code that made it. It is only ever a shortcut: what is damaged, of another version
or not writable counts as forgotten.
"""

import contextlib
import os
from functools import cache
from pathlib import Path
from urllib.parse import quote

from gluv.host.version import own_version

MOST = 200
"""Texts that are kept of one project; beyond them all are forgotten."""

_END = b"\nend of what was read\n"


class Memory:
    """The memory of a project, in its `.gluv/`; without that directory nothing is kept."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._place = store / "read"

    def recall(self, name: str, text: bytes, *, maker: str) -> bytes | None:
        """What `keep` was given for this name and exactly this text; None if that is not known.

        `maker` is the part of gluv that makes it ("text"): with another state of its code, or of
        gluv, nothing is recalled.
        """
        try:
            known = self._file(name).read_bytes()
        except OSError:
            return None
        head = _head(text, maker)
        if head is None or not known.startswith(head) or not known.endswith(_END):
            return None
        return known[len(head) : -len(_END)]

    def keep(self, name: str, text: bytes, made: bytes, *, maker: str) -> None:
        """Remember what was made of a text. A failure only costs the time it would have saved."""
        head = _head(text, maker)
        if head is None or not self._store.is_dir():
            return
        with contextlib.suppress(OSError):
            self._place.mkdir(exist_ok=True)
            known = os.listdir(self._place)
            for other in known if len(known) >= MOST else ():
                os.unlink(self._place / other)
            fresh = self._place / f".{os.getpid()}.{os.urandom(4).hex()}"
            fresh.write_bytes(head + made + _END)
            fresh.replace(self._file(name))

    def _file(self, name: str) -> Path:
        return self._place / f"of {quote(name, safe=' ')}"[:200]


def _head(text: bytes, maker: str) -> bytes | None:
    state = _state(maker)
    return None if state is None else b"%s\n%d\n%s\n" % (state, len(text), text)


@cache
def _state(maker: str) -> bytes | None:
    """The version of gluv and the state of the files of one of its packages."""
    place = os.path.join(os.path.dirname(os.path.dirname(__file__)), maker)
    newest, size = 0, 0
    try:
        if os.path.isdir(place):
            with os.scandir(place) as entries:
                states = [entry.stat() for entry in entries if entry.name.endswith(".py")]
        else:
            states = [os.stat(f"{place}.py")]
    except OSError:
        return None
    for state in states:
        newest, size = max(newest, state.st_mtime_ns), size + state.st_size
    return f"gluv {own_version()} {len(states)} {newest} {size}".encode()
