"""The variables that people wrote down for gitlab-ci-local, so that they can switch over.

`.gitlab-ci-local-variables.yml` holds `KEY: value`, and maps with `type: variable|file` and
`values: {environment scope: value}`. `~/.gitlab-ci-local/variables.yml` has three such maps, one
for everybody and one for each group and project that is part of the remote's address. Every value
is the text as written; a bare value that names a file of this machine stands for its content.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from gluv.errors import UsageWrong
from gluv.plan.context import SettingVariable
from gluv.text import YamlInvalid
from gluv.text.nodes import MapNode, Node, ScalarNode, Source

OTHER = ".gitlab-ci-local-variables.yml"
HOME = ".gitlab-ci-local/variables.yml"

_Level = Literal["instance", "group", "project"]


def read_other(path: Path, home: Path) -> Iterator[SettingVariable]:
    """The project's file; nothing without one. Raises `UsageWrong`."""
    table = _parse(path, OTHER)
    if table is not None:
        yield from _read(table, OTHER, home, "project")


def read_home(home: Path, address: str) -> Iterator[SettingVariable]:
    """The user's file; `address` is the project's, `host/group/name`. Raises `UsageWrong`."""
    name = f"~/{HOME}"
    table = _parse(home / HOME, name)
    if table is None:
        return
    yield from _read(_map(table.get("global"), f"global in {name}"), name, home, "instance")
    group, _, _ = address.rpartition("/")
    levels: tuple[tuple[_Level, str], ...] = (("group", f"{group}/"), ("project", f"{address}.git"))
    for level, target in levels:
        for part, entries in _map(table.get(level), f"{level} in {name}"):
            # An address is matched by any part of it; older files write `host:group`.
            if part.replace(":", "/") in target:
                yield from _read(_map(entries, f"{part} in {name}"), name, home, level)


def _parse(path: Path, name: str) -> MapNode | None:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise UsageWrong(f"{name} is not UTF-8 text: {error}") from error
    if not text.strip().strip("-"):
        return None
    from gluv.text.reader import parse

    try:
        return parse(Source(name, text))
    except YamlInvalid as error:
        mark = error.problem.mark
        place = f"{mark.file}:{mark.line}" if mark else name
        raise UsageWrong(f"{place}: {error.problem.message}") from error


def _read(table: MapNode, name: str, home: Path, level: _Level) -> Iterator[SettingVariable]:
    for key, node in table:
        where = f"the variable {key} in {name}"
        if isinstance(node, MapNode):
            yield from _long_form(key, node, where, level)
        else:
            text = _text(node, where)
            content = _file_named(text, home)
            yield SettingVariable(
                key=key,
                value=text if content is None else content,
                file=content is not None,
                scope=level,
            )


def _long_form(key: str, node: MapNode, where: str, level: _Level) -> Iterator[SettingVariable]:
    unknown = [name for name in node.items if name not in ("type", "values")]
    if unknown or "values" not in node.items:
        raise UsageWrong(f"{where}: expected `values` and perhaps `type`, not {list(node.items)}")
    written = node.get("type")
    kind = "variable" if written is None else _text(written, f"{where}, type")
    if kind not in ("variable", "file"):
        raise UsageWrong(f"{where}: type is `variable` or `file`, not `{kind}`")
    for scope, value in _map(node.get("values"), f"{where}, values"):
        yield SettingVariable(
            key=key,
            value=_text(value, f"{where}, {scope}"),
            file=kind == "file",
            environment_scope=scope,
            scope=level,
        )


def _file_named(text: str, home: Path) -> str | None:
    """The content of the text file that a bare value names, None if it names none."""
    if not text.startswith(("/", "~/")) or "\n" in text:
        return None
    path = home / text[2:] if text.startswith("~/") else Path(text)
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else None
    except UnicodeDecodeError:
        return None  # a program, say: its path is what is meant
    except OSError as error:
        raise UsageWrong(f"{path} cannot be read: {error.strerror}") from error


def _text(node: Node, where: str) -> str:
    if not isinstance(node, ScalarNode):
        raise UsageWrong(f"{where} has to be text")
    return node.text


def _map(node: Node | None, where: str) -> MapNode:
    if node is None or (isinstance(node, ScalarNode) and node.value is None):
        return MapNode(Source("", ""), 1, 1, {}, {})
    if not isinstance(node, MapNode):
        raise UsageWrong(f"{where} has to be a map")
    return node
