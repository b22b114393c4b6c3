"""What `gluv serve` does: settles who and what is known, then answers until it is stopped."""

import os
import resource
import signal
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
import msgspec

from gluv.cli.checkout import Checkout, open_checkout
from gluv.cli.gitlab import HOST, app_maker, listen, settle, settle_mapped
from gluv.cli.known_gitlab import settle_stranger
from gluv.errors import Cancelled, UsageWrong
from gluv.registry.forwarding import Forwarding
from gluv.report.exhibits import install_line
from gluv.server.listen import STOP_SECONDS, Listener
from gluv.server.presence import hold_presence
from gluv.server.proxies import Proxies
from gluv.server.sockets import adopt, handed_over, is_loopback, local_url
from gluv.settings import Settings
from gluv.store import Store

if TYPE_CHECKING:
    from gluv.server.access_log import AccessLog
    from gluv.server.site import Site


_DESCRIPTORS = 4096
"""Enough for all connections that a server takes, each with a file."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `gluv serve`."""

    directory: Path
    data: Path | None
    host: str | None
    port: int | None
    fd: int | None
    forwarding: Forwarding | None
    json_index: bool
    names: tuple[str, ...]
    external_url: str | None
    proxies: tuple[str, ...]
    access_log: str | None
    opens: bool
    checks: bool
    repairs: bool
    backup: Path | None

    def place(self) -> tuple[Checkout | None, Path]:
        """The repository that is meant, if one is, and its `.gluv/` or the folder of `--data`."""
        if self.data is not None:
            return None, self.data
        checkout = open_checkout(self.directory)
        return checkout, checkout.store


def serve(asked: Asked, environ: Mapping[str, str]) -> int:
    """Serve a repository's `.gluv/`, or with `data` that folder; returns the exit code."""
    _take_descriptors()
    external, proxies = _external(asked.external_url), Proxies(asked.proxies)
    checkout, place = asked.place()
    settings = checkout.settings if checkout is not None else Settings()
    with (
        _stoppable(),
        Store.open(place) as store,
        hold_presence(store.directory) as announce,
        closing(_door(store, settings, asked, environ)) as door,
        _access_log(asked.access_log) as log,
    ):
        announce(_on_this_machine(door))
        url = external or (f"http://{asked.names[0]}:{door.port}" if asked.names else "")
        url = url or _on_this_machine(door)
        changed: dict[str, Any] = {
            "tokens_only": _reached_by_others(door, asked.names, external),
            "hosts": frozenset(
                name.lower()
                for name in (door.host, *asked.names, urlsplit(url).hostname)
                if name is not None
            ),
        }
        if asked.forwarding is not None:
            changed["forwarding"] = asked.forwarding
        if asked.json_index:
            changed["json_index"] = True
        opened = _greet(store, checkout, url, environ)
        if changed["tokens_only"]:
            _say_tokens(store)
        door.proxies = proxies
        door.told = log.tell if log is not None else None

        def ready(site: "Site") -> None:
            from gluv.server.signals import obey_signals

            reopen = log.reopen if log is not None and log.is_file else None
            obey_signals(
                site, say=lambda what: click.echo(f"gluv: {what}", err=True), reopen=reopen
            )
            if asked.opens:
                import webbrowser

                site.loop.run_in_executor(None, webbrowser.open, opened)

        make = app_maker(store, settings, url, environ, **changed)
        door.serve_forever(make, finish=STOP_SECONDS, ready=ready)
        if door.forced:
            raise Cancelled("stopped at once")
        if door.cut_off:
            click.echo(f"gluv: cut off {door.cut_off} after {STOP_SECONDS:.0f} seconds", err=True)
    return 0


def _door(store: Store, settings: Settings, asked: Asked, environ: Mapping[str, str]) -> Listener:
    """The sockets that were handed over, or one of our own."""
    given = (asked.fd,) if asked.fd is not None else handed_over(environ, os.getpid())
    if not given:
        return listen(store, settings, host=asked.host or HOST, port=asked.port)
    if asked.host is not None or asked.port is not None:
        raise UsageWrong(
            "a socket was handed over, so --host and --port have no meaning",
            hint="leave them out, or set the address where the socket is made",
        )
    return Listener(sockets=[adopt(descriptor) for descriptor in given])


def _take_descriptors() -> None:
    """Have as many files and connections open at once as this process may, within reason."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _external(url: str | None) -> str:
    """The external URL without a trailing slash, empty if there is none. Raises `UsageWrong`."""
    if url is None:
        return ""
    hint = "for example --external-url https://gitlab.example.com"
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UsageWrong(f"{url} is not the URL of a server", hint=hint)
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise UsageWrong(f"{url}: a server of gluv is all of its host", hint=hint)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _reached_by_others(door: Listener, names: tuple[str, ...], external: str) -> bool:
    """Whether strangers may come: then nothing is read without a token."""
    hosts = (*door.hosts, *names, *((urlsplit(external).hostname or "",) if external else ()))
    return not all(map(is_loopback, hosts))


def _greet(store: Store, checkout: Checkout | None, url: str, environ: Mapping[str, str]) -> str:
    """Say where it is; the address of its first page."""
    if checkout is None:
        settle_stranger(store, environ)
        click.echo(f"GitLab of {store.directory}: {url}")
        click.echo("Ctrl-C stops it.")
        return url
    home = settle(store, checkout)
    settle_mapped(store, checkout)
    click.echo(f"GitLab of {home.path}: {url}/{home.path}")
    click.echo(f"  {install_line(url, home.id, 'PACKAGE')}")
    click.echo("Ctrl-C stops it.")
    return f"{url}/{home.path}"


def _say_tokens(store: Store) -> None:
    now = store.now()
    if not any(token.is_active(now) for token in store.tokens.all()):
        click.echo(
            "gluv: others can reach this server, so it answers nobody without a token, and there"
            " is none yet\n  next: make one with gluv token create",
            err=True,
        )


@contextmanager
def _stoppable() -> Iterator[None]:
    """A SIGTERM before the server is up ends it in good order."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _access_log(path: str | None) -> "closing[AccessLog] | nullcontext[None]":
    if path is None:
        return nullcontext()
    from gluv.server.access_log import AccessLog

    return closing(AccessLog(None if path == "-" else Path(path)))


def _on_this_machine(door: Listener) -> str:
    """The URL by which jobs of this machine reach it."""
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}
    return local_url(anywhere.get(door.host, door.host), door.port)
