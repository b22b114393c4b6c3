"""Containers and networks of killed runs: found by their label, removed by the next run."""

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from gluv.errors import EngineUnavailable
from gluv.host.copy import remove_tree
from gluv.host.engine import Engine, mount
from gluv.host.files import write_whole
from gluv.host.workspace_slot import is_abandoned

LABEL = "gluv.slot"
"""The label of all that a run makes: the directory that belongs to the run."""


def note_engine(slot: Path, engine: Engine, image: str = "") -> None:
    """Write beside a run's directory which engine it uses, for the case that it is killed.

    `image` is one of which a container may have written there, once there is any.
    """
    told = msgspec.structs.replace(engine, environ={})
    address = engine.environ.get("DOCKER_HOST", "")
    write_whole(_note(slot), msgspec.json.encode((told, address, image)))


def forget_engine(slot: Path) -> None:
    """The run has removed all that it made."""
    _note(slot).unlink(missing_ok=True)


def remove_leftovers(builds: Path, own: Path, environ: Mapping[str, str]) -> int:
    """Remove what dead runs left in their engines; how many containers.

    `own` is the directory of this run, which may have had a holder that died. An engine that does
    not answer now is asked again by the next run.
    """
    removed = 0
    for note in builds.glob("*.engine"):
        slot = note.with_suffix("")
        if slot != own and not is_abandoned(slot):
            continue
        with contextlib.suppress(OSError, msgspec.DecodeError, EngineUnavailable):
            told, address, image = msgspec.json.decode(
                note.read_bytes(), type=tuple[Engine, str, str]
            )
            host = {"DOCKER_HOST": address} if address else {}
            engine = msgspec.structs.replace(told, environ={**environ, **host})
            count = _remove(engine, slot, image, keep=slot == own)
            if count is not None:
                removed += count
                note.unlink(missing_ok=True)
    return removed


def remove_all(engine: Engine, containers: Sequence[str], network: str | None) -> str:
    """Remove what a job had; what is left and why, "" if nothing is. Raises `EngineUnavailable`."""
    left = [("container", name) for name in containers if not engine.remove(name)]
    if network is not None and engine.call("network", "rm", network).code:
        left.append(("network", network))
    silence = engine.silence() if left else None
    return silence or ", ".join(name for kind, name in left if engine.inspect(kind, name))


def give_back(engine: Engine, image: str, directory: Path, owner: tuple[int, int]) -> bool:
    """Make all files below a directory belong to `owner`; whether that worked.

    Root of a container wrote them, so a container's root hands them over: `image` is one with a
    shell. In a rootless engine that root is the caller. Who owns a file may read it afterwards; no
    other right changes.
    """
    user, group = (0, 0) if engine.rootless else owner
    command = f"chown -R {user}:{group} /workspace && chmod -R u+rX /workspace"
    done = engine.call(
        "run",
        *("--rm", "--pull", "never", "--user", "0", "--network", "none", "--entrypoint", "sh"),
        *(("--security-opt", "label=disable") if engine.labels else ()),
        *mount(directory, "/workspace"),
        *("--label", f"{LABEL}={directory}"),
        *(image, "-c", command),
    )
    return done.code == 0


def has_strangers(directory: Path) -> bool:
    """Whether a file below belongs to somebody else than this process's user."""
    me = os.geteuid() if sys.platform != "win32" else 0
    if me == 0:
        return False
    for place, names, files in os.walk(directory):
        for name in (*names, *files):
            with contextlib.suppress(FileNotFoundError):
                if os.lstat(os.path.join(place, name)).st_uid != me:
                    return True
    return False


def _note(slot: Path) -> Path:
    return slot.with_name(f"{slot.name}.engine")


def _remove(engine: Engine, slot: Path, image: str, *, keep: bool) -> int | None:
    """The containers and networks of a run; None if the engine does not answer."""
    mine = ("--filter", f"label={LABEL}={slot}")
    listed = engine.call("ps", "-a", "-q", "--no-trunc", *mine)
    if listed.code:
        return None
    names = listed.stdout.split()
    for name in names:
        engine.remove(name)
    networks = engine.call("network", "ls", "-q", *mine).stdout.split()
    if networks:
        engine.call("network", "rm", *networks)
    if image and has_strangers(slot):
        give_back(engine, image, slot, (os.getuid(), os.getgid()))
        for path in slot.iterdir() if keep else (slot,):
            with contextlib.suppress(OSError):
                remove_tree(path)
    return len(names)
