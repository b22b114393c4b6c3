"""Times, durations and sizes for people."""

from datetime import UTC, datetime


def moment(seconds: float) -> str:
    """A time to the second: `2026-02-14 09:31:07 UTC`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def machine_moment(seconds: float) -> str:
    """The same for the `datetime` of a `<time>`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def span(seconds: float | None) -> str:
    """A duration: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 07 min`; empty for None."""
    if seconds is None:
        return ""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole // 60 % 60:02} min"


def size(amount: float) -> str:
    """Bytes: `812 bytes`, `1.4 KiB`, `3.0 GiB`."""
    if amount < 1024:
        return "1 byte" if amount == 1 else f"{amount:.0f} bytes"
    for unit in ("KiB", "MiB"):
        amount /= 1024
        if amount < 1024:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1024:.1f} GiB"
