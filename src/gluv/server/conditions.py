"""Conditional and range requests (RFC 9110, parts 13 and 14): what of a file is to be sent."""

import re
from email.utils import parsedate_to_datetime

import msgspec
from starlette.datastructures import Headers

_RANGE = re.compile(r"\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes `start` to `end` (not included) with this status: 200, 206, 304, 412 or 416.

    A status without content has an empty part.
    """

    status: int
    start: int = 0
    end: int = 0


def choose_part(headers: Headers, *, etag: str, modified: float, size: int) -> Part:
    """What a GET or HEAD with these headers is answered. `modified` in seconds since the epoch.

    Several ranges in one request are answered with the whole file, as is a range of another unit
    than bytes; one that is written wrongly is 416, as GitLab's Workhorse answers.
    """
    if (required := headers.get("if-match")) is not None:
        if not _names(required, etag, weakly=False):
            return Part(status=412)
    elif (since := _moment(headers.get("if-unmodified-since"))) is not None and modified > since:
        return Part(status=412)
    if (known := headers.get("if-none-match")) is not None:
        if _names(known, etag, weakly=True):
            return Part(status=304)
    elif (since := _moment(headers.get("if-modified-since"))) is not None and modified <= since:
        return Part(status=304)
    whole = Part(status=200, end=size)
    asked = headers.get("range", "")
    unit, _, ranges = asked.partition("=")
    if unit.strip().lower() != "bytes" or "," in ranges:
        return whole
    condition = headers.get("if-range")
    if condition is not None and not _still_holds(condition.strip(), etag, modified):
        return whole
    return _read_range(ranges, size)


def is_stale(headers: Headers, modified: float) -> bool:
    """Whether something was changed after the time of `If-Unmodified-Since`."""
    since = _moment(headers.get("if-unmodified-since"))
    return since is not None and int(modified) > since


def _read_range(text: str, size: int) -> Part:
    match = _RANGE.fullmatch(text)
    if match is None or match[0].strip() == "-":
        return Part(status=416)
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return Part(status=416)
    return Part(status=206, start=start, end=end) if start < end else Part(status=416)


def names(header: str, etag: str) -> bool:
    """Whether an `If-None-Match` names an entity tag."""
    return _names(header, etag, weakly=True)


def _names(header: str, etag: str, *, weakly: bool) -> bool:
    if header.strip() == "*":
        return True
    for one in header.split(","):
        tag = one.strip()
        if weakly:
            tag = tag.removeprefix("W/")
        if tag == (etag.removeprefix("W/") if weakly else etag):
            return True
    return False


def _still_holds(condition: str, etag: str, modified: float) -> bool:
    """`If-Range`: an entity tag, which must be strong, or the exact date."""
    if condition.startswith(('"', "W/")):
        return condition == etag
    return _moment(condition) == modified


def _moment(text: str | None) -> float | None:
    """The seconds of an HTTP date, None for what is none: such a condition is ignored."""
    if text is None:
        return None
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
