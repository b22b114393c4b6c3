"""A page: a template, its values, and how both become an answer."""

import hashlib
import shlex
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response

from gluv.server.call import Call, Gitlab
from gluv.server.pages import spans, statics, words
from gluv.server.pages.headers import PAGE
from gluv.server.roles import Ability
from gluv.store import NamespaceRow, ProjectRow

GITLAB_FOLDER = ".gluv"
"""The folder of a repository's own GitLab."""

LIVE = "live_"
"""How the blocks begin that are sent anew when something changed."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What a view found: `live` while something may still change, `log` the place in a job's log.

    `here` is the project or group it belongs to, None for neither.
    """

    template: str
    values: Mapping[str, Any] = {}
    here: ProjectRow | NamespaceRow | None = None
    status: int = 200
    live: bool = False
    log: tuple[int, int] | None = None
    headers: Mapping[str, str] = {}


View = Callable[[Call], Page | Response]


def answer(call: Call, page: Page) -> Response:
    """A page as a response, or 304 if the browser has it already."""
    text = environment().get_template(page.template).render(context(call, page))
    body = text.encode("utf-8", "replace")
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {**PAGE, **page.headers}
    if page.status == 200:
        headers["ETag"] = tag
        if tag in call.request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
    return Response(body, page.status, headers, media_type="text/html")


def live_blocks(page: Page) -> tuple[str, ...]:
    """The blocks of a page that are sent anew when something changed."""
    template = environment().get_template(page.template)
    return tuple(name for name in template.blocks if name.startswith(LIVE))


def parts(call: Call, page: Page) -> Iterator[tuple[str, str]]:
    """The live parts of a page: the id of an element, and what it is now."""
    template = environment().get_template(page.template)
    values = context(call, page)
    for name in live_blocks(page):
        made = template.new_context(values)
        yield name.replace("_", "-"), "".join(template.blocks[name](made))


def context(call: Call, page: Page) -> dict[str, Any]:
    """The values of a template."""
    root = path_of(page.here) if page.here is not None else "/"
    return {
        "project": page.here if isinstance(page.here, ProjectRow) else None,
        "group": page.here if isinstance(page.here, NamespaceRow) else None,
        "tabs": _tabs(call, page.here),
        "root": root,
        "static": statics.root(),
        "status": page.status,
        "live": page.live,
        "log_at": page.log,
        "caller": call.caller,
        "offers_sign_in": call.caller.anonymous,
        "gitlab_url": call.gitlab.settings.base_url,
        "place": place_of(call.gitlab),
        **page.values,
    }


class Place(msgspec.Struct, frozen=True):
    """Where this GitLab is kept: the folder, empty for strangers, and what a command needs."""

    folder: str
    option: str


def place_of(gitlab: Gitlab) -> Place:
    """Where things are, as far as whoever reaches the server may know."""
    directory = gitlab.store.directory
    if directory.name == GITLAB_FOLDER:
        return Place("" if gitlab.settings.tokens_only else f"{GITLAB_FOLDER}/", "")
    if gitlab.settings.tokens_only:
        return Place("", " --data DIR")
    return Place(str(directory), f" --data {shlex.quote(str(directory))}")


def _tabs(
    call: Call, here: ProjectRow | NamespaceRow | None
) -> tuple[tuple[str, str, str, str], ...]:
    """The pages of a project or group that the caller may see: key, path, label, icon."""
    if here is None:
        return ()
    if isinstance(here, NamespaceRow):
        return _GROUP_TABS
    may = call.gitlab.door.may
    return tuple(tab for ability, tab in _TABS if may(call.caller, ability, here))


_GROUP_TABS = (
    ("overview", "", "Projects", "group"),
    ("packages", "/-/packages", "Packages", "package"),
)

_TABS: tuple[tuple[Ability, tuple[str, str, str, str]], ...] = (
    ("read_project", ("overview", "", "Overview", "home")),
    ("read_build", ("pipelines", "/-/pipelines", "Pipelines", "pipeline")),
    ("read_package", ("packages", "/-/packages", "Packages", "package")),
    ("read_release", ("releases", "/-/releases", "Releases", "release")),
)


def path_of(here: ProjectRow | NamespaceRow) -> str:
    """The path of a project's or group's page; without a host, so that it holds under any."""
    kind = "groups/" if isinstance(here, NamespaceRow) else ""
    return f"/{kind}{quote(here.path)}"


@cache
def environment() -> Environment:
    """The templates, which are read once."""
    made = Environment(
        loader=PackageLoader("gluv.server.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(
        moment=spans.moment,
        machine_moment=spans.machine_moment,
        span=spans.span,
        size=spans.size,
        counted=words.counted,
        look=words.look_of,
        look_of_job=words.look_of_job,
        reason_of=words.reason_of,
        source_of=words.source_of,
        segment=lambda text: quote(text, safe="", errors="surrogateescape"),
        path=lambda text: quote(text, errors="surrogateescape"),
        shown=shown,
        path_of=path_of,
    )
    # Macros are globals, so that a block can be rendered without the rest of its template.
    made.globals["ui"] = made.get_template("ui.html").module
    return made


def shown(name: str) -> str:
    """A file name that may hold anything: what nobody can see is written as its bytes."""
    return "".join(
        letter
        if letter.isprintable()
        else "".join(f"\\x{byte:02x}" for byte in letter.encode("utf-8", "surrogateescape"))
        for letter in name
    )
