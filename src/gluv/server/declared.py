"""What an endpoint says of its parameters: checked before it answers, and told in the OpenAPI.

GitLab's API layer (Grape) does the same; its sentences are used.
"""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal, assert_never

import msgspec

from gluv.server.answers import parameter_error

Kind = Literal[
    "string", "id", "integer", "boolean", "datetime", "date", "strings", "path", "object"
]
"""`strings` is a list, also as one text with commas; `path` leads nowhere but down.

An `id` that no row can have is read as one that none has.
"""

LARGEST = 2**31 - 1
"""GitLab's ids and numbers are PostgreSQL integers."""

NO_ID = 0
"""The id of nothing."""

_BOOLEANS = {"true": True, "1": True, "t": True, "false": False, "0": False, "f": False}


class Param(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter of query or body. `least` and `most` bound an integer.

    `fields` are the parts of an object that are lists of others; whoever uses it reads them. A
    parameter that is not given is None in what `declared` returns.
    """

    name: str
    kind: Kind = "string"
    required: bool = False
    values: tuple[str | int, ...] = ()
    least: int | None = None
    most: int = LARGEST
    says: str = ""
    fields: "dict[str, tuple[Param, ...]]" = {}


class _Invalid(Exception):
    """The text after the parameter's name in GitLab's sentence."""


def declared(params: Iterable[Param], given: Mapping[str, Any], place: str = "") -> dict[str, Any]:
    """The parameters by name, read as what they are. Raises `Refused` (400), naming all faults.

    `place` is where they stand within another parameter, `assets[links][0]`.
    """
    found: dict[str, Any] = {}
    faults = []
    for param in params:
        value, name = given.get(param.name), f"{place}[{param.name}]" if place else param.name
        if value is None:
            found[param.name] = None
            if param.required:
                faults.append(f"{name} is missing")
            continue
        try:
            found[param.name] = _check(param, _read(param.kind, value))
        except _Invalid as wrong:
            faults.append(f"{name} {wrong}")
    if faults:
        raise parameter_error(", ".join(faults))
    return found


def _read(kind: Kind, value: Any) -> Any:
    match kind:
        case "string":
            return _text(value)
        case "path":
            return _path(_text(value))
        case "id":
            number = _integer(value)
            return number if 0 < number <= LARGEST else NO_ID
        case "integer":
            return _integer(value)
        case "boolean":
            return _boolean(value)
        case "datetime":
            return _moment(_text(value))
        case "date":
            return _day(_text(value))
        case "strings":
            return _strings(value)
        case "object":
            return value
    assert_never(kind)


def _check(param: Param, value: Any) -> Any:
    each = value if isinstance(value, tuple) else (value,)
    if param.values and not all(one in param.values for one in each):
        raise _Invalid("does not have a valid value")
    if param.kind == "integer" and not (
        (param.least is None or param.least <= value) and value <= param.most
    ):
        raise _Invalid("does not have a valid value")
    return value


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case _:
            raise _Invalid("is invalid")


def _path(text: str) -> str:
    if leads_away(text):
        raise _Invalid("should be a valid file path")
    return text


def leads_away(path: str) -> bool:
    """Whether a path is absolute, climbs, or holds what no path should (GitLab's `file_path`)."""
    return (
        path.startswith("/")
        or re.search(r"[\0\r\n]", path) is not None
        or any(part in (".", "..") for part in re.split(r"[/\\]", path))
    )


def _integer(value: Any) -> int:
    match value:
        case bool():
            raise _Invalid("is invalid")
        case int():
            return value
        case float() if math.isfinite(value) and value.is_integer():
            return int(value)
        case str() if re.fullmatch(r"[+-]?[0-9]{1,20}", value.strip(" ")):
            return int(value)
        case _:
            raise _Invalid("is invalid")


def _boolean(value: Any) -> bool:
    found = _BOOLEANS.get(_text(value).lower())
    if found is None:
        raise _Invalid("is invalid")
    return found


def _moment(text: str) -> float | None:
    """Seconds since the epoch; without a zone it is UTC, and nothing is no time."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        # The ends of the calendar cannot be shown in UTC again.
        datetime.fromtimestamp(seconds, UTC)
        return seconds
    except (ValueError, OverflowError):
        raise _Invalid("is invalid") from None


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise _Invalid("is invalid") from None


def _strings(value: Any) -> tuple[str, ...]:
    match value:
        case str():
            return tuple(part.strip() for part in value.split(",") if part.strip())
        case list() | tuple():
            return tuple(map(_text, value))
        case dict():
            # Rack reads `scope[0]=a` as a mapping.
            return tuple(map(_text, value.values()))
        case _:
            raise _Invalid("is invalid")
