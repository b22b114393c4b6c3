"""Style sheets and scripts, served under an address that names their content."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from starlette.responses import Response

from gluv.server.answers import not_found
from gluv.server.call import Call
from gluv.server.pages.ansi import render_ansi
from gluv.server.pages.headers import STATIC

_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@cache
def contents() -> Mapping[str, bytes]:
    """Every file by name; the colours of logs are generated."""
    found = {
        item.name: item.read_bytes()
        for item in files("gluv.server.pages").joinpath("static").iterdir()
        if item.name.endswith(tuple(_KINDS))
    }
    return {**found, "ansi.css": render_ansi().encode()}


@cache
def root() -> str:
    """The path of the folder that they seem to be in; all of them change it."""
    digest = hashlib.sha256()
    for name, content in sorted(contents().items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return f"/-/static/{digest.hexdigest()[:16]}"


def answer(call: Call) -> Response:
    """One of the files."""
    name = call.path["name"]
    content = contents().get(name)
    if content is None or not root().endswith(f"/{call.path['hash']}"):
        raise not_found()
    kind = next(kind for ending, kind in _KINDS.items() if name.endswith(ending))
    return Response(content, headers=dict(STATIC), media_type=kind)
