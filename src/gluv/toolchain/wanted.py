"""What an image reference asks for: which uv, which Python, on which system."""

import re

import msgspec

from gluv.errors import ImageUnknown, ToolchainUnavailable
from gluv.text.pattern import later
from gluv.toolchain.catalogue import Catalogue, Release, parse_tag, python_of, read_release
from gluv.toolchain.reference import ImageReference

_PYTHON_TAG = later(
    r"(?P<version>\d+(?:\.\d+){0,2})?(?P<pre>-rc|(?:a|b|rc)\d+)?(?P<threads>t)?"
    r"(?:-?(?P<flavour>(?:slim|alpine|bookworm|trixie|bullseye|buster|windowsservercore|nanoserver)"
    r"[a-z0-9.-]*))?"
)
_PLAIN = {"alpine", "busybox", "buildpack-deps", "debian", "ubuntu"}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of an image, as far as they can be provided without it.

    `uv` is a requirement for uv ("==0.10.6", "==0.10.*", "<0.10", ""), None for an image without
    it. `python` is "3.12", "3.12.4", "3" (any), or None. `base` is the image underneath,
    "debian:trixie-slim". `notes` are sentences for the user.
    """

    uv: str | None = None
    python: str | None = None
    base: str
    notes: tuple[str, ...] = ()


def read_wanted(
    reference: ImageReference, catalogue: Catalogue, entrypoint: tuple[str, ...] | None
) -> Wanted:
    """What `reference` contains.

    Raises `ToolchainUnavailable` for a tag that was never published, for a distroless image, which
    cannot run a job, and for an image of which nothing is known.
    """
    if reference.tag is None:
        raise ToolchainUnavailable(
            f"{reference.text} names its contents by digest alone",
            hint="gluv reads from the tag what the image contains; write it before the digest: "
            f"{reference.name}:TAG@{reference.digest}",
        )
    if reference.is_uv:
        return _read_uv(reference, reference.tag, catalogue, entrypoint)
    if reference.is_python:
        return _read_python(reference, reference.tag)
    family = reference.repository.removeprefix("library/")
    if reference.registry == "docker.io" and family in _PLAIN:
        return Wanted(base=f"{family}:{reference.tag}")
    raise ImageUnknown(
        f"{reference.text} cannot be provided without containers",
        hint="gluv provides ghcr.io/astral-sh/uv, docker.io/astral/uv and python:X.Y natively, and "
        "lets this machine's shell stand in for " + ", ".join(sorted(_PLAIN)),
    )


def needs_container(reference: ImageReference) -> bool:
    """Whether this machine has nothing of the image: it is neither one of uv's nor Python's."""
    return not (reference.is_uv or reference.is_python)


def _read_uv(
    reference: ImageReference,
    text: str,
    catalogue: Catalogue,
    entrypoint: tuple[str, ...] | None,
) -> Wanted:
    tag = parse_tag(text)
    release = read_release(tag.version) if tag.version else None
    if tag.suffix is None:
        raise _distroless(reference, release, catalogue, entrypoint)
    known = read_release(catalogue.newest)
    notes: tuple[str, ...] = ()
    judged = release
    if release is not None and release > known[: len(release)]:
        judged = known
        notes = (
            f"uv {tag.version} is newer than gluv's catalogue of image tags; "
            f"judged by those of uv {catalogue.newest}",
        )
    periods = catalogue.periods(tag.suffix, judged)
    if not periods:
        raise _never_published(reference, tag.version, tag.suffix, judged or known, catalogue)
    last = periods[-1]
    match release:
        case None:
            # A suffix that is no longer built keeps pointing to the last uv it was built for.
            requirement = "" if last.before is None else f"<{last.before}"
        case (_, _):
            requirement = f"=={tag.version}.*"
            if last.before is not None and read_release(last.before)[:2] == release:
                requirement += f",<{last.before}"
        case _:
            requirement = f"=={tag.version}"
    python = python_of(tag.suffix)
    if python is not None and python.endswith("-rc"):
        raise _unreleased(reference)
    return Wanted(
        uv=requirement,
        python=python,
        base=last.base,
        notes=notes,
    )


def _distroless(
    reference: ImageReference,
    release: Release | None,
    catalogue: Catalogue,
    entrypoint: tuple[str, ...] | None,
) -> ToolchainUnavailable:
    known = read_release(catalogue.newest)
    shown = reference.tag if release is not None else catalogue.newest
    suffix = "python3.12-trixie-slim"
    judged = known if release is None or release > known[: len(release)] else release
    if not catalogue.periods(suffix, judged):
        suffix = catalogue.nearest(suffix, judged) or suffix
    if entrypoint is None:
        why = (
            "its entrypoint is uv itself, which GitLab's runner hands the script to: "
            "error: unrecognized subcommand 'sh'"
        )
    else:
        why = (
            "an entrypoint does not help, the image has no shell: "
            'exec: "sh": executable file not found in $PATH'
        )
    return ToolchainUnavailable(
        f"the job cannot run: {reference.text} is distroless, it contains uv and nothing else; "
        f"on GitLab the job fails as well ({why})",
        hint=f"add a suffix that brings a system, for example {reference.name}:{shown}-{suffix}",
    )


def _never_published(
    reference: ImageReference,
    version: str | None,
    suffix: str,
    release: Release,
    catalogue: Catalogue,
) -> ToolchainUnavailable:
    prefix = f"{version}-" if version else ""
    newer = version is None or read_release(version) > read_release(catalogue.newest)
    told = f"; gluv's catalogue of tags ends with uv {catalogue.newest}" if newer else ""
    python = re.match(r"python(3\.\d)(?=-|$)", suffix)
    hint = ""
    if version in {"0.1", "0.2", "0.3"}:
        hint = (
            f"was {version}0 meant? Without quotes YAML reads {version}0 as the number {version}: "
            f'write UV_VERSION: "{version}0"'
        )
    elif python and read_release(python[1]) < (3, 8):
        hint = (
            f"was Python {python[1]}0 meant? Without quotes YAML reads {python[1]}0 as the number "
            f'{python[1]}: write PYTHON_VERSION: "{python[1]}0"'
        )
    elif (nearest := catalogue.nearest(suffix, release)) is not None:
        hint = f"the nearest tag that was: {reference.name}:{prefix}{nearest}"
    elif release < (0, 4, 4):
        hint = "uv's first images with a system are those of uv 0.4.4"
    periods = catalogue.periods(suffix)
    if periods:
        end = periods[-1].before
        told += f" ({suffix}: from uv {periods[0].since} on"
        told += f", no longer since {end})" if end else ")"
    return ToolchainUnavailable(
        f"the tag {prefix}{suffix} of {reference.name} was never published{told}", hint=hint
    )


def _read_python(reference: ImageReference, tag: str) -> Wanted:
    found = _PYTHON_TAG.fullmatch("" if tag == "latest" else tag)
    version = found["version"] if found else None
    if found is None or (found["version"] is None and found["pre"]):
        raise ToolchainUnavailable(
            f"{reference.text}: gluv does not know this tag of the python image",
            hint="gluv reads X.Y, X.Y.Z and X.Y-SYSTEM, for example python:3.12-slim",
        )
    if found["pre"] or found["threads"]:
        raise _unreleased(reference)
    if version and version != "3" and read_release(version)[:2] < (3, 8):
        number = ".".join(version.split(".")[:2])
        hint = "gluv provides Python 3.8 and newer"
        if number == "3.1":
            hint = (
                "was python:3.10 meant? Without quotes YAML reads 3.10 as the number 3.1: "
                'write PYTHON_VERSION: "3.10"'
            )
        raise ToolchainUnavailable(f"{reference.text}: there is no such image here", hint=hint)
    flavour = found["flavour"] or ""
    if flavour.startswith(("windows", "nano")):
        raise ToolchainUnavailable(
            f"{reference.text} is a Windows image; gluv runs jobs on Linux and macOS"
        )
    return Wanted(
        python=version or "3",
        base=f"python:{tag}",
    )


def _unreleased(reference: ImageReference) -> ToolchainUnavailable:
    return ToolchainUnavailable(
        f"{reference.text}: pre-releases and free-threaded builds of Python are not provided",
        hint="name a released Python, for example 3.13",
    )
