"""The embedded GitLab of a project: its address, which stays the same, and its app."""

from collections.abc import Callable, Mapping
from typing import Any

from gluv.cli.checkout import Checkout
from gluv.errors import ServerUnavailable, UsageWrong
from gluv.host.context import build_project, build_user
from gluv.host.files import write_whole
from gluv.host.pypi import simple_index
from gluv.server.listen import Listener
from gluv.store import Store

HOST = "127.0.0.1"


def listen(checkout: Checkout, store: Store, *, port: int | None = None) -> Listener:
    """Bind the project's port: the wanted one, `[tool.gluv] port`, or the one of last time.

    A port that was only remembered is given up when it is taken: another free one comes instead.
    """
    memory = store.directory / "port"
    wanted = port if port is not None else checkout.settings.port
    if wanted is not None and not 0 <= wanted <= 65535:
        raise UsageWrong(f"{wanted} is not a port", hint="a port is a number from 0 to 65535")
    if wanted:
        return Listener(HOST, wanted)
    try:
        listener = Listener(HOST, int(memory.read_text()) if wanted is None else None)
    except (OSError, ValueError, ServerUnavailable):
        listener = Listener(HOST, None)
    write_whole(memory, f"{listener.port}\n".encode())
    return listener


def app_maker(
    checkout: Checkout,
    store: Store,
    base_url: str,
    environ: Mapping[str, str],
    on_unauthenticated_read: Callable[[str], None] = lambda path: None,
) -> Callable[[], Any]:
    """What makes the app when the first connection comes."""

    def make() -> Any:
        from gluv.server.addresses import by_address
        from gluv.server.app import create_app
        from gluv.server.settings import ServerSettings

        settings = checkout.settings
        told = ServerSettings(
            base_url=base_url,
            project=build_project(checkout.facts, settings),
            repository=checkout.root,
            user=build_user(checkout.facts),
            forwarding=settings.forwarding,
            upstream=simple_index(environ) if settings.forwarding == "forward" else None,
            on_unauthenticated_read=on_unauthenticated_read,
        )
        return by_address(told, lambda settings: create_app(store, settings))

    return make
