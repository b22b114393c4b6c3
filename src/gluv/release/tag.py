"""What a tag says: a version, and perhaps which package of a workspace it is for."""

import re
from collections.abc import Iterable

import msgspec
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from gluv.release.stop import ReleaseStopped

PATTERNS = (
    "v{version}",
    "{version}",
    "{name}-v{version}",
    "{name}-{version}",
    "{name}/v{version}",
    "{name}/{version}",
    "{name}@v{version}",
    "{name}@{version}",
)
"""The tags that are understood when the project names no pattern."""


class TagRead(msgspec.Struct, frozen=True, kw_only=True):
    """A tag that was understood; `package` is the normalised name it holds, None if none.

    `before` is the text in front of the version, which the tags of earlier releases share.
    """

    tag: str
    version: str
    package: str | None
    before: str

    def agrees(self, version: str) -> bool:
        """Whether a version is the tag's, as PEP 440 compares: `1.0` is `1.0.0`."""
        try:
            return Version(version) == Version(self.version)
        except InvalidVersion:
            return False


def read_tag(tag: str, names: Iterable[str], patterns: tuple[str, ...]) -> TagRead:
    """Understand a tag by the first pattern that fits; `names` are the packages there are.

    Raises `ReleaseStopped` if none fits.
    """
    known = [canonicalize_name(name) for name in names]
    tried = patterns or PATTERNS
    for pattern in tried:
        for name in known if "{name}" in pattern else [None]:
            match = re.fullmatch(_expression(pattern, name), tag)
            if match is None or not _is_version(match["version"]):
                continue
            return TagRead(
                tag=tag,
                version=match["version"],
                package=name,
                before=tag[: match.start("version")],
            )
    raise ReleaseStopped(
        f"the tag {tag} names no version; understood are: {', '.join(tried)}",
        hint="tag the commit v<version>, or say what your tags look like: "
        "tag-pattern in [tool.gluv.release], or --tag-pattern",
    )


def check_version(read: TagRead, name: str, version: str, *, dynamic: bool = False) -> None:
    """Stop unless the package has the tag's version. Raises `ReleaseStopped`."""
    if read.agrees(version):
        return
    hint = (
        "a version taken from git needs the tags and git itself: GIT_DEPTH: 0 in the job's "
        "variables, and an image with git"
        if dynamic
        else f"set the version ({f'uv version {read.version}'}), commit, and move the tag; "
        "nothing was built or published"
    )
    raise ReleaseStopped(
        f"the tag {read.tag} says {read.version}, but {name} is {version}", hint=hint
    )


def _expression(pattern: str, name: str | None) -> str:
    """The pattern as a regular expression; a name fits in any spelling that PEP 503 makes equal."""
    text = re.escape(pattern).replace(re.escape("{version}"), r"(?P<version>.+)")
    spelled = "[-_.]+".join(map(re.escape, (name or "").split("-")))
    return text.replace(re.escape("{name}"), f"(?i:{spelled})")


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    # `v{version}` and `{version}` are two patterns: the second one takes no `v`.
    return text[:1] not in "vV"
