"""uv of a wanted version, from PyPI into the per-user cache."""

import re
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from uv import find_uv_bin

from gluv.errors import (
    Internal,
    NetworkUnavailable,
    Stop,
    StoreUnavailable,
    ToolchainUnavailable,
)
from gluv.host.copy import copy_file
from gluv.host.process import Completed, run
from gluv.toolchain.entry import keep, sound
from gluv.toolchain.hashes import remembered_hash
from gluv.toolchain.index import uv_environment

_PROGRAMS = ("uv", "uvx")
_EXACT = re.compile(r"==(\d+\.\d+\.\d+)")
_UNREACHABLE = (
    "network was disabled",
    "Failed to fetch",
    "error sending request",
    "Request failed",
)


class UvRelease(msgspec.Struct, frozen=True, kw_only=True):
    """An unpacked uv: `bin` holds `uv` and `uvx`; `said` tells where it comes from."""

    version: str
    bin: Path
    said: str

    @property
    def programs(self) -> tuple[Path, ...]:
        """`uv`, and `uvx` where this uv has one already."""
        return tuple(self.bin / name for name in _PROGRAMS if (self.bin / name).is_file())


def provide_uv(
    requirement: str,
    *,
    cache: Path,
    python: Path,
    environ: Mapping[str, str],
    say: Callable[[str], None],
) -> UvRelease:
    """uv as `requirement` wants it ("==0.10.6", "==0.10.*", "<0.10", "" for the newest).

    An exact version that is in the cache needs no network. Anything else is asked of PyPI; without
    a network the newest match in the cache serves, and `said` admits it. `python` is any
    interpreter, for uv to judge wheels by. Raises `ToolchainUnavailable` if there is no such uv,
    `NetworkUnavailable` if it cannot be fetched.
    """
    exact = _EXACT.fullmatch(requirement)
    if exact is not None:
        place = _place(cache, exact[1])
        if sound(place, measure=_hashes) is not None:
            return _release(place, exact[1], f"uv {exact[1]} from PyPI")
    environment = uv_environment(environ)
    try:
        pinned, version = _resolve(requirement, cache, python, environment)
    except NetworkUnavailable:
        newest = _newest_cached(requirement, cache)
        if exact is not None or newest is None:
            raise
        said = (
            f"uv {newest}, the newest {_spoken(requirement)} in the cache, "
            "because PyPI cannot be reached"
        )
        return _release(_place(cache, newest), newest, said)
    place = _place(cache, version)

    def make(directory: Path) -> Mapping[str, str]:
        say(f"uv {version} from PyPI")
        return _install(pinned, version, directory, python, environment)

    keep(place, make, measure=_hashes)
    said = f"uv {version} from PyPI"
    if exact is None:
        said += f" (the newest {_spoken(requirement)})"
    return _release(place, version, said)


def kept_uv(requirement: str, *, cache: Path) -> str | None:
    """The version in the cache that serves a requirement; None if it must come from PyPI."""
    exact = _EXACT.fullmatch(requirement)
    if exact is None:
        return _newest_cached(requirement, cache)
    return exact[1] if sound(_place(cache, exact[1]), measure=_hashes) is not None else None


def own_uv(*, cache: Path) -> UvRelease:
    """The uv that gluv itself depends on, for jobs that name no image; needs no network."""
    from importlib.metadata import version as installed_version

    version = installed_version("uv")
    place = cache / "uv" / f"own-{version}-{sysconfig.get_platform()}"

    def make(directory: Path) -> Mapping[str, str]:
        (directory / "bin").mkdir()
        uv = Path(find_uv_bin())
        for name in _PROGRAMS:
            if (uv.parent / name).is_file():
                copy_file(uv.parent / name, directory / "bin" / name)
        _close(directory)
        return {"version": version}

    keep(place, make, measure=_hashes)
    return UvRelease(version=version, bin=place / "bin", said=f"uv {version}, gluv's own")


def _spoken(requirement: str) -> str:
    series = re.search(r"==(\d+\.\d+)\.\*", requirement)
    below = re.search(r"<([\d.]+)", requirement)
    parts = [series[1]] if series else []
    if below:
        parts.append(f"before {below[1]}")
    return " ".join(parts) or "there is"


