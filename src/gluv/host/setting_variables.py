"""Variables that on GitLab are settings of the project, its groups or the instance.

They come, weakest first, from `[tool.gluv.variables]`, from the files of gitlab-ci-local (for
people who switch over) and from `.gluv/variables.toml`, which is private and outside git.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from gluv.errors import UsageWrong
from gluv.host.files import write_whole
from gluv.host.gitlab_ci_local import OTHER, read_home, read_other
from gluv.host.user import user_home
from gluv.plan.context import SettingVariable
from gluv.settings import Settings

__all__ = [
    "OTHER",
    "PRIVATE",
    "create_private",
    "read_declared_variables",
    "read_setting_variables",
]

PRIVATE = ".gluv/variables.toml"

Level = Literal["instance", "group", "project"]

TEMPLATE = """\
# Variables that GitLab keeps under Settings, CI/CD, Variables: of this project, its groups and the
# instance. Private: git does not see this file, and only its owner may read it.
#
# [project]
# REGION = "eu"
# DEPLOY_TOKEN = { value = "...", masked = true, protected = true }
# SSH_KEY = { value = "...", file = true, environment_scope = "production/*" }
#
# [group."group/sub"]
# NAME = "value"
#
# [instance]
# NAME = "value"
"""


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A variable written as a table; `scope` is whose setting it is, `raw` means unexpanded."""

    value: str | int | float | bool
    masked: bool = False
    protected: bool = False
    file: bool = False
    raw: bool = False
    environment_scope: str = "*"
    scope: Level = "project"


def read_setting_variables(
    root: Path,
    settings: Settings,
    *,
    project: str = "",
    host: str | None = None,
    home: Path | None = None,
) -> tuple[SettingVariable, ...]:
    """Every settings variable that the project at `root` gets.

    `project` is its full path, which decides about the groups, `host` the GitLab of its remote;
    `home` is the user's folder, read only with `[tool.gluv] gitlab-ci-local-home`. Raises
    `UsageWrong` for a file that cannot be understood, and for a private file that others may read.
    """
    home = home or user_home()
    others = read_home(home, f"{host or ''}/{project}") if settings.gitlab_ci_local_home else ()
    return (
        *read_declared_variables(settings),
        *others,
        *read_other(root / OTHER, home),
        *_read_private(root / PRIVATE, project),
    )


def read_declared_variables(settings: Settings) -> tuple[SettingVariable, ...]:
    """Those of `[tool.gluv.variables]` alone: what everybody has who has the repository.

    Raises `UsageWrong` for an entry that cannot be understood.
    """
    return tuple(_read(settings.variables, "[tool.gluv.variables]"))


def create_private(root: Path) -> Path:
    """Make an empty `.gluv/variables.toml` that only its owner may read; its path.

    Raises `UsageWrong` if there is one already.
    """
    path = root / PRIVATE
    if path.exists():
        raise UsageWrong(f"{PRIVATE} is there already", hint=f"edit {path}")
    ignore = path.parent / ".gitignore"
    if not ignore.exists():
        write_whole(ignore, b"*\n")
    write_whole(path, TEMPLATE.encode(), mode=0o600)
    return path


def _read(
    table: Mapping[str, Any], where: str, scope: Level | None = None, group: str = ""
) -> Iterator[SettingVariable]:
    for key, value in table.items():
        # A list holds the same variable for several environment scopes.
        for each in value if isinstance(value, list) else [value]:
            raw = each if isinstance(each, dict) else {"value": each}
            yield _variable(key, raw, where, scope, group)


def _variable(
    key: str, raw: Mapping[str, Any], where: str, scope: Level | None, group: str
) -> SettingVariable:
    known = [field.name for field in msgspec.structs.fields(Entry)]
    hint = f'write {key} = "value", or a table with: {", ".join(known)}'
    try:
        entry = msgspec.convert({name.replace("-", "_"): raw[name] for name in raw}, Entry)
    except msgspec.ValidationError as error:
        raise UsageWrong(f"the variable {key} in {where}: {error}", hint=hint) from error
    if scope is not None and "scope" in raw and entry.scope != scope:
        said = f"the variable {key} in {where} is of the {scope}, and says scope = '{entry.scope}'"
        raise UsageWrong(said, hint="leave out `scope`, or move the variable")
    return SettingVariable(
        key=key,
        value=_text(entry.value),
        scope=scope or entry.scope,
        group=group,
        masked=entry.masked,
        protected=entry.protected,
        file=entry.file,
        raw=entry.raw,
        environment_scope=entry.environment_scope,
    )


def _read_private(path: Path, project: str) -> Iterator[SettingVariable]:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except FileNotFoundError:
        return
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageWrong(
            f"{PRIVATE} holds secrets, and other users of this machine may read it",
            hint=f"chmod 600 {path}",
        )
    import tomllib  # most projects have no such file

    try:
        table = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageWrong(f"{PRIVATE} is not valid TOML: {error}") from error
    yield from _read_sections(table, project)


def _read_sections(table: dict[str, Any], project: str) -> Iterator[SettingVariable]:
    """`[project]`, `[group."path"]` and `[instance]`; what stands in none is the project's."""
    instance = _section(table.pop("instance", {}), "instance")
    yield from _read(instance, f"[instance] of {PRIVATE}", "instance")
    for path, variables in _section(table.pop("group", {}), "group").items():
        where = f'[group."{path}"] of {PRIVATE}'
        group = path.strip("/")
        if project.lower().startswith(f"{group.lower()}/"):
            yield from _read(_section(variables, f'group."{path}"'), where, "group", group)
    own = _section(table.pop("project", {}), "project")
    yield from _read(table, PRIVATE)
    yield from _read(own, f"[project] of {PRIVATE}", "project")


def _section(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UsageWrong(
            f"{name} in {PRIVATE} is a section, not a variable",
            hint=f'[{name}] and below it KEY = "value"',
        )
    return value


def _text(value: str | float | bool) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
