"""What was published of uv's images, for whoever chooses one."""

from gluv.toolchain.catalogue import Catalogue, load, read_release


class UvImages:
    """The catalogue by versions as they are written; a newer uv counts as the newest known."""

    def __init__(self, catalogue: Catalogue | None = None) -> None:
        self._catalogue = catalogue or load()

    @property
    def newest(self) -> str:
        """The last uv whose tags are known."""
        return self._catalogue.newest

    @property
    def releases(self) -> tuple[str, ...]:
        """Versions of uv at which the set of tags changed."""
        return tuple(self._catalogue.dates)

    def suffixes(self, uv: str) -> tuple[str, ...]:
        """The suffixes published for a complete version."""
        release = min(read_release(uv), read_release(self.newest))
        return self._catalogue.published(release)
