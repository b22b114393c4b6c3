"""A user's mistake as data."""

from typing import Literal

import msgspec

from gluv.errors.mark import Mark

Severity = Literal["error", "warning", "info"]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with a configuration.

    `code` is short, stable and kebab-case ("unknown-key"); `message` is GitLab's own sentence where
    GitLab has one; `hint` is the next step. A problem of severity "error" makes the configuration
    invalid, a "warning" does not, and an "info" is advice.
    """

    code: str
    message: str
    mark: Mark | None = None
    severity: Severity = "error"
    hint: str = ""
