"""Files go from the disk to the client without passing through Python: sendfile(2).

The beginning is sent at once. What a fast client takes beyond it is sent in threads, so that others
are answered meanwhile; a slow one is waited for by the event loop, and holds no thread.
"""

import asyncio
import os
import select
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from gluv.server.connection import Connection

_AT_ONCE = 1024 * 1024
"""Bytes that are sent in the event loop."""

_IN_A_THREAD = 16 * 1024 * 1024
"""Bytes that one client gets before others have their turn."""

_PATIENCE = 5
"""Milliseconds that a thread waits for a client."""

_STEP = 256 * 1024
"""Bytes that a slow client must take in its turn."""


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
    client = connection.transport.get_extra_info("socket").fileno()
    return _send(client, file, offset, min(count, _AT_ONCE), 0)


async def send_file(connection: "Connection", file: int, offset: int, count: int) -> bool:
    """Send bytes of an open file; whether the client got all of them."""
    transport, end = connection.transport, offset + count
    if transport.is_closing():
        return False
    try:
        offset += send_now(connection, file, offset, count)
    except OSError:
        return False
    if offset == end:
        return True
    # The number stays ours whatever becomes of the connection: never somebody else's socket.
    client = os.dup(transport.get_extra_info("socket").fileno())
    try:
        while offset < end:
            connection.expect_progress()
            taken = 0
            if not transport.get_write_buffer_size():
                taken = await _send_in_thread(connection, client, file, offset, end - offset)
            if transport.is_closing():
                return False
            offset += taken
            if not taken:
                offset += await _send_slowly(connection, file, offset, min(end - offset, _STEP))
    except (OSError, RuntimeError):
        # Gone in the middle; asyncio says RuntimeError for a transport that is closing.
        return False
    finally:
        os.close(client)
    return True


async def _send_in_thread(
    connection: "Connection", client: int, file: int, offset: int, count: int
) -> int:
    loop = asyncio.get_running_loop()
    most = min(count, _IN_A_THREAD)
    sending = loop.run_in_executor(
        connection.site.senders, _send, client, file, offset, most, _PATIENCE
    )
    try:
        return await asyncio.shield(sending)
    except asyncio.CancelledError:
        # The thread still uses the descriptors; it does not wait for long.
        await asyncio.wait([sending])
        raise


async def _send_slowly(connection: "Connection", file: int, offset: int, count: int) -> int:
    handle = cast(IO[bytes], _Handle(file))
    loop = asyncio.get_running_loop()
    taken = await loop.sendfile(connection.transport, handle, offset, count, fallback=False)
    if taken < count:
        raise OSError("the client is gone, or the file is shorter than it was")
    return taken


def _send(client: int, file: int, offset: int, count: int, patience: int) -> int:
    """How many bytes a socket took, being waited for `patience` milliseconds each time."""
    done = 0
    while done < count:
        try:
            taken = os.sendfile(client, file, offset + done, count - done)
        except (BlockingIOError, InterruptedError):
            if not patience or not _is_ready(client, patience):
                break
            continue
        if not taken:
            raise OSError("the file is shorter than it was")
        done += taken
    return done


def _is_ready(client: int, patience: int) -> bool:
    poll = select.poll()
    poll.register(client, select.POLLOUT)
    return bool(poll.poll(patience))
