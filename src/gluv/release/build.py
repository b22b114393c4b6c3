"""`uv build`, once for the same sources: wheels and sdists in `dist/`."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from gluv.host.files import write_whole
from gluv.release.distribution import find_files
from gluv.release.project import Package
from gluv.release.stop import ReleaseStopped
from gluv.release.uv import Uv, flags_of, run_uv

RECORD = ".gluv-build.json"
_NOT_SOURCES = frozenset({".git", ".venv", ".gluv", "__pycache__", "node_modules"})


class Build(msgspec.Struct, frozen=True, kw_only=True):
    """What to build: packages of a project, into a folder, from a commit.

    `whole` builds a workspace with `--all-packages`; `epoch` is the commit's time in seconds, which
    becomes SOURCE_DATE_EPOCH so that a second build of the commit gives the same bytes. `outputs`
    are files of the project that a release writes, and so no sources.
    """

    uv: Uv
    root: Path
    packages: tuple[Package, ...]
    whole: bool
    sources: bool
    directory: Path
    commit: str
    epoch: int | None
    outputs: tuple[Path, ...] = ()


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    """What was built from what: kept beside the files, so that a second run need not build."""

    sources: str
    files: dict[str, str]


def already_built(build: Build, environ: Mapping[str, str]) -> bool:
    """Whether the folder holds exactly what a finished build of these very sources left there."""
    try:
        record = msgspec.json.decode((build.directory / RECORD).read_bytes(), type=_Record)
    except (OSError, msgspec.MsgspecError):
        return False
    if not record.files or record.files != _hashes(build.directory):
        return False
    return record.sources == _fingerprint(build, environ)


def build_files(build: Build, environ: Mapping[str, str], output: Callable[[str], None]) -> None:
    """Build every package. Raises `ReleaseStopped` when uv or a build backend fails."""
    flags = flags_of(build.uv, "build", environ)
    clear = "--clear" in flags
    (build.directory / RECORD).unlink(missing_ok=True)
    if not clear:
        _clear(build.directory)
    with ExitStack() as stack:
        env = _environment(build, environ, stack)
        for index, target in enumerate(_targets(build)):
            arguments: list[str | Path] = ["build", *target, "--out-dir", build.directory]
            arguments += [] if build.sources else ["--no-sources"]
            # Only the first may clear: the others would remove what it built.
            arguments += ["--clear"] if clear and index == 0 else []
            done = run_uv(build.uv, arguments, cwd=build.root, env=env, output=output)
            if done.code != 0:
                raise ReleaseStopped(
                    f"uv build ended with exit code {done.code}; nothing was published",
                    hint=_hint(done.tail, build),
                )
    record = _Record(sources=_fingerprint(build, environ), files=_hashes(build.directory))
    write_whole(build.directory / RECORD, msgspec.json.encode(record))


def uv_cache_inside(root: Path, environ: Mapping[str, str]) -> Path | None:
    """uv's cache, relative to the project, if it lies inside: then a backend may pack it."""
    named = environ.get("UV_CACHE_DIR", "")
    if not named:
        return None
    path = (root / named).resolve()
    inside = path != root.resolve() and path.is_relative_to(root.resolve())
    return path.relative_to(root.resolve()) if inside else None


def _targets(build: Build) -> list[list[str | Path]]:
    if build.whole:
        return [["--all-packages"]]
    if len(build.packages) == 1 and build.packages[0].directory == build.root:
        return [[]]
    return [["--package", package.name] for package in build.packages]


def _environment(build: Build, environ: Mapping[str, str], stack: ExitStack) -> dict[str, str]:
    env = dict(environ)
    if build.epoch is not None:
        env.setdefault("SOURCE_DATE_EPOCH", str(build.epoch))
    if uv_cache_inside(build.root, environ) is not None:
        # uv 0.11.25 refuses to build with its cache inside the sources, hatchling packs it.
        directory = tempfile.TemporaryDirectory(prefix="gluv-uv-cache-", ignore_cleanup_errors=True)
        env["UV_CACHE_DIR"] = stack.enter_context(directory)
    return env


def _clear(directory: Path) -> None:
    """What `uv build --clear` does, for a uv without it: built files only."""
    for path in find_files(directory) if directory.is_dir() else []:
        path.unlink()


def _fingerprint(build: Build, environ: Mapping[str, str]) -> str:
    """A hash of everything that decides the build and can be seen: sources, uv, time, tag."""
    digest = hashlib.sha256()
    said: Sequence[object] = (
        build.uv.version,
        build.commit,
        environ.get("SOURCE_DATE_EPOCH", build.epoch),
        build.sources,
        [package.key for package in build.packages],
    )
    digest.update(repr(said).encode())
    for path in _sources(build, environ):
        digest.update(f"\0{path.relative_to(build.root).as_posix()}\0".encode())
        digest.update(_sha256(path).encode())
    return digest.hexdigest()


def _sources(build: Build, environ: Mapping[str, str]) -> Iterator[Path]:
    cache = uv_cache_inside(build.root, environ)
    skipped = {build.directory.resolve()} | {path.resolve() for path in build.outputs}
    if cache is not None:
        skipped.add(build.root.resolve() / cache)
    # What a killed release left of an output that it was writing is no source either.
    halves = tuple(f".{path.name}." for path in build.outputs)
    for folder, names, files in os.walk(build.root):
        here = Path(folder)
        names[:] = sorted(
            name
            for name in names
            if name not in _NOT_SOURCES and (here / name).resolve() not in skipped
        )
        for name in sorted(files):
            path = here / name
            if path.is_file() and path.resolve() not in skipped and not name.startswith(halves):
                yield path


def _hashes(directory: Path) -> dict[str, str]:
    return {path.name: _sha256(path) for path in find_files(directory)}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hint(tail: str, build: Build) -> str:
    if "malformed pax extension" in tail:
        return (
            f"uv {build.uv.version} is older than the uv_build it fetched: pin uv_build in "
            "[build-system] requires, or use a newer uv"
        )
    if "not a workspace member" in tail or ("distribution" in tail and "editable" in tail):
        return "the build needs another member of the workspace: --sources"
    return "uv's own words are above; `uv build` here does the same"
