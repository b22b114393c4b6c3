"""GLU417, GLU420: what `uv build --all-packages` publishes of a workspace."""

from collections.abc import Iterator
from typing import Any

from gluv.lint.commands import Command
from gluv.lint.facts import JobFacts, LintFacts
from gluv.lint.model import Finding, Rule
from gluv.lint.project import requirements
from gluv.lint.publishing import uploads


def _publishing_all(facts: LintFacts) -> Iterator[tuple[JobFacts, Command]]:
    for job in facts.jobs:
        if any(uploads(job)):
            for build in job.uv("build"):
                if build.has("--all-packages", "--all"):
                    yield job, build


def _name(data: dict[str, Any]) -> str:
    name = data.get("project", {}).get("name", "")
    return str(name).lower().replace("_", "-").replace(".", "-")


def _private(data: dict[str, Any]) -> bool:
    project, uv = data.get("project", {}), data.get("tool", {}).get("uv", {})
    return uv.get("package") is False or any(
        str(each).startswith("Private ::") for each in project.get("classifiers", ())
    )


def _unbound(facts: LintFacts) -> Iterator[Finding]:
    members = facts.project.members
    names = {_name(data) for data in members.values()} - {""}
    for job, _ in list(_publishing_all(facts))[:1]:
        for path, data in members.items():
            if _private(data):
                continue
            sources = data.get("tool", {}).get("uv", {}).get("sources", {})
            for wanted in requirements(data.get("project", {}).get("dependencies")):
                name = wanted.name.lower().replace("_", "-").replace(".", "-")
                source = sources.get(wanted.name, sources.get(name))
                here = isinstance(source, dict) and source.get("workspace") is True
                if name in names and here and not wanted.specifier:
                    yield Finding(
                        message=f"a wheel of {_name(data)} takes any {wanted.name}, old ones too",
                        mark=facts.project.mark(path, "project", "dependencies"),
                        hint=f'bound it: "{wanted.name}>=VERSION"',
                        job=job.name,
                    )


def _not_for_others(facts: LintFacts) -> Iterator[Finding]:
    for job, build in _publishing_all(facts):
        private = sorted(
            _name(data)
            for path, data in facts.project.members.items()
            if _private(data) and data.get("build-system")
        )
        if private:
            yield Finding(
                message=f"--all-packages also publishes {', '.join(private)}, which pyproject.toml "
                "marks as private",
                mark=build.mark,
                hint="name the packages: uv build --package NAME",
                job=job.name,
            )


RULES = (
    Rule(
        id="GLU417",
        title="a workspace member that takes any version of another",
        level="warning",
        check=_unbound,
    ),
    Rule(
        id="GLU420",
        title="private members among those that are published",
        level="warning",
        check=_not_for_others,
    ),
)
