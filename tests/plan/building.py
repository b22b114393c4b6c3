"""Contexts and configurations for the tests of the plan."""

from collections.abc import Mapping

import msgspec

from gluv.config.keywords.job import Job
from gluv.config.keywords.rules import Rule
from gluv.config.keywords.variables import Variable
from gluv.config.keywords.workflow import Workflow
from gluv.config.model import Config
from gluv.errors import Mark
from gluv.plan.context import Commit, Context, MergeRequest, Project
from gluv.text.nodes import MapNode, Source

SHA = "1234567890abcdef1234567890abcdef12345678"
BASE = Context(
    source="push",
    ref="main",
    ref_kind="branch",
    commit=Commit(
        sha=SHA,
        message="Add a thing\n\nIt is a good one.\n",
        author="Ann <ann@example.org>",
        timestamp="2026-03-04T05:06:07+00:00",
    ),
    project=Project(path="group/sub/my-lib"),
    repository=msgspec.UNSET,  # type: ignore[arg-type]
    created_at="2026-03-04T05:06:08Z",
)


class FakeRepository:
    """A repository held in two dictionaries; the contract is `gluv.plan.context.Repository`."""

    def __init__(
        self,
        files: Mapping[str, str] | None = None,
        changed: frozenset[str] | None = frozenset(),
        since: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self._files = dict(files or {})
        self._changed = changed
        self._since = dict(since or {})

    def files(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))

    def changed(self, compare_to: str | None) -> frozenset[str] | None:
        return self._changed if compare_to is None else self._since[compare_to]

    def blob_id(self, path: str) -> str | None:
        return self._files.get(path)

    def last_commit(self, path: str) -> str | None:
        return f"commit-of-{path}" if path in self._files else None


def branch(name: str = "main", **changes: object) -> Context:
    return _context(ref=name, **changes)


def tag(name: str = "v1.2.0", **changes: object) -> Context:
    changes.setdefault("repository", FakeRepository(changed=None))
    return _context(ref=name, ref_kind="tag", **changes)


def merge_request(source: str = "topic", target: str = "main", **changes: object) -> Context:
    return _context(
        source="merge_request_event",
        ref=source,
        ref_kind="merge_request",
        merge_request=MergeRequest(target=target, source=source, iid=7, title="Draft: add"),
        **changes,
    )


def schedule(**changes: object) -> Context:
    changes.setdefault("repository", FakeRepository(changed=None))
    return _context(source="schedule", schedule_description="nightly", **changes)


def _context(**changes: object) -> Context:
    changes.setdefault("repository", FakeRepository())
    return msgspec.structs.replace(BASE, **changes)


def job(name: str, **keywords: object) -> Job:
    keywords.setdefault("script", ("true",))
    return msgspec.structs.replace(
        Job(name=name), mark=Mark(".gitlab-ci.yml", 1, 1), **_plain(keywords)
    )


def config(
    *jobs: Job,
    stages: tuple[str, ...] = ("build", "test", "deploy"),
    variables: Mapping[str, str | Variable] | None = None,
    workflow: Workflow | None = None,
) -> Config:
    empty = MapNode(Source(".gitlab-ci.yml", ""), 1, 1, {}, {})
    return Config(
        stages=(".pre", *stages, ".post"),
        variables=variables_of(variables or {}),
        workflow=workflow or Workflow(),
        jobs={each.name: each for each in jobs},
        merged=empty,
    )


def variables_of(values: Mapping[str, str | Variable]) -> dict[str, Variable]:
    return {
        key: value if isinstance(value, Variable) else Variable(value=value)
        for key, value in values.items()
    }


def rule(if_: str | None = None, *, line: int = 1, **keys: object) -> Rule:
    return msgspec.structs.replace(
        Rule(if_=if_), mark=Mark(".gitlab-ci.yml", line, 7), **_plain(keys)
    )


def _plain(keywords: dict[str, object]) -> dict[str, object]:
    variables = keywords.get("variables")
    if isinstance(variables, dict):
        keywords["variables"] = variables_of(variables)
    return keywords
