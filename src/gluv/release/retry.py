"""Asking again, where asking again can help."""

import random
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TypeVar

import msgspec

from gluv.release.api import Answered, ApiError, Unreachable

T = TypeVar("T")

PATIENCE = 600.0
"""The longest `Retry-After` in seconds that is waited for."""


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """Time as the release sees it: seconds since the epoch, a way to wait, a number in [0, 1)."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """How often and how patiently: `attempts` in all, waits doubling from `first` to `longest`."""

    attempts: int = 6
    first: float = 1.0
    longest: float = 30.0
    clock: Clock = Clock()

    def run(self, ask: Callable[[], T], note: Callable[[str], None]) -> T:
        """Ask until there is an answer; `note` hears why it waits. Raises the last `ApiError`."""
        for attempt in range(1, self.attempts + 1):
            try:
                return ask()
            except ApiError as error:
                if attempt == self.attempts or not worth_retrying(error):
                    raise
                wait = self.wait(attempt, error)
                if wait > PATIENCE:
                    raise
                note(f"{error}; again in {wait:.0f} s ({attempt} of {self.attempts - 1})")
                self.clock.sleep(wait)
        raise AssertionError("attempts is at least 1")

    def wait(self, attempt: int, error: ApiError) -> float:
        """Seconds until the next attempt: what `Retry-After` says (RFC 9110), else a back-off.

        The back-off is spread by half, so that parallel jobs do not come back together.
        """
        asked = _seconds(error.retry_after, self.clock.now) if isinstance(error, Answered) else None
        if asked is not None:
            return asked
        longest: float = min(self.longest, self.first * 2.0 ** (attempt - 1))
        return longest * (0.5 + self.clock.random() / 2)


def worth_retrying(error: ApiError) -> bool:
    """Whether the same request may succeed later: no connection, 408, 429, 5xx but 501.

    A certificate that does not verify will not verify a second later either.
    """
    if isinstance(error, Unreachable):
        return "CERTIFICATE_VERIFY_FAILED" not in str(error)
    if isinstance(error, Answered):
        return error.status in (408, 429) or (500 <= error.status < 600 and error.status != 501)
    return False


def _seconds(header: str, now: Callable[[], float]) -> float | None:
    """`Retry-After`, in seconds or as a date; None for what is neither."""
    text = header.strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now())
    except ValueError:
        return None
