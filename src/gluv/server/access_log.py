"""The access log: a line for every answer, in the Common Log Format with the seconds it took.

Secrets do not get there: headers are not written, and of a query only what is none.
"""

import logging
import os
import re
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from gluv.errors import StoreUnavailable
from gluv.server.traffic import Answered

_log = logging.getLogger("gluv.server")

_SECRET = re.compile(rb"token|password|secret|authorization|(?:^|_)key", re.IGNORECASE)
_UNSAFE = re.compile(r"[^ !#-\[\]-~]")
_LOOK_EVERY = 1.0  # seconds


class AccessLog:
    """Writes to a file that may be rotated, or to standard error. For one thread."""

    def __init__(self, path: Path | None) -> None:
        """Open the log; None is standard error. Raises `StoreUnavailable`."""
        self._path = path
        self._file: TextIO = sys.stderr
        self._looked = 0.0
        self._complained = False
        if path is not None:
            try:
                self._file = _open(path)
            except OSError as error:
                raise StoreUnavailable(
                    f"the access log {path}: {error.strerror}",
                    hint="give --access-log a file that you can write",
                ) from None

    @property
    def is_file(self) -> bool:
        """Whether it is a file, which may be taken up anew."""
        return self._path is not None

    def tell(self, answered: Answered) -> None:
        """Write a line."""
        now = time.time()
        try:
            if now - self._looked >= _LOOK_EVERY:
                self._looked = now
                self._follow()
            self._file.write(render_line(answered, now=now))
            self._file.flush()
        except (OSError, ValueError) as error:
            # A full disk must not keep anybody from reading.
            if not self._complained:
                _log.error("the access log cannot be written: %s", error)
            self._complained = True

    def reopen(self) -> None:
        """Write to the file that has the path now."""
        if self._path is not None:
            self._file.close()
            self._file = _open(self._path)

    def close(self) -> None:
        """Close the file; twice is fine."""
        if self._path is not None:
            with suppress(OSError):
                self._file.close()

    def _follow(self) -> None:
        """Leave a file that was moved away or removed."""
        if self._path is None:
            return
        try:
            there = os.stat(self._path)
        except FileNotFoundError:
            self.reopen()
            return
        ours = os.fstat(self._file.fileno())
        if (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino):
            self.reopen()


def render_line(answered: Answered, *, now: float) -> str:
    """One line; `now` is the end of the answer in seconds since the epoch."""
    moment = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now))
    target = _shown(answered.target)
    request = f"{answered.method} {target} HTTP/{answered.version}" if answered.method else "-"
    return (
        f'{answered.client or "-"} - {_clean(answered.who) or "-"} [{moment}] "{request}"'
        f" {answered.status} {answered.sent} {answered.seconds:.3f}\n"
    )


def _shown(target: bytes) -> str:
    """A target without secrets; a proxy's form also loses what is before the path."""
    if not target.startswith(b"/") and b"://" in target:
        target = b"/" + target.partition(b"://")[2].partition(b"/")[2]
    path, mark, query = target.partition(b"?")
    kept = b"&".join(map(_filtered, query.split(b"&")))
    return _clean((path + mark + kept).decode("latin-1"))


def _filtered(pair: bytes) -> bytes:
    name, mark, _ = pair.partition(b"=")
    # An encoded name is not looked into: it may hide one of a secret.
    return name + mark + b"[FILTERED]" if mark and (_SECRET.search(name) or b"%" in name) else pair


def _clean(text: str) -> str:
    return _UNSAFE.sub(lambda found: f"\\x{ord(found[0]):02x}", text).replace(" ", "+")


def _open(path: Path) -> TextIO:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
    return os.fdopen(handle, "a", encoding="utf-8")
