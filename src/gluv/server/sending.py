"""Files go from the disk to the client without passing through Python: sendfile(2)."""

import asyncio
import os
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from gluv.server.connection import Connection

_AT_ONCE = 4 * 1024 * 1024
"""Bytes that one client gets before others have their turn."""

_STEP = 1024 * 1024
"""Bytes that a slow client must take within `WRITE_SECONDS`."""


class _Handle:
    """A descriptor as `loop.sendfile` wants it."""

    mode = "rb"

    def __init__(self, number: int) -> None:
        self._number = number

    def fileno(self) -> int:
        return self._number


def send_now(connection: "Connection", file: int, offset: int, count: int) -> int:
    """How many bytes the client took without being waited for. Raises `OSError` if it is gone."""
    if connection.transport.get_write_buffer_size():
        return 0
    socket = connection.transport.get_extra_info("socket").fileno()
    done, most = 0, min(count, _AT_ONCE)
    while done < most:
        try:
            taken = os.sendfile(socket, file, offset + done, most - done)
        except (BlockingIOError, InterruptedError):
            break
        if not taken:
            raise OSError("the file is shorter than it was")
        done += taken
    return done


async def send_file(connection: "Connection", file: int, offset: int, count: int) -> bool:
    """Send bytes of an open file; whether the client got all of them."""
    loop, end = asyncio.get_running_loop(), offset + count
    try:
        while offset < end:
            if connection.transport.is_closing():
                return False
            connection.expect_progress()
            taken = send_now(connection, file, offset, end - offset)
            offset += taken
            if taken >= _AT_ONCE:
                await asyncio.sleep(0)
            elif offset < end:
                step = min(end - offset, _STEP)
                taken = await loop.sendfile(
                    connection.transport,
                    cast(IO[bytes], _Handle(file)),
                    offset,
                    step,
                    fallback=False,
                )
                offset += taken
                if taken < step:
                    return False
    except (OSError, RuntimeError):
        # Gone in the middle; asyncio says RuntimeError for a transport that is closing.
        return False
    return True
