"""When nobody reads any more: a terminal that was closed, or a pipe whose reader has left."""

import contextlib
import errno
import os
import select
import sys


def has_left(error: OSError) -> bool:
    """Whether a write failed because its reader has left."""
    return error.errno in (errno.EPIPE, errno.EIO)


def fall_silent() -> bool:
    """Send what will still be printed nowhere, where it has no reader; whether that is so."""
    silent = False
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            look = select.poll()
            look.register(stream.fileno(), 0)
            if any(seen & (select.POLLERR | select.POLLHUP) for _, seen in look.poll(0)):
                send_nowhere(stream.fileno())
                silent = True
    return silent


def send_nowhere(handle: int) -> None:
    """Let what is written to a descriptor be lost from now on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, handle)
    os.close(nowhere)
