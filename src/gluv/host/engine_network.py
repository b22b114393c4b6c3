"""How a container reaches a server on this machine's loopback, and networks of its own."""

import contextlib
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from gluv.errors import EngineUnavailable
from gluv.host.engine import Engine

if TYPE_CHECKING:
    from gluv.host.relay import Relay

HOST = "host.docker.internal"
"""What containers call this machine."""

DEFAULT_NETWORKS = {"docker": "bridge", "podman": "podman"}


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """The options that connect a container, and the URL of the server inside; "" if none leads
    there, and then `why`."""

    options: tuple[str, ...]
    url: str = ""
    why: str = ""


class Connections:
    """The ways of one run's containers to its server; relays are shared. Threads may share it."""

    def __init__(self, engine: Engine, server_url: str) -> None:
        self._engine = engine
        self._url = server_url
        parts = urlsplit(server_url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._relays: dict[str, Relay] = {}
        self._lock = threading.Lock()

    def connect(self, network: str | None = None) -> Connection:
        """How to connect a container to `network`, one of `create_network`; None is the engine's
        own."""
        engine = self._engine
        chosen = ("--network", network) if network else ()
        if engine.distant:
            host = HOST if engine.client == "docker" else "host.containers.internal"
            return Connection(options=chosen, url=f"http://{host}:{self._port}")
        if engine.rootless:
            return self._connect_rootless(network)
        name = network or DEFAULT_NETWORKS[engine.server]
        pair = _gateway(engine.inspect("network", name) or {})
        if pair is None:
            return Connection(options=chosen, why=f"the network {name} has no gateway")
        gateway, subnet = pair
        try:
            port = self._relay(gateway, subnet)
        except OSError as error:
            return Connection(options=chosen, why=f"{gateway}: {error.strerror or error}")
        # podman 4 wants a network by its name too, or a slow default takes its place.
        return Connection(
            options=("--network", name, "--add-host", f"{HOST}:{gateway}"),
            url=f"http://{HOST}:{port}",
        )

    def _connect_rootless(self, network: str | None) -> Connection:
        if network is not None:
            return Connection(
                options=("--network", network),
                why="a network of its own has no way to this machine's loopback without root",
            )
        match self._engine.network:
            case "pasta":
                way = f"pasta:-T,{self._port}"
                return Connection(options=("--network", way), url=self._url)
            case "slirp4netns":
                way = "slirp4netns:allow_host_loopback=true"
                return Connection(
                    options=("--network", way, "--add-host", f"{HOST}:10.0.2.2"),
                    url=f"http://{HOST}:{self._port}",
                )
        return Connection(options=(), why="a rootless engine has no way to this machine's loopback")

    def _relay(self, gateway: str, subnet: str) -> int:
        from gluv.host.relay import Relay

        with self._lock:
            if gateway not in self._relays:
                self._relays[gateway] = Relay(gateway, subnet, self._port, self._host)
            return self._relays[gateway].port

    def forget(self, network: str) -> None:
        """Close the door of a network that is about to be removed."""
        pair = _gateway(self._engine.inspect("network", network) or {})
        with self._lock:
            relay = self._relays.pop(pair[0], None) if pair else None
        if relay is not None:
            relay.close()

    def close(self) -> None:
        """Close all doors."""
        with self._lock:
            relays = tuple(self._relays.values())
            self._relays.clear()
        for relay in relays:
            relay.close()


def create_network(engine: Engine, name: str, labels: Mapping[str, str]) -> None:
    """Make a network for one job. Raises `EngineUnavailable` with the engine's words."""
    marks = [word for key, value in labels.items() for word in ("--label", f"{key}={value}")]
    # podman's name service writes into the jobs' logs if there is no syslog; /etc/hosts will do.
    plain = ("--disable-dns",) if engine.client == "podman" else ()
    done = engine.call("network", "create", *plain, *marks, name)
    if done.code:
        raise EngineUnavailable(f"no network for the job: {done.stderr.strip()}")


def _gateway(network: dict[str, Any]) -> tuple[str, str] | None:
    """The first IPv4 gateway of a network and its subnet, as docker and as podman tell them."""
    told = (network.get("IPAM") or {}).get("Config") or network.get("subnets") or ()
    for each in told:
        subnet = each.get("Subnet") or each.get("subnet")
        if not subnet or ":" in subnet:
            continue
        gateway = each.get("Gateway") or each.get("gateway")
        if not gateway:
            import ipaddress

            with contextlib.suppress(ValueError, StopIteration):
                gateway = str(next(ipaddress.ip_network(subnet, strict=False).hosts()))
        if gateway:
            return gateway.partition("/")[0], subnet
    return None
