"""Images for containers: pulled as `pull_policy` says, and what is known of them."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from gluv.errors import ToolchainUnavailable
from gluv.execute.result import JobCanceled, JobFailed
from gluv.host.engine import Engine
from gluv.host.processes import StopSignal, run_session
from gluv.toolchain.reference import parse_reference

DEFAULT_POLICY = ("if-not-present",)
"""GitLab Runner's own default is `always`; here images that are there are used as they are."""

POLICY_DIFFERS = (
    "images that this machine had already were not pulled again, as most runners do "
    "(pull_policy: always says otherwise)"
)


class LocalImage(msgspec.Struct, frozen=True, kw_only=True):
    """An image that the engine has: its id, the user it runs as, its ports and its health check."""

    id: str
    user: str = ""
    ports: tuple[int, ...] = ()
    checked: bool = False


def obtain_image(
    engine: Engine,
    name: str,
    *,
    policies: Sequence[str],
    platform: str | None,
    say: Callable[[str], None],
    stop: StopSignal,
    deadline: float,
) -> LocalImage:
    """The image `name`; its policies are tried in their order, as the runner does.

    A pull ends at the job's `deadline`, on the monotonic clock, and none begins after it. Raises
    `JobFailed` with what the engine said (`image_pull_failure`, or `runner_system_failure` where
    the engine itself is gone), and `JobCanceled`.
    """
    policies = tuple(policies) or DEFAULT_POLICY
    shown = " ".join(policies)
    say(f"Using effective pull policy of [{shown}] for container {name}")
    try:
        full = _qualified(name)
    except ToolchainUnavailable as wrong:
        raise JobFailed("image_pull_failure", f": {wrong.message}") from wrong
    why = ""
    for policy in policies:
        if policy in ("never", "if-not-present"):
            found = _find(engine, name, full, platform)
            if found is not None:
                if policy == "if-not-present":
                    say('Using locally found image version due to "if-not-present" pull policy')
                say(f"Using docker image {found.id} for {name} ...")
                return found
            if policy == "never":
                why = "no such image on this machine"
                say(f'WARNING: Failed to pull image with policy "never": {why}')
                continue
        if time.monotonic() >= deadline:
            break
        say(f"Pulling docker image {name} ...")
        wanted = full if engine.server == "podman" else name
        said = _pull(engine, wanted, platform, stop, deadline)
        if said is None:
            found = _find(engine, name, full, platform)
            if found is not None:
                say(f"Using docker image {found.id} for {name} ...")
                return found
            said = "the engine pulled the image, but does not have it"
        why = said
        say(f'WARNING: Failed to pull image with policy "{policy}": {why}')
    silence = engine.silence()
    if silence is not None:
        raise JobFailed("runner_system_failure", f" (system failure): {silence}")
    raise JobFailed(
        "image_pull_failure",
        f': failed to pull image "{name}" with specified policies [{shown}]: {why}',
    )


def _pull(
    engine: Engine, name: str, platform: str | None, stop: StopSignal, deadline: float
) -> str | None:
    """Pull an image; None if that worked, else the engine's words."""
    wanted = ("--platform", platform) if platform else ()
    tail = bytearray()

    def keep(chunk: bytes) -> None:
        tail.extend(chunk)
        del tail[:-4096]

    with open(os.devnull, "rb") as nothing:
        ended = run_session(
            [engine.program, "pull", "-q", *wanted, name],
            cwd=Path("/"),
            env=engine.environ,
            stdin=nothing.fileno(),
            output=keep,
            stop=stop,
            deadline=deadline,
        )
    if ended.stopped == "timeout":
        return "the job's time is over"
    if ended.stopped:
        raise JobCanceled
    if ended.code == 0:
        return None
    lines = bytes(tail).decode(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("Error: ") if lines else f"exit code {ended.code}"


def _qualified(name: str) -> str:
    """A name that means the same to every engine: podman has no registry for short ones."""
    reference = parse_reference(name)
    if reference.registry != "docker.io":
        return name
    digest = f"@{reference.digest}" if reference.digest else ""
    tag = f":{reference.tag}" if reference.tag else ""
    return f"docker.io/{reference.repository}{tag}{digest}"


def _find(engine: Engine, name: str, full: str, platform: str | None) -> LocalImage | None:
    for spelled in dict.fromkeys((name, full)):
        told = engine.inspect("image", spelled)
        if told is not None and _suits(told, platform):
            return _read(told)
    return None


def _suits(told: dict[str, Any], platform: str | None) -> bool:
    if not platform:
        return True
    system, _, rest = platform.partition("/")
    architecture = rest.partition("/")[0]
    return told.get("Os") == system and (
        not architecture or told.get("Architecture") == architecture
    )


def _read(told: dict[str, Any]) -> LocalImage:
    config = told.get("Config") or {}
    ports = sorted(
        int(port.partition("/")[0])
        for port in config.get("ExposedPorts") or ()
        if port.partition("/")[2] in ("", "tcp") and port.partition("/")[0].isdigit()
    )
    check: list[str] = (
        config.get("Healthcheck") or told.get("Healthcheck") or told.get("HealthCheck") or {}
    ).get("Test") or []
    return LocalImage(
        id=str(told["Id"]),
        user=str(config.get("User") or told.get("User") or ""),
        ports=tuple(ports),
        checked=bool(check) and check[0] != "NONE",
    )
