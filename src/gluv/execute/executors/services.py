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
from gluv.host.engine import Engine
from gluv.host.processes import StopSignal
from gluv.plan.variable import EnvVar

WAIT_SECONDS = 30.0
"""GitLab Runner's `wait_for_services_timeout`."""


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A service that runs."""

    service: Service
    image: LocalImage
    container: str
    aliases: tuple[str, ...]
    address: str
    port: int | None


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


def service_variables(service: Service, variables: Sequence[EnvVar]) -> dict[str, str]:
    """What a service sees: the job's public variables, then its own.

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
    return public | service.variables


def start_service(
    engine: Engine,
    service: Service,
    image: LocalImage,
    *,
    name: str,
    network: Sequence[str],
    labels: Sequence[str],
    variables: Mapping[str, str],
    layout: Layout,
    say: Callable[[str], None],
) -> Started:
    """Start one. Raises `JobFailed` with the engine's words."""
    aliases = aliases_of(service)
    say(f"Starting service {service.name} ...")
    entrypoint = service.entrypoint
    named = aliases if engine.client == "docker" else ()
    user = service.docker.user if service.docker else None
    with by_name(variables, layout.home) as (options, environment):
        done = engine.call(
            *("run", "-d", "--name", name, "--pull", "never", *labels, *network),
            *(word for alias in named for word in ("--network-alias", alias)),
            *(("--user", user) if user else ()),
            *(() if entrypoint is None else ("--entrypoint", entrypoint[0] if entrypoint else "")),
            *options,
            image.id,
            *(entrypoint[1:] if entrypoint else ()),
            *(service.command or ()),
            env=environment,
        )
    if done.code:
        words = done.stderr.strip().splitlines() or [f"exit code {done.code}"]
        raise JobFailed(
            "runner_system_failure",
            f" (system failure): Cannot start service {service.name}: {words[-1]}",
        )
    told = engine.inspect("container", name) or {}
    networks = (told.get("NetworkSettings") or {}).get("Networks") or {}
    address = next((str(each.get("IPAddress") or "") for each in networks.values()), "")
    wanted = variables.get("HEALTHCHECK_TCP_PORT", "")
    port = int(wanted) if wanted.isdigit() else next(iter(image.ports), None)
    return Started(
        service=service, image=image, container=name, aliases=aliases, address=address, port=port
    )


def wait_for_services(
    engine: Engine, started: Sequence[Started], *, say: Callable[[str], None], stop: StopSignal
) -> None:
    """Wait until each has passed its check, half a minute at most; what has not is a warning.

    The check is the image's own HEALTHCHECK and a connection to the lowest port that it exposes
    (`HEALTHCHECK_TCP_PORT`). Raises `JobCanceled`.
    """
    say(f"Waiting for services to be up and running (timeout {WAIT_SECONDS:.0f} seconds)...")
    until = time.monotonic() + WAIT_SECONDS
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
    health = (state.get("Health") or state.get("Healthcheck") or {}).get("Status")
    if each.image.checked and health not in (None, "", "healthy", "none"):
        return f"its health check says {health}"
    if each.port is None or not each.address or engine.distant or engine.rootless:
        return ""
    with contextlib.suppress(OSError):
        socket.create_connection((each.address, each.port), timeout=1).close()
        return ""
    return f"nothing answers on port {each.port}"


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
