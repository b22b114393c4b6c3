"""Package names, as PEP 503 writes them and as GitLab compares them."""

import re

_SEPARATORS = re.compile(r"[-_.]+")


def normalise(name: str) -> str:
    """The PEP 503 form: runs of `-`, `_`, `.` become one `-`, all lower case."""
    return _SEPARATORS.sub("-", name).lower()


def asked_for(requested: str) -> str:
    """The normalised name that a request for `simple/<requested>` can match.

    GitLab only lower-cases what was asked: `simple/My_Pkg` finds nothing, and there is no redirect
    to the normalised form.
    """
    return requested.rstrip("/").lower()
