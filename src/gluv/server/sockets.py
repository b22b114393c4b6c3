"""Sockets to listen on: bound here, or handed over by whoever started us."""

import errno
import ipaddress
import os
import socket
import stat
from collections.abc import Mapping

from gluv.errors import ServerUnavailable, UsageWrong

_FIRST = 3
"""The first descriptor that systemd hands over; see sd_listen_fds(3)."""


def bind(host: str, port: int | None) -> socket.socket:
    """A listening socket; no `port` means a free one. Raises `ServerUnavailable`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's delay off only for sockets that name their protocol; without it each
    # answer on a kept connection would wait 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port or 0))
        bound.listen(128)
    except OSError as error:
        bound.close()
        raise ServerUnavailable(
            f"cannot listen on {host}:{port or 0}: {error.strerror or error}", hint=_hint(error)
        ) from error
    return bound


def handed_over(environ: Mapping[str, str], pid: int) -> tuple[int, ...]:
    """The descriptors that systemd's socket activation left for this process."""
    if environ.get("LISTEN_PID") != str(pid):
        return ()
    count = environ.get("LISTEN_FDS", "")
    return tuple(range(_FIRST, _FIRST + int(count))) if count.isdecimal() else ()


def adopt(descriptor: int) -> socket.socket:
    """The bound TCP socket of a descriptor. Raises `UsageWrong` for anything else."""
    hint = "it must be a TCP socket that is bound and listens, as systemd hands it over"
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            raise UsageWrong(f"file descriptor {descriptor} is not a socket", hint=hint)
        found = socket.socket(fileno=descriptor)
    except OSError as error:
        raise UsageWrong(f"file descriptor {descriptor}: {error.strerror}", hint=hint) from None
    if found.family not in (socket.AF_INET, socket.AF_INET6) or found.type != socket.SOCK_STREAM:
        found.detach()
        raise UsageWrong(f"file descriptor {descriptor} is not a TCP socket", hint=hint)
    os.set_inheritable(descriptor, False)
    if not found.getsockname()[1]:
        found.detach()
        raise UsageWrong(f"the socket of file descriptor {descriptor} is not bound", hint=hint)
    if not found.proto:
        # The same as in `bind`: the protocol has to be named.
        return socket.socket(found.family, found.type, socket.IPPROTO_TCP, found.detach())
    return found


def local_url(host: str, port: int) -> str:
    """The URL of an address without a trailing slash."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _hint(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program uses that port; choose another with --port, or leave it out"
    if error.errno == errno.EACCES:
        return "ports below 1024 need more rights; choose a higher one"
    return "choose a host address of this machine, for example 127.0.0.1"
