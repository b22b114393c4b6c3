"""Which uv, which Pythons and which system the images of a pipeline have."""

import re
from typing import Literal, Protocol

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from gluv.errors import UsageWrong
from gluv.scaffold.facts import Facts

ReleaseTo = Literal["gitlab", "pypi", "none"]

# gluv itself needs this Python; the release job runs it.
GLUV_PYTHON = (3, 11)
_BASES = ("trixie", "bookworm")


class Images(Protocol):
    """What is known of uv's images: `gluv.toolchain.catalogue`."""

    @property
    def newest(self) -> str:
        """The last uv whose tags are known."""

    @property
    def releases(self) -> tuple[str, ...]:
        """Versions of uv at which the set of tags changed."""

    def suffixes(self, uv: str) -> tuple[str, ...]:
        """What was published for a complete version; for an unknown newer one as for `newest`."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the user wants otherwise than gluv would choose."""

    pythons: tuple[str, ...] = ()
    base_layer: str | None = None
    release: ReleaseTo | None = None


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What the pipeline names; `python` is for the jobs that run once. `notes` are for the user."""

    uv: str
    pythons: tuple[str, ...]
    python: str
    base_layer: str
    release: ReleaseTo
    notes: tuple[str, ...] = ()


def choose(facts: Facts, options: Options, images: Images, own_uv: str) -> Choices:
    """Decide; `own_uv` is the version of uv that gluv comes with.

    Raises `UsageWrong` for a Python or a base layer that no image has, and for a release of
    something that is no package.
    """
    notes: list[str] = []
    uv = _choose_uv(facts, images, own_uv, notes)
    suffixes = images.suffixes(uv)
    base = _choose_base(facts, options, suffixes, uv, notes)
    pythons = _choose_pythons(facts, options, suffixes, base, uv)
    release: ReleaseTo = options.release or ("gitlab" if facts.packages else "none")
    if release != "none" and not facts.packages:
        raise UsageWrong(
            "there is no package to release: no pyproject.toml here has a [build-system]",
            hint="use --release none, or make it a package: uv init --package",
        )
    pinned = facts.pinned if facts.pinned in pythons else None
    return Choices(
        uv=uv,
        pythons=pythons,
        python=pinned or pythons[-1],
        base_layer=base,
        release=release,
        notes=tuple(notes),
    )


def number(version: str) -> tuple[int, ...]:
    """`"3.12"` as numbers that compare."""
    return tuple(int(part) for part in version.split("."))


def _choose_uv(facts: Facts, images: Images, own_uv: str, notes: list[str]) -> str:
    """What the project asks for, else what it locks, else gluv's own as far as images are known."""
    wanted = _specifier(facts.uv_required) if facts.uv_required else None
    if wanted is None and facts.uv_locked:
        wanted = SpecifierSet(f"=={facts.uv_locked}")
    exact = next((each.version for each in wanted or () if each.operator in ("==", "===")), None)
    if exact is not None and re.fullmatch(r"\d+\.\d+\.\d+", exact):
        return exact
    backend = _backend_minor(facts)
    newest = min(images.newest, own_uv, key=Version)
    known = {newest, *images.releases}
    for clause in wanted or ():
        known |= {clause.version} if re.fullmatch(r"\d+\.\d+\.\d+", clause.version) else set()
    fitting = [
        version
        for version in sorted(known, key=Version, reverse=True)
        if (wanted is None or wanted.contains(version)) and number(version)[:2] >= backend
    ]
    if fitting:
        return fitting[0]
    if (wanted is None or wanted.contains(own_uv)) and number(own_uv)[:2] >= backend:
        notes.append(
            f"uv {own_uv} is newer than the images gluv knows (they end with {images.newest}): "
            "check that its image was published"
        )
        return own_uv
    asked = facts.uv_required or " ".join(facts.uv_build)
    raise UsageWrong(
        f"no image of uv is known that satisfies {asked}",
        hint="loosen required-version in [tool.uv] or the bounds of uv_build in [build-system]",
    )


def _specifier(text: str) -> SpecifierSet:
    """`[tool.uv] required-version`; a bare version means exactly that one."""
    try:
        return SpecifierSet(f"=={Version(text)}")
    except InvalidVersion:
        pass
    try:
        return SpecifierSet(text)
    except InvalidSpecifier as error:
        raise UsageWrong(f"[tool.uv] required-version is not a version: {error}") from error


def _backend_minor(facts: Facts) -> tuple[int, ...]:
    """The least `X.Y` of uv that unpacks what the bounded `uv_build` of the project packs.

    An older uv stops at its sdist ("malformed pax extension").
    """
    found = [
        number(match[1])
        for item in facts.uv_build
        if (match := re.search(r"(?:>=|==|~=)\s*(\d+\.\d+)", item))
    ]
    return max(found, default=(0, 0))


def _choose_base(
    facts: Facts, options: Options, suffixes: tuple[str, ...], uv: str, notes: list[str]
) -> str:
    """A slim Debian, the full one where git is needed, unless the user says."""
    bases = {suffix.partition("-")[2] for suffix in suffixes if suffix.startswith("python")}
    base = options.base_layer
    if base is not None:
        if base not in bases:
            known = ", ".join(sorted(bases))
            raise UsageWrong(
                f"uv {uv} has no image with the base layer {base}", hint=f"there are: {known}"
            )
        if facts.needs_git and ("slim" in base or "alpine" in base):
            notes.append(
                f"{base} brings no git, which this project needs for its version or a dependency"
            )
        return base
    ending = "" if facts.needs_git else "-slim"
    for name in _BASES:
        if f"{name}{ending}" in bases:
            return f"{name}{ending}"
    raise UsageWrong(
        f"the images of uv {uv} are older than those gluv writes pipelines for",
        hint="raise required-version in [tool.uv], or name a --base-layer",
    )


def _choose_pythons(
    facts: Facts, options: Options, suffixes: tuple[str, ...], base: str, uv: str
) -> tuple[str, ...]:
    """Those with an image that the project supports; an app needs only its own."""
    pattern = re.compile(rf"python(\d+\.\d+)-{re.escape(base)}")
    imaged = sorted(
        {found[1] for suffix in suffixes if (found := pattern.fullmatch(suffix))}, key=number
    )
    for python in options.pythons:
        if python not in imaged:
            raise UsageWrong(
                f"uv {uv} has no image with Python {python} on {base}",
                hint=f"there are: {', '.join(imaged)}",
            )
    if options.pythons:
        return tuple(sorted(dict.fromkeys(options.pythons), key=number))
    supported = [
        python for python in imaged if all(_admits(each, python) for each in facts.requires_python)
    ]
    if not supported:
        raise UsageWrong(
            f"no image of uv {uv} has a Python that satisfies {', '.join(facts.requires_python)}",
            hint="check requires-python, or name a Python with --python",
        )
    if not facts.packages:
        pinned = facts.pinned
        return (pinned if pinned is not None and pinned in supported else supported[-1],)
    named = [python for python in supported if python in facts.classifiers]
    return tuple(named or supported)


def _admits(specifier: str, python: str) -> bool:
    """Whether some release of a Python series satisfies a specifier."""
    try:
        allowed = SpecifierSet(specifier)
    except InvalidSpecifier as error:
        raise UsageWrong(f"requires-python is not a specifier: {error}") from error
    return any(allowed.contains(f"{python}.{patch}") for patch in range(40))
