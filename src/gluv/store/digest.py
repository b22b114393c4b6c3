"""SHA-256 without OpenSSL: `hashlib` loads that at its import, which takes longer than a run may.

Only for short texts; for files `hashlib` is the faster one.
"""

import contextlib
import importlib
from collections.abc import Callable
from functools import cache
from typing import Any


def digest(secret: str) -> str:
    """What is kept of a token: its SHA-256 in hex. A token is random and long, so without salt."""
    made: str = _sha256()(secret.encode()).hexdigest()
    return made


@cache
def _sha256() -> Callable[[bytes], Any]:
    """CPython's own implementation, which `hashlib` has for builds without OpenSSL."""
    for name in ("_sha2", "_sha256"):
        with contextlib.suppress(ImportError, AttributeError):
            found: Callable[[bytes], Any] = importlib.import_module(name).sha256
            return found
    return importlib.import_module("hashlib").sha256  # type: ignore[no-any-return]
