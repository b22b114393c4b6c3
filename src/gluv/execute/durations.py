"""Durations as Go prints and reads them: `1h30m0s`."""

import re

from gluv.text.pattern import later

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = later(r"(\d+(?:\.\d+)?)(ms|h|m|s)")


def read_duration(text: str) -> float | None:
    """Seconds of a Go duration like `5m` or `1h30m`; None if it is none."""
    if not re.fullmatch(rf"(?:{_PART.pattern})+", text.strip()):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def show_duration(seconds: float) -> str:
    """`3600` as `1h0m0s`, `90` as `1m30s`."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
