"""The simple index (PEP 503 and PEP 691) exactly as GitLab writes it."""

import re
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import Any
from urllib.parse import quote

import msgspec

from gluv.registry.names import normalise

HTML_TYPE = "text/html; charset=utf-8"
JSON_TYPE = "application/vnd.pypi.simple.v1+json"
_JSON_ACCEPTED = (JSON_TYPE, "application/vnd.pypi.simple.latest+json")


_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*").fullmatch
"""Most names need neither quoting nor escaping, and a page has a thousand of them."""

_escaped = lru_cache(256)(escape)


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A package row on an index page: its name as stored."""

    name: str
    requires_python: str


class ListedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file on a package page."""

    name: str
    sha256: str
    requires_python: str


def render_index(title: str, packages: Iterable[Listed], *, base: str) -> str:
    """The index page: one anchor for every package row, so a name repeats with each version.

    `base` is the absolute URL of the registry, `.../projects/<id>/packages/pypi`.
    """
    return _page(
        title,
        (
            _anchor(f"{base}/simple/{quote(normalise(row.name))}", row.requires_python, row.name)
            for row in packages
        ),
    )


def render_package(name: str, files: Iterable[ListedFile], *, base: str) -> str:
    """A package's page: one anchor for every file, its hash in the path and the fragment."""
    return _page(
        name,
        (_anchor(file_url(base, file), file.requires_python, file.name) for file in files),
    )


def render_index_json(packages: Iterable[Listed]) -> bytes:
    """The index page in PEP 691 form: normalised names, once each, sorted."""
    names = sorted({normalise(row.name) for row in packages})
    return msgspec.json.encode(
        {"meta": {"api-version": "1.0"}, "projects": [{"name": name} for name in names]}
    )


def render_package_json(normalised: str, files: Iterable[ListedFile], *, base: str) -> bytes:
    """A package's page in PEP 691 form."""
    listed: list[dict[str, Any]] = []
    for file in files:
        entry: dict[str, Any] = {
            "filename": file.name,
            "url": file_url(base, file),
            "hashes": {"sha256": file.sha256},
        }
        if file.requires_python:
            entry["requires-python"] = file.requires_python
        listed.append(entry)
    return msgspec.json.encode(
        {"meta": {"api-version": "1.0"}, "name": normalised, "files": listed}
    )


def wants_json(accept: str) -> bool:
    """Whether an `Accept` header selects PEP 691 JSON; GitLab ignores the q-values."""
    return any(part.strip().startswith(_JSON_ACCEPTED) for part in accept.split(","))


def file_url(base: str, file: ListedFile) -> str:
    """The absolute URL of a file, with the fragment that pip and uv check."""
    name = file.name if _PLAIN(file.name) else quote(file.name)
    return f"{base}/files/{file.sha256}/{name}#sha256={file.sha256}"


def _anchor(url: str, requires_python: str, text: str) -> str:
    # GitLab escapes the attribute only; escaping the rest too changes nothing for a legal name.
    shown = text if _PLAIN(text) else escape(text)
    return f'<a href="{escape(url)}" data-requires-python="{_escaped(requires_python)}">{shown}</a>'


def _page(name: str, anchors: Iterable[str]) -> str:
    title = escape(name)
    return (
        "        <!DOCTYPE html>\n"
        "        <html>\n"
        "          <head>\n"
        f"            <title>Links for {title}</title>\n"
        "          </head>\n"
        "          <body>\n"
        f"            <h1>Links for {title}</h1>\n"
        f"            {''.join(anchors)}\n"
        "          </body>\n"
        "        </html>\n"
    )
