"""`artifacts:`."""

import re
from typing import Final

import msgspec

from gluv.config.keywords.reading import (
    Problems,
    absent,
    read_choice,
    read_flag,
    read_map,
    read_text,
    read_texts,
    words,
)
from gluv.config.keywords.reports import CoverageReport as CoverageReport
from gluv.config.keywords.reports import read_reports
from gluv.config.keywords.syntax import (
    read_duration,
)
from gluv.text.nodes import MapNode, Node


class Artifacts(msgspec.Struct, frozen=True, kw_only=True):
    """`artifacts:`; `expire_in` in seconds, None for GitLab's default, 0 for never.

    `reports` holds kind to paths ("junit", "dotenv", ...).
    """

    paths: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    untracked: bool = False
    name: str | None = None
    when: str = "on_success"
    expire_in: int | None = None
    expose_as: str | None = None
    public: bool | None = None
    access: str | None = None
    reports: dict[str, tuple[str, ...]] = {}
    coverage_report: CoverageReport | None = None


ARTIFACT_KEYS: Final = (
    "name",
    "untracked",
    "paths",
    "reports",
    "when",
    "expire_in",
    "expose_as",
    "exclude",
    "public",
    "access",
)
WHEN: Final = ("on_success", "on_failure", "always")
ACCESS: Final = ("none", "developer", "maintainer", "all")
EXPOSE_AS_LIMIT: Final = 100

_EXPOSE_AS: Final = r"\w[-\w ]*"


def read_artifacts(node: Node, at: str, problems: Problems) -> Artifacts | None:
    """Artifacts; None if it is no map."""
    fields = read_map(node, f"{at} config", problems, ARTIFACT_KEYS)
    if fields is None:
        return None
    if "access" in fields.items and "public" in fields.items:
        problems.refuse(
            "conflicting-keys",
            f"{at} config these keys cannot be used together: access, public",
            fields.key_mark("public"),
        )
    read: dict[str, object] = {}
    for key, value in fields:
        if absent(value):
            continue
        subject = f"{at} {words(key)}"
        result: object = None
        match key:
            case "name":
                result = read_text(value, subject, problems)
            case "untracked" | "public":
                result = read_flag(value, subject, problems)
            case "paths" | "exclude":
                result = read_texts(value, subject, problems)
            case "when":
                sentence = f"should be one of: {', '.join(WHEN)}"
                result = read_choice(value, subject, problems, WHEN, sentence)
            case "access":
                sentence = f"should be one of: {', '.join(ACCESS)}"
                result = read_choice(value, subject, problems, ACCESS, sentence)
            case "expire_in":
                result = read_duration(value, subject, problems, never=True)
            case "expose_as":
                result = _read_expose_as(value, subject, problems)
            case "reports":
                read["reports"], read["coverage_report"] = read_reports(
                    value, f"{at}:reports", problems
                )
        if result is not None:
            read[key] = result
    artifacts = Artifacts(**read)  # type: ignore[arg-type]
    if artifacts.expose_as is not None:
        _check_exposed_paths(fields, artifacts.paths, f"{at} paths", problems)
    return artifacts


def _read_expose_as(node: Node, subject: str, problems: Problems) -> str | None:
    name = read_text(node, subject, problems)
    if name is None:
        return None
    if len(name) > EXPOSE_AS_LIMIT:
        problems.refuse(
            "too-long",
            f"{subject} is too long (maximum is {EXPOSE_AS_LIMIT} characters)",
            node,
        )
    if re.fullmatch(_EXPOSE_AS, name) is None:
        problems.refuse(
            "invalid-value",
            f"{subject} can contain only letters, digits, '-', '_' and spaces",
            node,
        )
    return name


def _check_exposed_paths(
    node: MapNode, paths: tuple[str, ...], subject: str, problems: Problems
) -> None:
    where = node.get("paths") or node.key_mark("expose_as")
    if not paths:
        problems.refuse("blank", f"{subject} can't be blank", where)
    elif any("*" in path for path in paths):
        problems.refuse(
            "invalid-value", f"{subject} can't contain '*' when used with 'expose_as'", where
        )
