"""The headers of every page: nothing runs, loads or frames it but what this server serves."""

from collections.abc import Mapping

_SHARED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

PAGE: Mapping[str, str] = {
    **_SHARED,
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cache-Control": "private, no-cache",
    "Vary": "Authorization",
}
"""Of a page and of what keeps it live."""

FOREIGN: Mapping[str, str] = {
    **_SHARED,
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cache-Control": "private, no-cache",
    "Vary": "Authorization",
}
"""Of files that jobs wrote: whatever is in them, nothing of it runs."""

STATIC: Mapping[str, str] = {
    **_SHARED,
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "public, max-age=31536000, immutable",
}
"""Of style sheets and scripts, whose address changes with their content."""

ASK: Mapping[str, str] = {"WWW-Authenticate": 'Basic realm="GitLab"'}
"""Makes a browser ask for a token."""
