"""How a step in a container ended: the engine's word counts, not its client's."""

import time
from typing import Any

from gluv.execute.result import JobFailed
from gluv.host.engine import Engine
from gluv.host.processes import Ended

_KILLED = 137
"""The exit code of a container that was killed."""

_REMOVAL = 1.0
"""Seconds in which a container that is being removed is gone."""


def end_step(engine: Engine, container: str) -> dict[str, Any]:
    """End what is left of the step; the container's state, empty if it is gone."""
    told = engine.inspect("container", container) or {}
    state: dict[str, Any] = told.get("State") or {}
    if state.get("Running"):
        engine.call("kill", "--signal", "KILL", container)
        until = time.monotonic() + 10
        while state.get("Running") and time.monotonic() < until:
            time.sleep(0.05)
            told = engine.inspect("container", container) or {}
            state = told.get("State") or {}
    return state


def judge_step(
    engine: Engine, container: str, ended: Ended, state: dict[str, Any], *, before: str, tail: str
) -> Ended:
    """How a step that nobody stopped ended, by the container's `state` after it.

    `before` is when the container had been started last, `tail` the end of the step's output.
    Raises `JobFailed` if the step could not begin, or nobody knows how it ended.
    """
    if _is_gone(engine, container, state):
        gone = f"the job's container is gone; {engine.client} ended with {ended.code}"
        why = engine.silence() or gone
        raise JobFailed("runner_system_failure", f" (system failure): {why}")
    started = started_at(state)
    never = started in ("", before) or started.startswith("0001")
    if never or (ended.code and state.get("Error")):
        words = str(state.get("Error") or "") or tail.strip().rpartition("\n")[2]
        if engine.client != engine.server:
            # podman's socket answers an attached client with a number only.
            again = engine.call("start", container)
            words = again.stderr.strip().partition("\n")[0] or words
            end_step(engine, container)
        raise JobFailed(
            "runner_system_failure", f" (system failure): Cannot start the container: {words}"
        )
    code = state.get("ExitCode")
    return Ended(code=code) if isinstance(code, int) else ended


def _is_gone(engine: Engine, container: str, state: dict[str, Any]) -> bool:
    """Whether the container was removed: who removes one kills it first, and tells that first."""
    until = time.monotonic() + _REMOVAL
    while state and state.get("ExitCode") == _KILLED and not state.get("OOMKilled"):
        if time.monotonic() >= until:
            return False
        time.sleep(0.05)
        state = (engine.inspect("container", container) or {}).get("State") or {}
    return not state


def started_at(state: dict[str, Any]) -> str:
    """When the container was started last, as the engine writes it."""
    return str(state.get("StartedAt", ""))
