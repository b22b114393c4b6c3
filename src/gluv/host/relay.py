"""A door for containers to a server on the loopback: one address, one network, nobody else."""

import asyncio
import contextlib
import errno
import ipaddress
import socket
import sys
import threading

_IP_FREEBIND = 15
"""Linux: bind an address that a bridge will only have when its first container starts."""


class Relay:
    """Passes connections to `address` on to a port of `host`, which only this machine can reach.

    `address` is the one that a bridge of the container engine has on this machine. Nothing is ever
    bound to all addresses, and a peer outside of `subnet` is turned away: Linux would take packets
    for a bridge's address from any of its networks.
    """

    def __init__(self, address: str, subnet: str, port: int, host: str = "127.0.0.1") -> None:
        """Listen on `port` of the address too, or on a free one if it is taken.

        Raises `OSError` if the address cannot be had.
        """
        self._network = ipaddress.ip_network(subnet, strict=False)
        self._target = (host, port)
        self._socket = _bind(address, port)
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._serve, name="gluv-relay", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop at once; twice is fine."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(5)

    def _serve(self) -> None:
        async def serve() -> None:
            async with await asyncio.start_server(self._meet, sock=self._socket):
                await self._over.wait()
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)

        try:
            self._loop.run_until_complete(serve())
        finally:
            self._loop.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            peer = ipaddress.ip_address(writer.get_extra_info("peername")[0])
            if peer in self._network:
                with contextlib.suppress(OSError):
                    await self._connect(reader, writer)
        finally:
            writer.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, out = await asyncio.open_connection(*self._target)
        try:
            await asyncio.gather(_pump(reader, out), _pump(inner, writer))
        finally:
            out.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(1 << 16):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()


def _bind(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sys.platform == "linux":
            bound.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
        try:
            bound.bind((address, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            bound.bind((address, 0))
        bound.listen(128)
    except OSError:
        bound.close()
        raise
    return bound
