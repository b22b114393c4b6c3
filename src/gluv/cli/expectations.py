"""Opens what `gluv test` is about: expectation files, each with what its scenes stand in."""

import os
from functools import cached_property
from pathlib import Path

import msgspec

from gluv.cli.project import CONFIG, Project, Where, open_project
from gluv.config.keywords.reading import ruby_text
from gluv.errors import UsageWrong
from gluv.expect.case import case_surroundings
from gluv.expect.compare import compare
from gluv.expect.model import Outcome, Scene, SceneRequest
from gluv.expect.read import Read, read_expectations
from gluv.expect.scene import Planned, Surroundings, plan_scene
from gluv.host.cases import Found, WorkTree, find_expectations, read_case
from gluv.host.context import build_project
from gluv.host.named_contexts import NamedContext, named_contexts
from gluv.host.setting_variables import read_declared_variables
from gluv.text import YamlInvalid
from gluv.text.nodes import Source
from gluv.text.source import read_source


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """One file: its expectations, their plans and what became of them."""

    path: Path
    source: Source
    read: Read
    planned: tuple[Planned, ...]
    outcomes: tuple[Outcome, ...]


class ProjectSurroundings:
    """What scenes stand in; the repository is looked at when an expectation is about it."""

    def __init__(self, where: Where) -> None:
        self._where = where

    @cached_property
    def _project(self) -> Project:
        return open_project(self._where)

    @property
    def root(self) -> Path:
        """The top folder of the project, as a path from here."""
        return Path(os.path.relpath(self._project.checkout.root))

    @cached_property
    def named(self) -> dict[str, Scene]:
        """The contexts of `[tool.gluv.contexts]`, for `context: NAME`."""
        checkout = self._project.checkout
        if not checkout.settings.contexts:
            return {}  # the usual ones depend on the branches that git has just now
        contexts = named_contexts(checkout.settings, checkout.facts)
        return {name: _scene(context) for name, context in contexts.items()}

    @cached_property
    def of_project(self) -> Surroundings:
        """The project: its working tree, and of its variables those that are in git."""
        project = self._project
        checkout = project.checkout
        fetcher = project.fetcher()
        return Surroundings(
            source=project.source,
            fetch=fetcher,
            tree=WorkTree(checkout.root, fetcher.local_files()),
            project=build_project(checkout.facts, checkout.settings),
            variables=read_declared_variables(checkout.settings),
            protected=checkout.settings.protected,
        )

    def of(self, found: Found) -> Surroundings:
        """Those of one expectation file."""
        if found.case is None:
            return self.of_project
        case = read_case(found.case)
        return case_surroundings(case.files, case.projects)


def find(place: Path) -> tuple[Found, ...]:
    """The expectation files; none where there is no such folder."""
    return find_expectations(place) if place.exists() else ()


def run_file(found: Found, project: ProjectSurroundings) -> Tested:
    """Read one expectation file and compare it with today's plans."""
    name = os.path.relpath(found.path)
    try:
        source = read_source(name, found.path.read_bytes())
    except YamlInvalid as error:
        read = Read(expectations=(), problems=(error.problem,))
        return Tested(path=found.path, source=Source(name, ""), read=read, planned=(), outcomes=())
    read = read_expectations(source, project.named if found.case is None else {})
    surroundings = project.of(found) if read.expectations else None
    planned = tuple(
        plan_scene(each.scene, surroundings) for each in read.expectations if surroundings
    )
    outcomes = tuple(map(compare, read.expectations, planned))
    return Tested(path=found.path, source=source, read=read, planned=planned, outcomes=outcomes)


def _scene(context: NamedContext) -> Scene:
    return Scene(
        branch=context.branch,
        tag=context.tag,
        request=None if context.mr is None else SceneRequest(target=context.mr),
        source=context.source,
        schedule=context.schedule,
        variables={key: ruby_text(value) for key, value in context.variables.items()},
        inputs=context.inputs,
        protected=context.protected,
        changed=context.changes,
    )


def nothing_found(place: Path) -> UsageWrong:
    """There is nothing to test."""
    return UsageWrong(
        f"there are no expectations in {place}",
        hint=f"`gluv test --update` writes the first ones from today's {CONFIG}",
    )
