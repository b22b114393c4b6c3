"""What `gluv serve` does: settles who and what is known, then answers until it is stopped."""

import ipaddress
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from gluv.cli.checkout import open_checkout
from gluv.cli.gitlab import app_maker, listen, settle, settle_mapped
from gluv.cli.known_gitlab import settle_stranger
from gluv.registry.forwarding import Forwarding
from gluv.report.exhibits import install_line
from gluv.server.listen import Listener
from gluv.server.presence import hold_presence
from gluv.settings import Settings
from gluv.store import Store


def serve(
    directory: Path,
    environ: Mapping[str, str],
    *,
    data: Path | None,
    host: str,
    port: int | None,
    forwarding: Forwarding | None,
    json_index: bool,
    names: tuple[str, ...],
) -> int:
    """Serve a repository's `.gluv/`, or with `data` that folder; returns the exit code."""
    checkout = open_checkout(directory) if data is None else None
    settings = checkout.settings if checkout is not None else Settings()
    place = checkout.store if checkout is not None else data
    assert place is not None
    with (
        Store.open(place) as store,
        closing(listen(store, settings, host=host, port=port)) as door,
        hold_presence(store.directory, _local_url(door)),
    ):
        changed: dict[str, Any] = {
            "tokens_only": not _is_loopback(host),
            "hosts": frozenset(name.lower() for name in (host, *names)),
        }
        if forwarding is not None:
            changed["forwarding"] = forwarding
        if json_index:
            changed["json_index"] = True
        url = f"http://{names[0]}:{door.port}" if names else door.url
        if checkout is not None:
            home = settle(store, checkout)
            settle_mapped(store, checkout)
            click.echo(f"GitLab of {home.path}: {url}/{home.path}")
            click.echo(f"  {install_line(url, home.id, 'PACKAGE')}")
        else:
            settle_stranger(store, environ)
            click.echo(f"GitLab of {store.directory}: {url}")
        click.echo("Ctrl-C stops it.")
        door.serve_forever(app_maker(store, settings, url, environ, **changed))
    return 0


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _local_url(door: Listener) -> str:
    """The URL by which jobs of this machine reach it."""
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
    return f"http://{anywhere[door.host]}:{door.port}" if door.host in anywhere else door.url
