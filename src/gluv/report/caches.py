"""Caches as a table."""

import datetime
from collections.abc import Sequence

from gluv.execute.cache_list import KeptCache


def render_caches(caches: Sequence[KeptCache], *, now: float) -> str:
    """A line a cache: key, size, files, when it was saved; ends with a newline."""
    width = max(len(cache.key) for cache in caches)
    lines = []
    for cache in caches:
        saved = datetime.datetime.fromtimestamp(min(cache.saved_at, now))
        lines.append(
            f"{cache.key.ljust(width)}  {_size(cache.size):>9}  {cache.files:>6} files"
            f"  {saved:%Y-%m-%d %H:%M}"
        )
    return "\n".join([*lines, ""])


def _size(count: int) -> str:
    size, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
