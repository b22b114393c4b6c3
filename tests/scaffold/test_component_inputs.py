"""Every input of every template: typed, described, and of effect."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gluv.cli.project import Where, open_project, plan_loaded
from gluv.host.context import ContextOptions
from gluv.plan.json import render_json
from gluv.plan.selection import Selection
from tests.cli.conftest import Repo
from tests.scaffold import component, projects
from tests.scaffold.component import TEMPLATES, read_inputs
from tests.scaffold.conftest import Start

# What an input without options is set to; it differs from the default and fits the regex.
OTHER: dict[str, object] = {
    "job-prefix": "other",
    "working-directory": "packages/wing",
    "uv-version": "0.11.20",
    "python-version": "3.12",
    "python-versions": ["3.11", "3.12"],
    "tags": ["big"],
    "cache-key-files": ["pyproject.toml"],
    "lint-commands": ["uv run mypy"],
    "extras": ["extra"],
    "groups": ["docs"],
    "packages": ["wing"],
    "git-depth": "50",
    "tag-pattern": "/^release-/",
    "cache-suffix": "-more",
    "index-name": "OURS",
    "index-password-variable": "OUR_TOKEN",
    "gluv-requirement": "gluv==1.0.0",
    "coverage-regex": "/covered (\\d+)/",
    "image": "registry.example.com/uv:$UV_VERSION",
}
INPUTS = [(template, name) for template in TEMPLATES for name in read_inputs(template)]


def other(name: str, spec: Mapping[str, Any]) -> object:
    if name in OTHER:
        return OTHER[name]
    if spec.get("type") == "boolean":
        return not spec["default"]
    if "options" in spec:
        return next(each for each in spec["options"] if each != spec["default"])
    if name.startswith("stage"):
        return "elsewhere"
    return "something/else" if spec.get("type", "string") == "string" else [name]


def planned(repo: Repo, template: str, inputs: Mapping[str, object]) -> str:
    """The plans of a branch and of a protected tag, in one text."""
    stages = "test, build, release, elsewhere"
    repo.write({".gitlab-ci.yml": component.include(template, inputs, stages)})
    plans = []
    for options in (ContextOptions(), ContextOptions(tag="v1.2.0")):
        project = open_project(Where(directory=repo.root, file=None, context=options))
        context = project.context()
        plan = plan_loaded(project.load(context), context, Selection())
        assert plan.problems == (), plan.problems
        plans.append(render_json(msgspec.structs.replace(plan)).decode())
    return "\n".join(plans)


@pytest.fixture
def repo_with_component(start: Start) -> Repo:
    library = projects.LIBRARY["pyproject.toml"]
    extra = '\n[tool.gluv]\nprotected = ["v*"]\n'
    repo = start({**projects.LIBRARY, "pyproject.toml": library + extra + component.settings()})
    repo.commit({"uv.lock": "version = 1\n"})
    repo.git("tag", "v1.2.0")
    return repo


@pytest.mark.parametrize("template", TEMPLATES)
def test_each_input_changes_the_plan(repo_with_component: Repo, template: str) -> None:
    repo = repo_with_component
    default = planned(repo, template, {})
    without = []
    for name, spec in read_inputs(template).items():
        inputs = {name: other(name, spec)}
        if planned(repo, template, inputs) == default:
            without.append(name)
    assert without == []


@pytest.mark.parametrize(("template", "name"), INPUTS)
def test_input_is_described(template: str, name: str) -> None:
    spec = read_inputs(template)[name]
    assert spec["description"].endswith((".", ")", "]"))
    assert "default" in spec


def test_one_name_is_one_thing() -> None:
    """What templates share is the same in each, but for what the description explains."""
    seen: dict[str, tuple[str, dict[str, Any]]] = {}
    for template in TEMPLATES:
        for name, spec in read_inputs(template).items():
            kind = {key: spec.get(key) for key in ("type", "options", "regex")}
            assert seen.setdefault(name, (template, kind))[1] == kind, f"{name} in {template}"


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_global_keyword(template: str) -> None:
    _, jobs = component.documents(template)
    assert not set(jobs.items) & {"variables", "default", "stages", "workflow", "image", "cache"}


def test_twice_in_one_pipeline(repo_with_component: Repo) -> None:
    repo = repo_with_component
    twice_named = ("wing", "bird")
    entry = {"component": "$CI_SERVER_FQDN/gluv/gluv/uv@1.0.0"}
    twice = [
        {**entry, "inputs": {"job-prefix": name, "working-directory": f"packages/{name}"}}
        for name in twice_named
    ]
    text = f"include: {msgspec.json.encode(twice).decode()}\nstages: [test, build, release]\n"
    repo.write({".gitlab-ci.yml": text})
    project = open_project(Where(directory=repo.root, file=None, context=ContextOptions()))
    context = project.context()
    plan = plan_loaded(project.load(context), context, Selection())
    assert plan.problems == ()
    jobs = ("lint", "test: [3.13]", "build")
    assert {job.name for job in plan.jobs} == {
        f"{each}-{job}" for each in twice_named for job in jobs
    }


def test_readme_names_each_input() -> None:
    text = Path(component.ROOT / "templates/README.md").read_text()
    for _, name in INPUTS:
        assert f"| `{name}` |" in text, name
