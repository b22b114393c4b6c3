"""Routes on the raw path: split on `/` first, decode each segment afterwards.

So `grp%2Fproj` is one segment and a tag `release%2F1.0` too, whichever way clients encode them.
"""

import re
from collections.abc import Iterable
from typing import Any, TypeAlias
from urllib.parse import quote, unquote, unquote_to_bytes

import msgspec
from starlette.types import Scope

_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A method and a pattern: literal segments, `:name` for one, `*name` for the rest.

    `+name` is the full path of a project or group: all segments up to one that is `-`. Nothing
    is called `api`.
    """

    method: str
    pattern: tuple[str, ...]
    target: Any

    @property
    def text(self) -> str:
        """The pattern as it is written."""
        return "/" + "/".join(self.pattern)

    def match(self, segments: tuple[str, ...], decoded: tuple[str, ...]) -> dict[str, str] | None:
        """The decoded parts of a path, or None if it is another path."""
        found: dict[str, str] = {}
        at = 0
        for part in self.pattern:
            if at >= len(segments):
                return None
            taken = 1
            if part.startswith("*"):
                taken = len(segments) - at
            elif part.startswith("+"):
                rest = segments[at:]
                taken = rest.index("-") if "-" in rest else len(rest)
                if rest[0] == "api":
                    return None
            if taken == 0:
                return None
            text = decoded[at] if taken == 1 else "/".join(decoded[at : at + taken])
            if part[0] in ":*+":
                if not text:
                    return None
                found[part[1:]] = text
            elif part != text:
                return None
            at += taken
        return found if at == len(segments) else None


class WrongMethod(Exception):
    """The path exists, this method on it does not; `allowed` lists those that do."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = ", ".join(sorted({*allowed, "HEAD", "OPTIONS"}))
        super().__init__(self.allowed)


class Routes:
    """An ordered table of routes; the first that matches wins."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_start: dict[str, list[tuple[Literals, Route]]] = {}
        for route in routes:
            self._by_start.setdefault(_start(route.pattern), []).append((_literals(route), route))

    def find(self, method: str, path: bytes) -> tuple[Any, dict[str, str], str] | None:
        """The target of a request, the parts of its path, and the pattern that they fit.

        A trailing slash makes no difference and HEAD is GET. Raises `WrongMethod`.
        """
        segments = split(path)
        decoded = tuple(map(unquote, segments))
        wanted = "GET" if method == "HEAD" else method
        others = []
        for literals, route in self._by_start.get(_start(decoded), ()):
            if any(at >= len(decoded) or decoded[at] != text for at, text in literals):
                continue
            found = route.match(segments, decoded)
            if found is None:
                continue
            if route.method == wanted:
                return route.target, found, route.text
            others.append(route.method)
        if others:
            raise WrongMethod(others)
        return None


Literals: TypeAlias = tuple[tuple[int, str], ...]
"""The literal segments of a pattern that have a fixed place in the path."""


def _literals(route: Route) -> Literals:
    found = []
    for at, part in enumerate(route.pattern):
        if part[0] in "*+":
            break
        if part[0] != ":":
            found.append((at, part))
    return tuple(found)


def _start(segments: tuple[str, ...]) -> str:
    """Which of the routes can match at all: those of one kind of thing of the API, or pages."""
    return segments[2] if segments[:2] == ("api", "v4") and len(segments) > 2 else ""


def route(line: str, target: Any) -> Route:
    """A route from `GET projects/:id/releases`."""
    method, _, path = line.partition(" ")
    return Route(method=method, pattern=tuple(path.split("/")) if path else (), target=target)


def raw_path(scope: Scope) -> bytes:
    """The path of a request as it came over the wire; not every ASGI server hands it on."""
    found: bytes | None = scope.get("raw_path")
    return found or quote(scope["path"]).encode()


def is_malformed(scope: Scope) -> bool:
    """Whether path or query are no text: a `%` that escapes nothing, NUL, or bytes of no UTF-8."""
    path = raw_path(scope)
    if _BROKEN_ESCAPE.search(path):
        return True
    decoded = unquote_to_bytes(path + b"?" + scope["query_string"])
    try:
        return "\0" in decoded.decode()
    except UnicodeDecodeError:
        return True


def split(path: bytes) -> tuple[str, ...]:
    """The undecoded segments of a path, without the empty ones at its ends."""
    text = path.decode("ascii", "replace").partition("?")[0].strip("/")
    return tuple(text.split("/")) if text else ()
