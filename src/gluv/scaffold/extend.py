"""A pipeline that exists, and what it takes to include another file in it."""

import re

import msgspec

from gluv.errors import UsageWrong
from gluv.scaffold.jobs import Layout
from gluv.text import YamlInvalid
from gluv.text.nodes import MapNode, SeqNode, plain
from gluv.text.reader import parse
from gluv.text.source import read_source

PART = ".gitlab/uv.yml"
_JOBS = ("lint", "scripts", "test", "docs", "build", "release")
_DEFAULT_STAGES = ("build", "test", "deploy")
_LIKELY = {
    "test": ("test", "tests", "check", "checks", "verify", "lint"),
    "build": ("build", "package", "test", "tests"),
    "release": ("release", "publish", "deploy"),
}


class Extension(msgspec.Struct, frozen=True, kw_only=True):
    """The pipeline with the include in it, where the new jobs fit in, and what is left to do."""

    text: str
    layout: Layout
    note: str = ""


def extend(name: str, text: str) -> Extension:
    """Include `PART` in the pipeline `text`, whose other bytes stay as they are.

    Raises `UsageWrong` if it is not YAML, or has a job that the part would change.
    """
    try:
        root = parse(read_source(name, text.encode()))
    except YamlInvalid as invalid:
        raise UsageWrong(
            f"{name} cannot be read: {invalid.problem.message}", hint="gluv lint says where"
        ) from invalid
    layout = _layout(root)
    for job in (".uv", ".uv-cached", *(f"{layout.prefix}{each}" for each in _JOBS)):
        if job in root.items:
            raise UsageWrong(
                f"{name} has a job {job}, which {PART} defines too", hint=f"rename {job}"
            )
    if PART in text:
        return Extension(text=text, layout=layout)
    return _include(name, text, root, layout)


def _layout(root: MapNode) -> Layout:
    node = root.get("stages")
    named = [plain(item) for item in node.items] if isinstance(node, SeqNode) else []
    stages = [each for each in named if isinstance(each, str)] or list(_DEFAULT_STAGES)
    found = {
        role: next((each for each in likely if each in stages), None)
        for role, likely in _LIKELY.items()
    }
    return Layout(
        prefix="uv-",
        test=found["test"] or stages[0],
        build=found["build"] or found["test"] or stages[0],
        release=found["release"] or stages[-1],
        workflow="workflow" in root.items,
    )


def _include(name: str, text: str, root: MapNode, layout: Layout) -> Extension:
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    node = root.get("include")
    if node is None:
        at = _first_line(lines)
        block = [f"include:{end}", f"  - local: {PART}{end}", end]
        return Extension(text="".join([*lines[:at], *block, *lines[at:]]), layout=layout)
    first = node.items[0].mark.line if isinstance(node, SeqNode) and node.items else 0
    dash = re.match(r"([ \t]*)- ", lines[first - 1]) if first else None
    if dash is None:
        return Extension(
            text=text, layout=layout, note=f"add to the include of {name}: local: {PART}"
        )
    added = f"{dash[1]}- local: {PART}{end}"
    return Extension(text="".join([*lines[: first - 1], added, *lines[first - 1 :]]), layout=layout)


def _first_line(lines: list[str]) -> int:
    """Where the configuration begins: below a `spec:` header and the comment at the top."""
    marks = [number for number, line in enumerate(lines) if re.match(r"---\s*(#.*)?$", line)]
    at = marks[-1] + 1 if marks else 0
    while at < len(lines) and lines[at].startswith("#"):
        at += 1
    while at < len(lines) and at and not lines[at].strip():
        at += 1
    return at