def _place(cache: Path, version: str) -> Path:
    return cache / "uv" / f"{version}-{sysconfig.get_platform()}"


def _release(place: Path, version: str, said: str) -> UvRelease:
    return UvRelease(version=version, bin=place / "bin", said=said)


def _newest_cached(requirement: str, cache: Path) -> str | None:
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion, Version

    found: list[Version] = []
    for place in (cache / "uv").glob(f"[0-9]*-{sysconfig.get_platform()}"):
        try:
            version = Version(place.name.partition("-")[0])
        except InvalidVersion:
            continue
        if SpecifierSet(requirement).contains(version) and sound(place, measure=_hashes):
            found.append(version)
    return str(max(found)) if found else None


def _resolve(
    requirement: str, cache: Path, python: Path, environment: Mapping[str, str]
) -> tuple[str, str]:
    """(a requirements file with hashes, the version) for the newest match PyPI has."""
    done = run(
        [
            find_uv_bin(),
            *("pip", "compile", "--quiet", "--generate-hashes", "--no-deps"),
            *("--no-header", "--no-annotate", "--only-binary", "uv", "--python", python, "-"),
        ],
        cwd=Path(cache.anchor),  # outside of any project, whose settings are not meant
        env=environment,
        stdin=f"uv{requirement}\n",
    )
    if done.code != 0:
        raise _failed(done, requirement)
    found = re.match(r"\s*uv==(\S+)", done.stdout)
    if found is None or "--hash=" not in done.stdout:
        raise ToolchainUnavailable(
            "the package index gives no hashes for uv, so that a download cannot be verified",
            hint="use an index that does, PyPI for example (UV_DEFAULT_INDEX)",
        )
    return done.stdout, found[1]


def _install(
    pinned: str, version: str, directory: Path, python: Path, environment: Mapping[str, str]
) -> Mapping[str, str]:
    done = run(
        [
            find_uv_bin(),
            *("pip", "install", "--quiet", "--require-hashes", "--no-deps", "--no-build"),
            *("--python", python, "--target", directory, "-r", "-"),
        ],
        cwd=directory,
        env=environment,
        stdin=pinned,
    )
    if done.code != 0:
        raise _failed(done, f"=={version}")
    if not (directory / "bin/uv").is_file():
        raise Internal(f"the wheel of uv {version} contains no uv")
    _close(directory)
    return {"version": version}


def _close(directory: Path) -> None:
    """Take away the right to write, so that a job that follows a link cannot."""
    for name in _PROGRAMS:
        if (directory / "bin" / name).is_file():
            (directory / "bin" / name).chmod(0o555)


def _hashes(place: Path) -> dict[str, str]:
    """The programs are what matters; a damaged one must never run."""
    hashes: dict[str, str] = {}
    for name in _PROGRAMS:
        path = place / "bin" / name
        if path.is_file():
            hashes[name] = remembered_hash(path, place / ".gluv-hashes.json")
    return hashes


def _failed(done: Completed, requirement: str) -> Stop:
    text = done.stderr.strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = lines[-1].removeprefix("cause: ") if lines else f"uv exited with {done.code}"
    wanted = f"uv{requirement}".replace("uv==", "uv ")
    if any(sign in text for sign in _UNREACHABLE):
        return NetworkUnavailable(
            f"{wanted} is not in the cache and PyPI cannot be reached: {last}",
            hint="run once with a network, or tell uv of a mirror (UV_DEFAULT_INDEX); "
            "afterwards this version is used offline",
        )
    if "No space left" in text or "os error 28" in text:
        return StoreUnavailable(
            f"{wanted} cannot be unpacked: {last}", hint="make room on the disk of the cache"
        )
    if "No solution found" in text:
        return ToolchainUnavailable(
            f"{wanted} is not on PyPI, at least not for this machine: {last}",
            hint="check the version in the image's tag",
        )
    return ToolchainUnavailable(f"{wanted} cannot be fetched: {last}", hint="\n".join(lines[:5]))
