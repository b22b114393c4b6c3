"""The embedded GitLab of a project: its address, which stays the same, and its app."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import msgspec

from gluv.cli.checkout import Checkout, open_checkout
from gluv.cli.stand_in import StandIn
from gluv.errors import ServerUnavailable, Stop, UsageWrong
from gluv.host.context import build_project, build_user
from gluv.host.files import write_whole
from gluv.host.pypi import simple_index
from gluv.plan.context import Context
from gluv.server.listen import Listener
from gluv.server.presence import find_presence
from gluv.server.settings import ServerSettings
from gluv.settings import Settings
from gluv.store import ProjectRow, Store
from gluv.store.projects import PathTaken

HOST = "127.0.0.1"


def listen(
    store: Store, settings: Settings, *, host: str = HOST, port: int | None = None
) -> Listener:
    """Bind the project's port: the wanted one, `[tool.gluv] port`, or the one of last time.

    A port that was only remembered is given up when it is taken: another free one comes instead.
    """
    memory = store.directory / "port"
    wanted = port if port is not None else settings.port
    if wanted is not None and not 0 <= wanted <= 65535:
        raise UsageWrong(f"{wanted} is not a port", hint="a port is a number from 0 to 65535")
    if wanted:
        return Listener(host, wanted)
    try:
        listener = Listener(host, int(memory.read_text()) if wanted is None else None)
    except (OSError, ValueError, ServerUnavailable):
        listener = Listener(host, None)
    write_whole(memory, f"{listener.port}\n".encode())
    return listener


def settle(store: Store, checkout: Checkout, *, is_home: bool = True) -> ProjectRow:
    """Make a checkout's project known, and whose machine this is.

    Raises `UsageWrong` if another project has its path.
    """
    project, user = build_project(checkout.facts, checkout.settings), build_user(checkout.facts)
    store.people.settle_owner(username=user.login, name=user.name, email=user.email)
    try:
        return store.projects.settle(
            project.path,
            visibility=checkout.settings.visibility,
            title=project.title,
            description=project.description,
            default_branch=project.default_branch,
            checkout=str(checkout.root),
            is_home=is_home,
            protected=checkout.settings.protected,
        )
    except PathTaken:
        raise UsageWrong(
            f"this GitLab has another project called {project.path}",
            hint="give one of them another path: [tool.gluv] project",
        ) from None


def known(context: Context, project: ProjectRow) -> Context:
    """A context whose project has the numbers that it has in the store."""
    numbered = msgspec.structs.replace(
        context.project, id=project.id, namespace_id=project.namespace_id
    )
    return msgspec.structs.replace(context, project=numbered)


def settle_mapped(store: Store, checkout: Checkout) -> None:
    """Make the projects of `[tool.gluv.projects]` known; one that cannot be read is left out."""
    for path in checkout.settings.projects.values():
        try:
            settle(store, open_checkout(checkout.root / path), is_home=False)
        except Stop:
            continue


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """The GitLab of a run: its URL, and what lets it answer."""

    url: str
    start: Callable[[], None]


@contextmanager
def serve_run(store: Store, checkout: Checkout, environ: Mapping[str, str]) -> Iterator[Served]:
    """The GitLab for the jobs of a run: the one that `gluv serve` has open, else one of its own.

    If that one stops in the middle of the run, the run answers in its place.
    """
    if (other := find_presence(store.directory)) is not None:
        make = app_maker(store, checkout.settings, other.url, environ)
        with closing(StandIn(store, other.url, make)) as stand_in:
            yield Served(url=other.url, start=stand_in.start)
        return
    with closing(listen(store, checkout.settings)) as listener:
        make = app_maker(store, checkout.settings, listener.url, environ)
        yield Served(url=listener.url, start=lambda: listener.start(make))


def app_maker(
    store: Store, settings: Settings, base_url: str, environ: Mapping[str, str], **changed: Any
) -> Callable[[], Any]:
    """What makes the app when the first connection comes; `changed` are server settings."""

    def make() -> Any:
        told = ServerSettings(
            base_url=base_url,
            forwarding=settings.forwarding,
            json_index=settings.json_index,
        )
        told = msgspec.structs.replace(told, **changed)
        from concurrent.futures import ThreadPoolExecutor

        # uv says where PyPI is while the server loads: somebody waits for the first answer.
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(simple_index, environ) if told.forwarding != "off" else None
            from gluv.registry.names import normalise
            from gluv.server.addresses import Addresses
            from gluv.server.app import create_app
            from gluv.server.site import Site  # noqa: F401 - loaded here, beside uv

            told = msgspec.structs.replace(
                told,
                forwarded_names=frozenset(map(normalise, settings.forwarded_names)),
                upstream=asked.result() if asked is not None else None,
            )
        return Addresses(told, lambda settings: create_app(store, settings))

    return make
