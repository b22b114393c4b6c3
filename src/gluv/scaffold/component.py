"""A pipeline of `include:component`, with inputs for what is the project's own."""

import msgspec

from gluv.errors import UsageWrong
from gluv.scaffold import commands
from gluv.scaffold.choices import Choices
from gluv.scaffold.facts import Facts, Tool
from gluv.scaffold.lines import Entry, Item, Quoted, Slot, write_entries
from gluv.scaffold.pipeline import workflow

PROJECT = "$CI_SERVER_FQDN/gluv/gluv"
"""Where the component is if gluv was mirrored under its own name; see docs/component.md."""


def write_component(
    facts: Facts, choices: Choices, address: str | None, header: str, *, version: str
) -> str:
    """The file. `address` is `HOST/GROUP/PROJECT@VERSION`; `version` that of gluv, whose releases
    are the component's.

    Raises `UsageWrong` for a project without `pyproject.toml`, which the component does not serve.
    """  # fmt: skip
    if facts.kind != "project":
        raise UsageWrong(
            "the component is for projects with a [project] table in pyproject.toml",
            hint="leave out --component",
        )
    project, _, ref = (address or f"{PROJECT}@{version}").partition("@")
    names = ["uv"] if choices.release != "none" else ["lint", "test"]
    names += ["build"] if facts.packages and choices.release == "none" else []
    included = [
        Item(
            (
                Entry("component", f"{project}/{name}@{ref or version}"),
                Entry("inputs", [*_inputs(facts, choices, name), Slot(f"{name} inputs")]),
            )
        )
        for name in names
    ]
    stages = ["test", *(["build"] if facts.packages else [])]
    stages += ["release"] if choices.release != "none" else []
    entries: list[Entry | Slot] = [
        Entry("include", included),
        Entry("stages", [*stages, Slot("stages")], spaced=True),
        workflow(cache_policy=False),
    ]
    lines = [*(f"# {line}" for line in header.splitlines()), "", *write_entries(entries)]
    return "\n".join([*lines, "", *write_entries([Slot("jobs")])]) + "\n"


def _inputs(facts: Facts, choices: Choices, name: str) -> list[Entry]:
    entries = [Entry("uv-version", Quoted(choices.uv))]
    if name in ("uv", "test"):
        entries.append(Entry("python-versions", [Quoted(each) for each in choices.pythons]))
    if name != "test":
        entries.append(Entry("python-version", Quoted(choices.python)))
    entries.append(Entry("base-layer", choices.base_layer))
    if facts.vcs_version:
        entries.append(Entry("git-depth", Quoted("0"), "The version comes from the tags."))
    if name != "build":
        entries += _environment(facts)
    if name in ("uv", "test"):
        entries += _test(facts)
    if name in ("uv", "lint"):
        entries += _lint(facts)
    if name in ("uv", "build") and facts.workspace:
        entries.append(Entry("packages", [member.name for member in facts.packages]))
    if name == "uv":
        entries.append(Entry("publish-target", choices.release))
    return entries


def _environment(facts: Facts) -> list[Entry]:
    """What the jobs install, and how it is locked."""
    entries = [Entry("all-packages", True)] if facts.workspace else []
    if not facts.locked:
        entries.append(Entry("lock-mode", "none"))
        entries.append(Entry("cache-key-files", ["pyproject.toml"]))
    for kind in ("group", "extra"):
        wanted = sorted({tool.within for tool in facts.tools if tool.where == kind and _used(tool)})
        entries += [Entry(f"{kind}s", wanted)] if wanted else []
    return entries


_USED = {"pytest", "pytest-cov", "coverage", "ruff", "black", "mypy", "ty", "pyright"}


def _used(tool: Tool) -> bool:
    return tool.name in _USED


def _synced(facts: Facts) -> Facts:
    """The facts in an environment that has all groups and extras the inputs name."""
    tools = tuple(
        msgspec.structs.replace(tool, where="default") if tool.where in ("group", "extra") else tool
        for tool in facts.tools
    )
    members = (msgspec.structs.replace(member, path=".") for member in facts.members)
    return msgspec.structs.replace(facts, tools=tools, members=tuple(members), workspace=False)


def _test(facts: Facts) -> list[Entry]:
    """In a workspace one command tests all members; their tests may have the same names."""
    tested = [member.path for member in facts.members if member.tests]
    if not tested:
        lines = [line for line in commands.try_without_tests(_synced(facts)) if line != "uv sync"]
        return [Entry("test-command", " && ".join(lines) or "uv pip check")]
    command = " && ".join(commands.run_tests(_synced(facts)))
    if facts.workspace:
        command += f" --import-mode=importlib {' '.join(tested)}"
    return [Entry("test-command", command)]


def _lint(facts: Facts) -> list[Entry]:
    lines = [
        line
        for line in commands.lint_commands(_synced(facts))
        if line != "uv lock --check" and "--exit-zero" not in line
    ]
    entries = [Entry("lint-commands", lines or ["uv pip check"])]
    return entries if facts.locked else [*entries, Entry("lock-check", False)]
