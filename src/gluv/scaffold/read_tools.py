"""Which development tools a project has, and where `uv run` finds them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gluv.scaffold.facts import Tool, Where

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_ORDER: tuple[Where, ...] = ("default", "group", "extra", "requirements", "configured")
# Settings that show that a tool is used although nothing depends on it.
_SETTINGS = {
    "ruff": ("ruff.toml", ".ruff.toml"),
    "mypy": ("mypy.ini", ".mypy.ini"),
    "ty": ("ty.toml",),
    "pyright": ("pyrightconfig.json",),
    "pytest": ("pytest.ini",),
}


def requirement_name(text: str) -> str | None:
    """The normalised name (PEP 503) of a requirement such as `Ruff>=0.9`."""
    found = _NAME.match(text)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else None


def read_tools(
    pyprojects: Mapping[str, Mapping[str, Any]],
    requirements: Mapping[str, str],
    files: tuple[str, ...],
) -> tuple[Tool, ...]:
    """Every tool, the place that is easiest to reach winning; `requirements` is path to text."""
    found: dict[str, Tool] = {}
    for tool in [
        *_declared(pyprojects),
        *_listed(requirements),
        *_configured(pyprojects, files),
    ]:
        known = found.get(tool.name)
        if known is None or _ORDER.index(tool.where) < _ORDER.index(known.where):
            found[tool.name] = tool
    return tuple(found.values())


def _declared(pyprojects: Mapping[str, Mapping[str, Any]]) -> Iterator[Tool]:
    for table in pyprojects.values():
        project = table.get("project", {})
        groups = table.get("dependency-groups", {})
        settings = table.get("tool", {}).get("uv", {})
        default = settings.get("default-groups", ["dev"])
        for name in _names(settings.get("dev-dependencies", [])):
            yield Tool(name=name, where="default")
        for group in groups:
            where: Where = "default" if default == "all" or group in default else "group"
            for name in _group(groups, group):
                yield Tool(name=name, where=where, within=group)
        for extra, items in project.get("optional-dependencies", {}).items():
            for name in _names(items):
                yield Tool(name=name, where="extra", within=extra)
        for name in _names(project.get("dependencies", [])):
            yield Tool(name=name, where="default")


def _group(groups: Mapping[str, Any], name: str, above: tuple[str, ...] = ()) -> Iterator[str]:
    """The names in a dependency group and in those it includes (PEP 735)."""
    if name in above:
        return
    for item in groups.get(name, []):
        if isinstance(item, str):
            yield from _names([item])
        elif isinstance(item, dict) and isinstance(item.get("include-group"), str):
            yield from _group(groups, item["include-group"], (*above, name))


def _names(items: object) -> Iterator[str]:
    for item in items if isinstance(items, list) else []:
        name = requirement_name(item) if isinstance(item, str) else None
        if name is not None:
            yield name


def _listed(requirements: Mapping[str, str]) -> Iterator[Tool]:
    for path, text in requirements.items():
        for line in text.splitlines():
            name = requirement_name(line)
            if name is not None:
                yield Tool(name=name, where="requirements", within=path)


def _configured(
    pyprojects: Mapping[str, Mapping[str, Any]], files: tuple[str, ...]
) -> Iterator[Tool]:
    for name, places in _SETTINGS.items():
        tables = any(name in table.get("tool", {}) for table in pyprojects.values())
        if tables or any(place in files for place in places):
            yield Tool(name=name, where="configured")
