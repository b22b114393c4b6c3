"""What all includes of one configuration share, and where an included file stands."""

from collections.abc import Container, Mapping
from typing import Literal

import msgspec

from gluv.config.fetch import Fetcher, Remembering, Repositories
from gluv.config.include.rules import IncludeRules
from gluv.errors import Mark, Problem
from gluv.text.nodes import MapNode, Source

MAX_INCLUDES = 150
"""GitLab's `ci_max_includes`: files of one configuration, the same file twice counts twice."""

MAX_BYTES = 150 * 2 * 1024 * 1024
"""GitLab's `ci_max_total_yaml_size_bytes`."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a file stands: its `local` includes are looked for there.

    `nowhere` is a file by URL or a template: it belongs to no project and, as on GitLab, its
    includes see no variables. `chain` holds the includes that led here.
    """

    kind: Literal["repository", "project", "nowhere"] = "repository"
    project: str = ""
    ref: str | None = None
    variables: Mapping[str, str] = {}
    chain: tuple[object, ...] = ()

    def files(self, fetch: Fetcher) -> tuple[str, ...]:
        """Every path here; nothing where the fetcher cannot tell."""
        if self.kind == "repository":
            return fetch.local_files()
        if self.kind == "project" and isinstance(fetch, Repositories):
            return fetch.project_files(self.project, self.ref)
        return ()


class LimitReached(Exception):
    """GitLab would stop here; the problem is already among the walk's."""


class Walk:
    """The state of reading one configuration with everything it includes."""

    def __init__(
        self, fetch: Fetcher, rules: IncludeRules | None, masked: Container[str] = ()
    ) -> None:
        self.fetch = fetch
        self.rules = rules
        self.masked = masked
        self.problems: list[Problem] = []
        self.sources: dict[str, Source] = {}
        self.count = 0
        self.bytes = 0

    def documents(self, source: Source) -> tuple[MapNode, ...]:
        """The documents of a file; raises `YamlInvalid`."""
        if isinstance(self.fetch, Remembering):
            return self.fetch.documents(source)
        from gluv.text.reader import parse_documents  # a fetcher that remembers may spare it

        return parse_documents(source)

    def problem(
        self, message: str, mark: Mark | None, *, hint: str = "", code: str = "include"
    ) -> None:
        """Report a problem with an include."""
        self.problems.append(Problem(code=code, message=message, mark=mark, hint=hint))

    def counted(self, mark: Mark, *, circle: bool) -> None:
        """One more file; raises `LimitReached` beyond GitLab's number, as a circle must."""
        self.count += 1
        if self.count > MAX_INCLUDES or circle:
            hint = "The file includes itself, directly or through others." if circle else ""
            self.problem(f"Maximum of {MAX_INCLUDES} nested includes are allowed!", mark, hint=hint)
            raise LimitReached

    def weighed(self, source: Source, mark: Mark) -> None:
        """One more text; raises `LimitReached` beyond GitLab's size of all together."""
        self.sources.setdefault(source.name, source)
        self.bytes += len(source.text.encode())
        if self.bytes > MAX_BYTES:
            self.problem("Total size of combined CI/CD configuration is too big", mark)
            raise LimitReached
