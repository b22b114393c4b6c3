"""The rows of a query, fetched only where somebody looks."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, TypeVar, overload

from gluv.store.database import Database

Row = TypeVar("Row", covariant=True)


class Found(Sequence[Row]):
    """Counts when it is asked for its length, and reads the rows of a slice, no more."""

    def __init__(
        self,
        database: Database,
        columns: str,
        source: str,
        order: str,
        bound: Sequence[Any],
        read: Callable[[sqlite3.Row], Row],
    ) -> None:
        """`source` is what stands after FROM, `order` after ORDER BY; never a caller's text."""
        self._database = database
        self._columns, self._source, self._order = columns, source, order
        self._bound = tuple(bound)
        self._read = read

    def __len__(self) -> int:
        return self._length

    @cached_property
    def _length(self) -> int:
        row = self._database.row(f"SELECT count(*) AS n FROM {self._source}", *self._bound)
        return 0 if row is None else int(row["n"])

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, int):
            return self[index : index + 1][0]
        start, stop = index.start or 0, index.stop
        limit = -1 if stop is None else max(0, stop - start)
        return self._fetch(start, limit)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._fetch(0, -1))

    def _fetch(self, offset: int, limit: int) -> tuple[Row, ...]:
        rows = self._database.rows(
            f"SELECT {self._columns} FROM {self._source} ORDER BY {self._order} LIMIT ? OFFSET ?",
            *self._bound,
            limit,
            offset,
        )
        return tuple(map(self._read, rows))
