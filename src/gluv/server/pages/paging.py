"""Lists a page at a time."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec


class Paging(msgspec.Struct, frozen=True, kw_only=True):
    """Where in a list a page is; `kept` are the parameters that its links carry on."""

    number: int
    size: int
    total: int
    kept: Mapping[str, str] = {}

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """The number of the first one on this page, counted from 1."""
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        """The number of the last one on this page."""
        return min(self.number * self.size, self.total)

    def link(self, number: int) -> str:
        """The address of another page of the list."""
        given = {key: value for key, value in self.kept.items() if value}
        if number > 1:
            given["page"] = str(number)
        return f"?{urlencode(given)}" if given else "?"


def page_number(params: Mapping[str, Any]) -> int:
    """The page that is asked for; what is no number is the first."""
    return max(1, number_of(params.get("page")))


def number_of(text: Any) -> int:
    """A number in a path or a query, 0 for anything else."""
    if isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 16:
        return int(text)
    return 0


def word_of(params: Mapping[str, Any], name: str) -> str:
    """A word of the query, empty where it is none."""
    value = params.get(name)
    return value[:255] if isinstance(value, str) else ""
