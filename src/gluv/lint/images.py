"""What rules must know about an image, and who can tell them."""

from typing import Literal, Protocol

import msgspec

Kind = Literal["uv", "python", "glab", "release-cli", "system", "other"]
Libc = Literal["musl", "glibc", "none", "unknown"]


class ImageFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An image reference taken apart.

    `name` is the reference up to its tag. `uv` is the release ("0.10.6") or series ("0.10") that
    the tag names, `suffix` the rest of a uv tag. `python` is what the tag promises ("3.12"). `base`
    is the image below ("debian:trixie-slim"), empty where nothing is known. `published` is false
    for a tag that the catalogue knows was never there, and `nearest` the suffix most like it.
    `before` is the uv since which the suffix is built no longer.
    """

    text: str
    name: str
    tag: str | None
    kind: Kind
    uv: str | None = None
    suffix: str | None = None
    python: str | None = None
    base: str = ""
    distroless: bool = False
    digest: bool = False
    published: bool = True
    nearest: str | None = None
    before: str | None = None

    @property
    def alpine(self) -> bool:
        """Whether its commands are BusyBox's and its libc musl."""
        return "alpine" in self.base or self.base.startswith("busybox")

    @property
    def bare(self) -> bool:
        """Whether git, curl and make are surely absent: slim Debian, Alpine, hardened images."""
        return bool(self.base) and (self.alpine or "slim" in self.base or "dhi.io" in self.base)

    @property
    def managed(self) -> bool:
        """Whether its only Python is the system's own, which PEP 668 protects."""
        family = self.base.partition(":")[0]
        return self.python is None and family in {"debian", "ubuntu", "alpine", "buildpack-deps"}

    @property
    def release(self) -> tuple[int, ...] | None:
        """The uv of the tag as numbers, None where it names none."""
        return tuple(int(part) for part in self.uv.split(".")) if self.uv else None


class Images(Protocol):
    """Reads image references and knows the tags of uv's images."""

    @property
    def newest(self) -> str:
        """The newest uv whose tags are known."""
        ...

    def read(self, reference: str) -> ImageFacts | None:
        """The facts of a reference without variables; None for what is no reference."""
        ...
