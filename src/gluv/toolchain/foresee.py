"""What would stand in for an image here, told without fetching or making anything."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from gluv.toolchain.catalogue import load
from gluv.toolchain.interpreters import find
from gluv.toolchain.obtain_python import downloads_allowed
from gluv.toolchain.reference import parse_reference
from gluv.toolchain.uv_release import kept_uv
from gluv.toolchain.wanted import read_wanted


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """`said` tells where each part comes from. `fetches` are the parts the network must bring.

    `missing` is the Python that is neither here nor may be downloaded.
    """

    said: tuple[str, ...]
    fetches: tuple[str, ...] = ()
    missing: str | None = None


def foresee(
    reference: str | None,
    *,
    cache: Path,
    entrypoint: tuple[str, ...] | None,
    environ: Mapping[str, str],
    default_image: str | None,
) -> Foreseen:
    """What `provide` would do; without an image, for `default_image` or gluv's own uv.

    Raises `ToolchainUnavailable` for an image that `provide` would refuse whatever is here.
    """
    text = reference if reference is not None else default_image
    if text is None:
        return Foreseen(said=("no image is named: gluv's own uv and a Python of this machine",))
    wanted = read_wanted(parse_reference(text), load(), entrypoint)
    said = list(wanted.notes)
    fetches: list[str] = []
    missing: str | None = None
    if wanted.uv is not None:
        kept = kept_uv(wanted.uv, cache=cache)
        name = f"uv {kept or wanted.uv.removeprefix('==') or 'newest'}"
        said.append(f"{name} from the cache" if kept else f"{name} from PyPI, when first needed")
        fetches += [] if kept else [name]
    if wanted.python is not None:
        here = next(find(wanted.python, environ), None)
        shown = wanted.python
        if here is not None:
            said.append(f"CPython {shown} from {here.where}")
        elif downloads_allowed(environ):
            said.append(f"CPython {shown} by uv python install, when first needed")
            fetches.append(f"CPython {shown}")
        else:
            said.append(f"CPython {shown}: not on this machine, and downloads are switched off")
            missing = shown
    if wanted.uv is None and wanted.python is None:
        said.append("this machine's own shell and commands")
    return Foreseen(said=tuple(said), fetches=tuple(fetches), missing=missing)
