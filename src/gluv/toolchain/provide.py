"""From an `image:` to what stands in for it on this machine."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gluv.errors import StoreUnavailable, ToolchainUnavailable
from gluv.toolchain.catalogue import load, read_release
from gluv.toolchain.differences import python_difference, system_differences
from gluv.toolchain.reference import ImageReference, parse_reference
from gluv.toolchain.wanted import Wanted, read_wanted

if TYPE_CHECKING:
    from gluv.toolchain.private_python import PrivatePython
    from gluv.toolchain.uv_release import UvRelease

# From this release on uv's images let `uv tool install` put programs where PATH finds them.
_TOOL_BIN_SINCE = (0, 8, 0)


class Furnished(msgspec.Struct, frozen=True):
    """What a job finds: entries for the front of its PATH, and the image's own `ENV`."""

    path: tuple[Path, ...]
    environment: dict[str, str]


class Toolchain(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in for one image; made once in a run and shared by its jobs.

    `image` is the reference after variable expansion, None if the job names none. `said` are lines
    about what was provided, `differences` clauses about what is not as on GitLab.
    """

    image: str | None
    said: tuple[str, ...]
    differences: tuple[str, ...]
    uv: "UvRelease | None" = None
    python: "PrivatePython | None" = None
    base: str | None = None

    @property
    def content(self) -> str:
        """What `furnish` lays out, whatever the directory."""
        parts = [str(self.uv.bin)] if self.uv is not None else []
        if self.python is not None:
            parts += [str(self.python.store), self.python.purelib, self.python.scripts]
        return "\n".join(["tools", *parts])

    def find(self, directory: Path) -> Furnished:
        """What `furnish` gave, for a directory that it has laid out and that was moved since."""
        directory = directory.absolute()
        return self._furnished(
            directory, self.python.path(directory) if self.python is not None else ()
        )

    def launchers(self, directory: Path) -> dict[str, str]:
        """The text of the files that hold the place of the directory, by their paths in it."""
        return self.python.launchers(directory.absolute()) if self.python is not None else {}

    def furnish(self, directory: Path) -> Furnished:
        """Make what belongs to one job alone in `directory`, which is the job's to remove.

        Raises `StoreUnavailable` if it cannot be written.
        """
        directory = directory.absolute()
        own = directory / "bin"
        try:
            own.mkdir(parents=True, exist_ok=True)
            path = self.python.furnish(directory) if self.python is not None else ()
            if self.uv is not None:
                # A uv that the job installs takes the place of these links, as in the image.
                for program in self.uv.programs:
                    (own / program.name).symlink_to(program)
        except OSError as error:
            raise StoreUnavailable(
                f"the job's tools cannot be laid out: {error}",
                hint=f"is {directory.parent} writable, and is there space left on its disk?",
            ) from error
        return self._furnished(directory, path)

    def _furnished(self, directory: Path, path: tuple[Path, ...]) -> Furnished:
        own = directory / "bin"
        environment: dict[str, str] = {}
        if self.python is not None and self.base is not None and self.base.startswith("python:"):
            from gluv.toolchain.cpython import image_environment

            environment.update(image_environment(self.python.interpreter.version))
        if (
            self.uv is not None
            and self.base is not None
            and read_release(self.uv.version) >= _TOOL_BIN_SINCE
        ):
            environment["UV_TOOL_BIN_DIR"] = str(own)
        return Furnished(tuple(dict.fromkeys((*path, own))), environment)


def provide(
    reference: str | None,
    *,
    cache: Path,
    entrypoint: tuple[str, ...] | None,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    default_image: str | None,
) -> Toolchain:
    """What stands in for `reference`; without one for `default_image`, as GitLab's runner does it.

    `environ` is the caller's environment, `say` is told what takes time. Blocks; safe to run in
    several threads and processes at once. Raises `ToolchainUnavailable`, `NetworkUnavailable` or
    `StoreUnavailable`, each with the next step.
    """
    cache = cache.absolute()
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(
            f"the cache of tools cannot be made: {error}", hint=f"is {cache.parent} writable?"
        ) from error
    if reference is None and default_image is None:
        return _without_image(cache, environ, say)
    text = reference if reference is not None else default_image
    assert text is not None
    image = parse_reference(text)
    wanted = read_wanted(image, load(), entrypoint)
    uv = None
    if wanted.uv is not None:
        from gluv.toolchain.uv_release import provide_uv

        uv = provide_uv(
            wanted.uv, cache=cache, python=Path(sys.executable), environ=environ, say=say
        )
    python = None
    if wanted.python is not None:
        from gluv.toolchain.obtain_python import obtain_python

        python = obtain_python(wanted.python, cache=cache, environ=environ, say=say)
    in_image = _patch(wanted, uv)
    said = list(wanted.notes)
    if uv is not None:
        said.append(uv.said)
    if python is not None:
        shown = wanted.python if wanted.python != "3" else python.interpreter.series
        line = f"CPython {shown} from {python.interpreter.where}"
        if in_image not in {None, python.interpreter.version}:
            line += f", the image has {in_image}"
        said.append(line)
    if uv is None and python is None:
        said.append(f"this machine's own shell and commands instead of {text}")
    return Toolchain(
        image=text,
        said=tuple(said),
        differences=_differences(image, wanted, python, in_image, entrypoint),
        uv=uv,
        python=python,
        base=wanted.base,
    )


def _patch(wanted: Wanted, uv: "UvRelease | None") -> str | None:
    """The complete version of the image's Python, if it can be known."""
    if wanted.python is None:
        return None
    if wanted.python.count(".") == 2:
        return wanted.python
    if uv is None:
        return None
    from gluv.toolchain.cpython import patch_in_image

    return patch_in_image(load(), read_release(uv.version), wanted.python)


def _differences(
    image: ImageReference,
    wanted: Wanted,
    python: "PrivatePython | None",
    in_image: str | None,
    entrypoint: tuple[str, ...] | None,
) -> tuple[str, ...]:
    # General words where they are true of several images: a run says the same thing once.
    clauses = ["images were provided natively, not as containers"]
    clauses += system_differences(wanted)
    if python is None and wanted.uv is None:
        clauses.append(
            f"scripts ran in this machine's own shell, nothing of {image.text} was there"
        )
    if python is not None and wanted.python is not None:
        here = python.interpreter.version
        clause = python_difference(here, in_image, wanted.python)
        if clause is not None:
            clauses.append(clause)
        if not python.has_headers:
            clauses.append(
                f"C headers of Python {python.interpreter.series} are absent, the image has them"
            )
    elif wanted.uv is not None:
        clauses.append(
            "the image brings no Python for uv; a `python3` in the job is this machine's"
        )
    if image.digest is not None:
        clauses.append(f"the digest {image.digest[:19]}... was not checked")
    if entrypoint is not None and any(entrypoint):
        clauses.append(f"the entrypoint {' '.join(entrypoint)} was not run")
    if hasattr(os, "geteuid") and os.geteuid() != 0:
        clauses.append("jobs ran as you, in the image they run as root")
    return tuple(clauses)


def _without_image(
    cache: Path, environ: Mapping[str, str], say: Callable[[str], None]
) -> Toolchain:
    """No image, no default: gluv's own uv and the best Python of this machine."""
    from gluv.toolchain.obtain_python import obtain_python
    from gluv.toolchain.uv_release import own_uv

    uv = own_uv(cache=cache)
    said = [uv.said]
    try:
        python = obtain_python("3", cache=cache, environ=environ, say=say, download=False)
        said.append(f"CPython {python.interpreter.series} from {python.interpreter.where}")
    except ToolchainUnavailable:
        python = None
        said.append("no Python: none of this machine's can be given to a job")
    return Toolchain(
        image=None,
        said=tuple(said),
        differences=(
            "no image is named: GitLab uses its runner's default image, which is most likely not "
            "one with uv; here it was gluv's own uv and a Python of this machine "
            "(default-image in [tool.gluv] says otherwise)",
        ),
        uv=uv,
        python=python,
    )
