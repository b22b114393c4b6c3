"""What a rule is, what it finds, and how that is mended."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

import msgspec

from gluv.errors import Mark

if TYPE_CHECKING:
    from gluv.lint.facts import LintFacts

Level = Literal["error", "warning", "info"]
"""error: the job fails or publishes the wrong thing; warning: it works by luck; info: advice."""

FixKind = Literal["safe", "unsafe", "none"]


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """Characters `start` to `end` of a file's text become `text`; line breaks are written `\\n`."""

    file: str
    start: int
    end: int
    text: str


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """Edits that belong together: all are made or none. A safe fix keeps what the job does."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = True


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One place that a rule speaks about; `level` of None is the rule's own."""

    message: str
    mark: Mark | None
    hint: str = ""
    level: Level | None = None
    fix: Fix | None = None
    job: str | None = None


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One check.

    `fix` says what its fixes are at best. A rule with `advice` is a matter of taste or cannot be
    decided from the files alone: it runs only where it is selected.
    """

    id: str
    title: str
    level: Level
    check: "Callable[[LintFacts], Iterator[Finding]]"
    fix: FixKind = "none"
    advice: bool = False


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """A finding with the rule that made it."""

    rule: Rule
    finding: Finding

    @property
    def level(self) -> Level:
        """How bad it is."""
        return self.finding.level or self.rule.level
