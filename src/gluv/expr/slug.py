"""Names made fit for host names and addresses, as in `CI_COMMIT_REF_SLUG`."""

import re


def slug(text: str) -> str:
    """Lower case, everything but a-z and 0-9 as `-`, at most 63 bytes, no `-` at either end."""
    return re.sub(r"[^a-z0-9]", "-", text.lower())[:63].strip("-")
