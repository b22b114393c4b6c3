"""The pipeline that a `trigger:` job starts: a child of this one, or another project's."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from gluv.config import load
from gluv.config.fetch import FetchFailed
from gluv.execute.parts import Parts
from gluv.execute.result import JobFailed
from gluv.execute.run import Run
from gluv.execute.variables import Expansion, job_variables
from gluv.host.fetch import HostFetcher
from gluv.plan import build
from gluv.plan.context import Context
from gluv.plan.includes import include_masked, include_rules, include_variables
from gluv.plan.model import Plan, PlannedJob
from gluv.plan.variable import yaml_variables
from gluv.text import YamlInvalid
from gluv.text.nodes import Source
from gluv.text.source import read_source

MOST_DEEP = 2
"""Child pipelines below one that a person started; GitLab's limit."""

MAX_GENERATED = 5 * 1024 * 1024
"""Bytes of a generated configuration; GitLab's limit for one file of an artifact archive."""


class Downstream(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline about to start. `same_files` if it is a child, which sees its parent's tree."""

    plan: Plan
    context: Context
    parts: Parts
    same_files: bool


def open_downstream(run: Run, job: PlannedJob) -> Downstream:
    """Plan what a bridge starts. Raises `JobFailed` with GitLab's failure reason."""
    trigger = job.trigger
    assert trigger is not None
    variables = forwarded(run, job)
    if trigger.project is not None:
        return _open_project(run, job, variables)
    if run.depth >= MOST_DEEP:
        raise JobFailed(
            "reached_max_descendant_pipelines_depth",
            f"child pipelines may be {MOST_DEEP} deep, and this would be one more",
        )
    context = msgspec.structs.replace(run.context, source="parent_pipeline", variables=variables)
    config = msgspec.json.encode({"include": list(trigger.include)})
    loaded = load(
        read_source(f"trigger of {job.name}", config),
        ChildFetcher(run),
        trigger.inputs,
        variables=include_variables(context),
        rules=include_rules(context),
        masked=include_masked(context),
    )
    if loaded.config is None or any(one.severity == "error" for one in loaded.problems):
        raise _not_created([one.message for one in loaded.problems if one.severity == "error"])
    plan = build(loaded.config, context, problems=loaded.problems)
    return Downstream(
        plan=_checked(plan), context=context, parts=_parts(run, run.parts), same_files=True
    )


def forwarded(run: Run, job: PlannedJob) -> dict[str, str]:
    """The pipeline variables of the downstream pipeline (`trigger:forward`).

    By default those of the YAML, expanded with all that the bridge has; with `pipeline_variables`
    also the pipeline's own, which are weaker.
    """
    trigger = job.trigger
    assert trigger is not None
    forward = trigger.forward
    found: dict[str, str] = {}
    if forward is not None and forward.pipeline_variables:
        found |= run.pipeline.variables
    if forward is None or forward.yaml_variables:
        place = Path("/builds")
        variables = {
            one.key: one
            for one in job_variables(
                run, job, job_id=0, token="", builds=place, project=place / run.context.project.path
            )
        }
        expand = Expansion({key: one.value for key, one in variables.items()}).runner
        for key, own in yaml_variables(job.variables).items():
            if own.raw:
                # It will be expanded once more.
                found[key] = own.value.replace("$", "$$")
            elif key in variables and variables[key].origin == own.origin:
                found[key] = variables[key].value
            else:
                # Something stronger has its place in the bridge, and is not forwarded.
                found[key] = expand(own.value)
    return found


def _open_project(run: Run, job: PlannedJob, variables: Mapping[str, str]) -> Downstream:
    trigger, opener = job.trigger, run.parts.downstream
    assert trigger is not None
    found = opener(job, variables) if opener is not None else None
    if found is None:
        raise JobFailed(
            "downstream_bridge_project_not_found",
            f"the project {trigger.project} is not on this machine: say where its checkout is, "
            f'[tool.gluv.projects] "{trigger.project}" = "../path"',
        )
    plan, context, parts = found
    return Downstream(
        plan=_checked(plan), context=context, parts=_parts(run, parts), same_files=False
    )


def _parts(run: Run, parts: Parts) -> Parts:
    # What was asked of the jobs of one pipeline says nothing about another's.
    return msgspec.structs.replace(
        parts, cancel=run.cancel, manual=frozenset(), taken={}, reuse=frozenset()
    )


def _checked(plan: Plan) -> Plan:
    if plan.pipeline is None:
        errors = [one.message for one in plan.problems if one.severity == "error"]
        raise _not_created(errors or [plan.reason])
    return plan


def _not_created(reasons: list[str]) -> JobFailed:
    said = "; ".join(reasons)
    return JobFailed(
        "downstream_pipeline_creation_failed", f"downstream pipeline can not be created, {said}"
    )


class ChildFetcher(HostFetcher):
    """The fetcher of a child pipeline: the parent's files, and what its jobs have generated."""

    def __init__(self, run: Run) -> None:
        parts = run.parts
        commit = run.pipeline.sha if parts.commit or run.pipeline.tag else None
        super().__init__(
            parts.repository,
            parts.store.directory,
            parts.settings,
            commit=commit,
            environ=parts.environ,
        )
        self._run = run

    def artifact(self, job: str, path: str) -> Source:
        """A file of a job's artifacts; a link or a path that leads out of them is no file."""
        kept = self._run.kept.get(job)
        if kept is None or kept.archive is None:
            raise FetchFailed(
                f"Job `{job}` not found in parent pipeline or does not have artifacts!"
            )
        top = kept.archive.resolve()
        place = (top / path).resolve()
        if not place.is_relative_to(top) or not place.is_file():
            raise FetchFailed(f"Failed to parse artifact `{path}` of job `{job}`: no such file")
        if place.stat().st_size > MAX_GENERATED:
            raise FetchFailed(f"Artifact `{path}` of job `{job}` is too large")
        try:
            return read_source(f"{job}:{path}", place.read_bytes())
        except YamlInvalid:
            raise
        except OSError as error:
            raise FetchFailed(f"Artifact `{path}` of job `{job}`: {error.strerror}") from error
