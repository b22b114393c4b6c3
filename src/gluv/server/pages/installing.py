"""How to install a package from here: the lines for uv and pip, for a project or a group."""

import re
import shlex
from urllib.parse import urlsplit

import msgspec

from gluv.server.call import Call
from gluv.server.packages import group_base, project_base
from gluv.store import ProjectRow


class Install(msgspec.Struct, frozen=True, kw_only=True):
    """A way to install: what it is called, the text to copy, and what to know about it."""

    label: str
    text: str
    note: str = ""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """An index that has the package, and the ways to install from there."""

    label: str
    name: str
    url: str
    private: bool
    ways: tuple[Install, ...]


def installs(call: Call, package: str, version: str = "") -> tuple[Source, ...]:
    """The project's index and that of its group; `version` pins it."""
    gitlab, found = call.gitlab, []
    projects = call.projects if len(call.projects) == 1 else ()
    for project in projects:
        url = f"{project_base(gitlab.settings, project)}/simple"
        found.append(_source("This project", project.slug, url, project, package, version))
        group = gitlab.store.projects.find_namespace(project.namespace_id)
        if group is not None and group.kind == "group" and group.path:
            url = f"{group_base(gitlab.settings, group)}/simple"
            label = f"The group {group.path}"
            found.append(_source(label, group.name, url, project, package, version))
    return tuple(found)


def _source(
    label: str, name: str, url: str, project: ProjectRow, package: str, version: str
) -> Source:
    wanted = shlex.quote(f"{package}=={version}" if version else package)
    index = _index_name(name)
    private = project.visibility != "public" and not project.registry_public
    signed = _with_login(url) if private else url
    ways = (
        Install(label="uv add", text=f"uv add --index {index}={url} {wanted}"),
        Install(label="uv pip", text=f"uv pip install --index-url {signed} {wanted}"),
        Install(label="pip", text=f"pip install --index-url {signed} {wanted}"),
        Install(
            label="pyproject.toml",
            text=(
                f'[[tool.uv.index]]\nname = "{index}"\nurl = "{url}"\nexplicit = true\n\n'
                f'[tool.uv.sources]\n{_key(package)} = {{ index = "{index}" }}'
            ),
            note="explicit: uv takes from this index only packages whose source names it.",
        ),
        Install(label="uv.toml", text=f'[[index]]\nname = "{index}"\nurl = "{url}"'),
    )
    return Source(label=label, name=index, url=url, private=private, ways=ways)


def _index_name(name: str) -> str:
    """An index name that uv takes: letters, digits, `-`, `_`, `.`."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-") or "gitlab"


def _key(package: str) -> str:
    """A bare TOML key, or a quoted one."""
    return package if re.fullmatch(r"[A-Za-z0-9_-]+", package) else f'"{package}"'


def _with_login(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://__token__:YOUR_TOKEN@{parts.netloc}{parts.path}"
