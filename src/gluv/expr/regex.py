"""Regular expressions as GitLab runs them: RE2, written `/.../flags`."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from gluv.text.pattern import later

# Ruby's ^ and $ are line anchors and its dot stops at a newline: one line of the text is enough.
_SYNTAX = later(r"^/(.*)/([ismU]*)$", re.M)


class RegexInvalid(ValueError):
    """RE2 does not accept the expression; the text says why."""


class Pattern:
    """A compiled RE2 expression."""

    __slots__ = ("_regexp", "source")

    def __init__(self, source: str, regexp: Any) -> None:
        self.source = source
        self._regexp = regexp

    def search(self, text: str) -> bool:
        """Whether the expression matches anywhere in `text`."""
        return self._regexp.search(text) is not None

    def groups(self, text: str) -> tuple[str | None, ...] | None:
        """The whole first match and its groups, None without a match."""
        match = self._regexp.search(text)
        return None if match is None else (match.group(), *match.groups())

    def every(self, text: str) -> Iterator[tuple[str | None, ...]]:
        """Every match from left to right with its groups, as `groups` gives them."""
        for match in self._regexp.finditer(text):
            yield (match.group(), *match.groups())


def is_pattern(text: str) -> bool:
    """Whether `text` is written as a regular expression, valid or not: `/.../` and flags."""
    return _SYNTAX.search(text) is not None


@lru_cache(maxsize=2048)
def compile_pattern(text: str) -> Pattern:
    """The expression written `/.../flags` with the flags i, s, m and U of RE2.

    Raises RegexInvalid where `text` is not written like that or RE2 refuses it.
    """
    match = _SYNTAX.search(text)
    if match is None:
        raise RegexInvalid("Invalid regular expression! Write it as /.../")
    return compile_source(f"(?{match[2]}){match[1]}" if match[2] else match[1])


@lru_cache(maxsize=2048)
def compile_source(source: str) -> Pattern:
    """An expression without slashes, as in `spec:inputs:regex`; raises RegexInvalid.

    RE2 reads it, or, where its library is not installed (`gluv[re2]`), Python after translation.
    """
    try:
        import re2
    except ImportError:
        return _compile_translated(source)
    options = re2.Options()
    options.log_errors = False
    try:
        return Pattern(source, re2.compile(source, options=options))
    except re2.error as error:
        reason = error.args[0] if error.args else error
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise RegexInvalid(f"Invalid regular expression! {text}") from None
    except UnicodeEncodeError:
        raise RegexInvalid("Invalid regular expression! not valid text") from None


def _compile_translated(source: str) -> Pattern:
    from gluv.expr.re2_syntax import Refused, translate

    try:
        return Pattern(source, re.compile(translate(source)))
    except (Refused, re.error, OverflowError, RecursionError) as error:
        raise RegexInvalid(f"Invalid regular expression! {error}") from None
