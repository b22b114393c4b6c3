"""Container image references, read the way Docker reads them."""

from functools import cache

import msgspec

from gluv.errors import ToolchainUnavailable
from gluv.text.pattern import later

_TAG = later(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_COMPONENT = later(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_DIGEST = later(r"[A-Za-z][A-Za-z0-9]*:[0-9A-Fa-f]{32,}")
_HUB = {"docker.io", "index.docker.io", "registry-1.docker.io"}
_PROXY = "dependency_proxy/containers/"


class ImageReference(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a reference.

    `registry` is "docker.io" where none is written and `repository` is complete ("library/python").
    What comes through GitLab's dependency proxy is named by its origin on Docker Hub. `tag` is
    "latest" where neither tag nor digest is written, None for a digest alone.
    """

    text: str
    registry: str
    repository: str
    tag: str | None
    digest: str | None = None

    @property
    def is_uv(self) -> bool:
        """Whether this is one of uv's own images."""
        return (self.registry, self.repository) in {
            ("ghcr.io", "astral-sh/uv"),
            ("docker.io", "astral/uv"),
        }

    @property
    def is_python(self) -> bool:
        """Whether this is the official `python` image."""
        return (self.registry, self.repository) == ("docker.io", "library/python")

    @property
    def name(self) -> str:
        """The reference up to the tag, as it was written."""
        end = len(self.text)
        if self.digest is not None:
            end = self.text.index("@")
        if self.tag is not None and self.text[:end].endswith(f":{self.tag}"):
            end -= len(self.tag) + 1
        return self.text[:end]


@cache
def parse_reference(text: str) -> ImageReference:
    """Read `[registry/]repository[:tag][@digest]` (the grammar of `distribution/reference`).

    Raises `ToolchainUnavailable` for what Docker calls an invalid reference, typically the trace of
    a variable that is empty.
    """
    rest, at, digest = text.partition("@")
    slash = rest.rfind("/")
    colon = rest.find(":", slash + 1)
    tag = None if colon < 0 else rest[colon + 1 :]
    name = rest if colon < 0 else rest[:colon]
    first, _, others = name.partition("/")
    if others and ("." in first or ":" in first or first == "localhost"):
        registry, repository = first, others
    else:
        registry, repository = "docker.io", name
    wrong = (
        not all(_COMPONENT.fullmatch(part) for part in repository.split("/"))
        or (tag is not None and not _TAG.fullmatch(tag))
        or (at and not _DIGEST.fullmatch(digest))
    )
    if wrong:
        raise ToolchainUnavailable(
            f'Failed to pull image "{text}": invalid reference format',
            hint="the image's name after variable expansion is not one; is a variable in "
            "`image:` empty or misspelt?",
        )
    if _PROXY in repository:
        registry, repository = "docker.io", repository.partition(_PROXY)[2]
    if registry in _HUB:
        registry = "docker.io"
        if "/" not in repository:
            repository = f"library/{repository}"
    if tag is None and not digest:
        tag = "latest"
    return ImageReference(
        text=text, registry=registry, repository=repository, tag=tag, digest=digest or None
    )
