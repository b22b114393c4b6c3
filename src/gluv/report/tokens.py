"""Access tokens as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from gluv.report.columns import render_columns
from gluv.report.paint import Paint

_HEADINGS = ("ID", "KIND", "NAME", "OF", "SCOPES", "ENDS", "LAST USED")


def render_tokens(tokens: Sequence[Mapping[str, Any]], paint: Paint, *, width: int) -> str:
    """A line a token; what it is worth no more stands where others have their end."""
    rows = [
        (
            str(token["id"]),
            token["kind"],
            token["name"],
            f"{token['of']} ({token['role']})" if token["role"] else token["of"],
            " ".join(token["scopes"]),
            token["expires_at"] or "never" if token["state"] == "active" else token["state"],
            token["last_used_at"] or "never",
        )
        for token in tokens
    ]
    return render_columns(_HEADINGS, rows, paint, width=width)
