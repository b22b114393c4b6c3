"""`services:`: containers beside the job's, on the network of the job."""

import contextlib
import re
import socket
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

from gluv.config.keywords.services import Service
from gluv.errors import EngineUnavailable
from gluv.execute.executors.client_environment import by_name
from gluv.execute.executors.contract import Layout
from gluv.execute.executors.images import LocalImage
from gluv.execute.result import JobCanceled, JobFailed
from gluv.execute.variables import Expansion
from gluv.host.engine import Engine, reason
from gluv.host.processes import StopSignal
from gluv.plan.variable import EnvVar

WAIT_SECONDS = 30.0
"""GitLab Runner's `wait_for_services_timeout`."""

MOST_PORTS = 20
"""Of the ports that an image exposes, so many are tried, as in the runner."""


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A service that runs."""

    service: Service
    image: LocalImage
    container: str
    aliases: tuple[str, ...]
    address: str
    ports: tuple[int, ...]


def aliases_of(service: Service) -> tuple[str, ...]:
    """The host names of a service: two made from its image's name, and its own `alias`es.

    The tag and the registry's port go; a slash becomes `__` in the first, `-` in the second.
    """
    name = service.name.partition("@")[0]
    head, slash, last = name.rpartition("/")
    name = f"{head}{slash}{last.partition(':')[0]}"
    name = re.sub(r"^([^/]*?):\d+/", r"\1/", name)
    own = re.split(r"[\s,]+", service.alias.strip()) if service.alias else []
    return tuple(dict.fromkeys((name.replace("/", "__"), name.replace("/", "-"), *own)))


def free_aliases(service: Service, taken: set[str], say: Callable[[str], None]) -> tuple[str, ...]:
    """Of its host names those that no earlier service has; they are `taken` then.

    As in the runner a service without any is not started.
    """
    free = []
    for alias in aliases_of(service):
        if alias in taken:
            say(f"WARNING: Service {service.name} is already created. Ignoring.")
        else:
            free.append(alias)
    taken.update(free)
    return tuple(free)


def service_variables(service: Service, variables: Sequence[EnvVar]) -> dict[str, str]:
    """What a service sees: the job's public variables, then its own, expanded with all of these.

    Secrets of the settings are not public, nor is what holds a masked value.
    """
    secrets = [each.value for each in variables if each.masked and each.value]
    public = {
        each.key: each.value
        for each in variables
        if not each.masked
        and not each.file
        and not each.origin.endswith((" settings", "pipeline variable"))
        and not any(secret in each.value for secret in secrets)
    }
    expand = Expansion(public | service.variables).runner
    return public | {name: expand(value) for name, value in service.variables.items()}


def start_service(
    engine: Engine,
    service: Service,
    image: LocalImage,
    *,
    aliases: tuple[str, ...],
    expand: Callable[[str], str],
    name: str,
    network: Sequence[str],
    labels: Sequence[str],
    variables: Mapping[str, str],
    layout: Layout,
    say: Callable[[str], None],
) -> Started:
    """Start one; `expand` is the runner's expansion. Raises `JobFailed` with the engine's words."""
    say(f"Starting service {service.name} ...")
    entrypoint = service.entrypoint
    user = expand(service.docker.user) if service.docker and service.docker.user else None
    named = aliases if engine.client == "docker" else ()
    with by_name(variables, layout.home) as (options, environment):
        done = engine.call(
            *("run", "-d", "--name", name, "--pull", "never", *labels, *network),
            *(word for alias in named for word in ("--network-alias", alias)),
            *(("--user", user) if user else ()),
            *(("--entrypoint", entrypoint[0]) if entrypoint else ()),
            *options,
            image.id,
            *(entrypoint[1:] if entrypoint else ()),
            *(service.command or ()),
            env=environment,
        )
    if done.code:
        raise JobFailed(
            "runner_system_failure",
            f" (system failure): Cannot start service {service.name}: {reason(done)}",
        )
    told = engine.inspect("container", name) or {}
    networks = (told.get("NetworkSettings") or {}).get("Networks") or {}
    address = next((str(each.get("IPAddress") or "") for each in networks.values()), "")
    wanted = variables.get("HEALTHCHECK_TCP_PORT", "")
    ports = (int(wanted),) if wanted.isdigit() else image.ports[:MOST_PORTS]
    return Started(
        service=service, image=image, container=name, aliases=aliases, address=address, ports=ports
    )


def wait_for_services(
    engine: Engine,
    started: Sequence[Started],
    *,
    say: Callable[[str], None],
    stop: StopSignal,
    deadline: float,
) -> None:
    """Wait until each has passed its check, half a minute at most; what has not is a warning.

    The check is a connection to one of the ports that it exposes (or `HEALTHCHECK_TCP_PORT`), and
    where there is none to ask, the image's own HEALTHCHECK. Raises `JobCanceled`.
    """
    say(f"Waiting for services to be up and running (timeout {WAIT_SECONDS:.0f} seconds)...")
    until = min(time.monotonic() + WAIT_SECONDS, deadline)
    for each in started:
        why = _unwell(engine, each)
        pause = 0.05
        while why and not why.startswith("it ended") and time.monotonic() < until:
            if stop.level:
                raise JobCanceled
            time.sleep(pause)
            pause = min(1.0, pause * 1.5)
            why = _unwell(engine, each)
        if why:
            _warn(engine, each, why, say)


def _unwell(engine: Engine, each: Started) -> str:
    """Why a service is not ready, "" if it is."""
    state = (engine.inspect("container", each.container) or {}).get("State") or {}
    if state.get("Status") not in ("running", "created", "initialized", "starting"):
        return f"it ended with exit code {state.get('ExitCode')}"
    if not each.ports or not each.address or engine.distant or engine.rootless:
        health = (state.get("Health") or state.get("Healthcheck") or {}).get("Status")
        # podman leaves the checks to systemd, which need not be there.
        fine = ("", "healthy", "none", *(["starting"] if engine.server == "podman" else []))
        ill = each.image.checked and health is not None and health not in fine
        return f"its health check says {health}" if ill else ""
    for port in each.ports:
        with contextlib.suppress(OSError):
            socket.create_connection((each.address, port), timeout=1).close()
            return ""
    several = "s" if len(each.ports) > 1 else ""
    return f"nothing answers on port{several} {', '.join(map(str, each.ports))}"


def _warn(engine: Engine, each: Started, why: str, say: Callable[[str], None]) -> None:
    say("")
    say(f"*** WARNING: Service {each.service.name} probably didn't start properly.")
    say("")
    say("Health check error:")
    say(why)
    say("")
    say("Service container logs:")
    with contextlib.suppress(EngineUnavailable):
        logs = engine.call("logs", "--tail", "50", each.container)
        for line in (logs.stdout + logs.stderr).splitlines():
            say(line)
    say("")
    say("*********")
