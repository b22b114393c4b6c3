"""Which name a misspelt one was meant to be."""

from collections.abc import Collection

_MOST_COMPARISONS = 50_000


class Closest:
    """Suggests one of `known`, until that has cost too much: a file may hold 10,000 mistakes.

    The comparisons together are bounded, so that the hints take a second or two at most.
    """

    def __init__(self, known: Collection[str]) -> None:
        self._known = known
        self._left = _MOST_COMPARISONS

    def to(self, word: str) -> str:
        """A hint with the closest of the known names; empty if none is close, or after too many."""
        if self._left <= 0:
            return ""
        self._left -= len(self._known) + 1
        from difflib import get_close_matches  # only mistakes need it

        close = get_close_matches(word, [name for name in self._known if name != word], n=1)
        return f"did you mean `{close[0]}`?" if close else ""
