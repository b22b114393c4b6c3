"""Tells the rules of `gluv lint` what the catalogue knows about images."""

from functools import cache

from gluv.errors import ToolchainUnavailable
from gluv.lint.images import ImageFacts, Kind
from gluv.toolchain.catalogue import Catalogue, load, parse_tag, python_of, read_release
from gluv.toolchain.reference import ImageReference, parse_reference
from gluv.toolchain.wanted import read_wanted


class CatalogueImages:
    """`gluv.lint.images.Images` over the catalogue that ships with gluv."""

    def __init__(self) -> None:
        self.catalogue: Catalogue = load()
        self._known: dict[str, ImageFacts | None] = {}

    @property
    def newest(self) -> str:
        """The newest uv of the catalogue."""
        return self.catalogue.newest

    def read(self, reference: str) -> ImageFacts | None:
        """The facts of a reference without variables; None for what is no reference."""
        if reference not in self._known:
            try:
                self._known[reference] = self._read(parse_reference(reference))
            except ToolchainUnavailable:
                self._known[reference] = None
        return self._known[reference]

    def _read(self, reference: ImageReference) -> ImageFacts:
        if reference.is_uv and reference.tag is not None:
            return self._uv(reference, reference.tag)
        return self._other(reference)

    def _uv(self, reference: ImageReference, text: str) -> ImageFacts:
        tag = parse_tag(text)
        release = read_release(tag.version) if tag.version else None
        newest = read_release(self.catalogue.newest)
        # A uv newer than the catalogue is judged by the newest it knows.
        judged = newest if release is not None and release > newest[: len(release)] else release
        periods = self.catalogue.periods(tag.suffix, judged) if tag.suffix else ()
        nearest = None
        if tag.suffix is not None and not periods:
            nearest = self.catalogue.nearest(tag.suffix, judged or newest)
        python = python_of(tag.suffix) if tag.suffix else None
        return ImageFacts(
            text=reference.text,
            name=reference.name,
            tag=text,
            kind="uv",
            uv=tag.version,
            suffix=tag.suffix,
            python=python,
            base=periods[-1].base if periods else "",
            distroless=tag.suffix is None,
            digest=reference.digest is not None,
            published=bool(periods) or tag.suffix is None,
            nearest=nearest,
            before=periods[-1].before if periods else None,
        )

    def _other(self, reference: ImageReference) -> ImageFacts:
        kind: Kind = "other"
        python, base = None, ""
        try:
            wanted = read_wanted(reference, self.catalogue, None)
            python, base = wanted.python, wanted.base
            kind = "python" if reference.is_python else "system"
        except ToolchainUnavailable:
            name = reference.repository.rsplit("/", 1)[-1]
            if name == "release-cli":
                kind = "release-cli"
            elif name in ("cli", "glab"):
                kind = "glab"
        return ImageFacts(
            text=reference.text,
            name=reference.name,
            tag=reference.tag,
            kind=kind,
            python=python,
            base=base,
            digest=reference.digest is not None,
        )


@cache
def catalogue_images() -> CatalogueImages:
    """One for the process."""
    return CatalogueImages()
