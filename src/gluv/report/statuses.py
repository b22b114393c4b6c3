"""How a job's status looks."""

SYMBOLS: dict[str, tuple[str, str]] = {
    "created": ("·", "dim"),
    "waiting_for_resource": ("◌", "yellow"),
    "pending": ("·", "dim"),
    "preparing": ("◌", "cyan"),
    "running": ("●", "cyan"),
    "success": ("✓", "green"),
    "failed": ("✗", "red"),
    "canceled": ("⊘", "yellow"),
    "skipped": ("»", "dim"),
    "manual": ("▷", "dim"),
}
"""Status to symbol and colour."""


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 05 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"
