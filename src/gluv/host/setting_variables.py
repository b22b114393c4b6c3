"""Variables that on GitLab are settings of the project, its groups or the instance.

They come, weakest first, from `[tool.gluv.variables]`, from `.gitlab-ci-local-variables.yml` (for
people who switch over) and from `.gluv/variables.toml`, which is private and outside git.
"""

import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from gluv.errors import UsageWrong
from gluv.plan.context import SettingVariable
from gluv.settings import Settings
from gluv.text import YamlInvalid
from gluv.text.nodes import Source, plain
from gluv.text.reader import parse

PRIVATE = ".gluv/variables.toml"
OTHER = ".gitlab-ci-local-variables.yml"


class Entry(msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """A variable written as a table; `level` is whose setting it is."""

    value: str | int | float | bool
    masked: bool = False
    protected: bool = False
    file: bool = False
    raw: bool = False
    environment_scope: str = "*"
    level: Literal["instance", "group", "project"] = "project"


class OtherEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The long form of gitlab-ci-local: one value an environment scope."""

    values: dict[str, str | int | float | bool]
    type: Literal["variable", "file"] = "variable"


def read_setting_variables(root: Path, settings: Settings) -> tuple[SettingVariable, ...]:
    """Every settings variable of the project at `root`.

    Raises `UsageWrong` for a file that cannot be understood, and for a private file that others
    may read.
    """
    return (
        *_read(settings.variables, "[tool.gluv.variables]"),
        *_read_other(root / OTHER),
        *_read_private(root / PRIVATE),
    )


def _read(table: Mapping[str, Any], where: str) -> Iterator[SettingVariable]:
    for key, value in table.items():
        # A list holds the same variable for several environment scopes.
        for each in value if isinstance(value, list) else [value]:
            raw = each if isinstance(each, dict) else {"value": each}
            yield _variable(key, raw, where)


def _variable(key: str, raw: Mapping[str, Any], where: str) -> SettingVariable:
    try:
        entry = msgspec.convert(raw, Entry)
    except msgspec.ValidationError as error:
        known = ", ".join(field.encode_name for field in msgspec.structs.fields(Entry))
        raise UsageWrong(
            f"the variable {key} in {where}: {error}",
            hint=f'write {key} = "value", or a table with: {known}',
        ) from error
    return SettingVariable(
        key=key,
        value=_text(entry.value),
        scope=entry.level,
        masked=entry.masked,
        protected=entry.protected,
        file=entry.file,
        raw=entry.raw,
        environment_scope=entry.environment_scope,
    )


def _read_private(path: Path) -> Iterator[SettingVariable]:
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
    try:
        table = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageWrong(f"{PRIVATE} is not valid TOML: {error}") from error
    yield from _read(table, PRIVATE)


def _read_other(path: Path) -> Iterator[SettingVariable]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    if not text.strip():
        return
    try:
        table = plain(parse(Source(OTHER, text)))
    except YamlInvalid as error:
        raise UsageWrong(f"{OTHER}: {error.problem.message}") from error
    assert isinstance(table, dict)
    for key, value in table.items():
        if not isinstance(value, dict):
            yield _variable(key, {"value": value}, OTHER)
            continue
        try:
            entry = msgspec.convert(value, OtherEntry)
        except msgspec.ValidationError as error:
            raise UsageWrong(f"the variable {key} in {OTHER}: {error}") from error
        for scope, each in entry.values.items():
            raw = {"value": each, "file": entry.type == "file", "environment-scope": scope}
            yield _variable(key, raw, OTHER)


def _text(value: str | float | bool) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
