"""How a configuration gets at files that are not the one being read."""

from typing import Protocol, runtime_checkable

import msgspec

from gluv.text.nodes import MapNode, Source


class FetchFailed(Exception):
    """An include is not at hand: GitLab's sentence, and a hint how to provide it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Fetcher(Protocol):
    """Hands in included files; every method raises `FetchFailed` with GitLab's sentence.

    Bytes that are no text raise `gluv.text.YamlInvalid`.
    """

    def local(self, path: str) -> Source:
        """A file of this repository, by its path from the root (no leading slash)."""
        ...

    def local_files(self) -> tuple[str, ...]:
        """Every path of this repository, for wildcards and `include:rules:exists`."""
        ...

    def remote(self, url: str) -> Source:
        """A file by its URL."""
        ...

    def project(self, project: str, path: str, ref: str | None) -> Source:
        """A file of another project of the same GitLab; a ref of None is its default branch."""
        ...

    def template(self, name: str) -> Source:
        """A template that GitLab ships."""
        ...

    def component(self, address: str) -> Source:
        """A component by its address, `host/group/project/name@version`."""
        ...

    def artifact(self, job: str, path: str) -> Source:
        """A file that a job of the parent pipeline made (child pipelines only)."""
        ...


class ComponentData(msgspec.Struct, frozen=True, kw_only=True):
    """What `$[[ component.* ]]` may show: `reference` is what follows `@`, `version` what it is."""

    name: str
    sha: str
    version: str
    reference: str


@runtime_checkable
class Repositories(Protocol):
    """What a fetcher may know beyond single files; without it, wildcards see this one only."""

    def project_files(self, project: str, ref: str | None) -> tuple[str, ...]:
        """Every path of another project at `ref`; raises `FetchFailed`."""
        ...

    def component_data(self, address: str) -> ComponentData:
        """What a component's address stands for; raises `FetchFailed`."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """What a fetcher may know besides: what texts consist of that were read before."""

    def documents(self, source: Source) -> tuple[MapNode, ...]:
        """As `gluv.text.reader.parse_documents`, which it asks for what it does not know."""
        ...
