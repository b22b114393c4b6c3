"""The JSON form of a plan: an interface, described by `docs/plan.schema.json`."""

from collections.abc import Mapping

import msgspec

from gluv.config.keywords.allow_failure import AllowFailure, ExitCodes
from gluv.config.keywords.artifacts import Artifacts
from gluv.config.keywords.release import Release
from gluv.errors import Mark, Problem
from gluv.plan.model import Pipeline, Plan, PlannedJob

Value = object


def render_json(plan: Plan) -> bytes:
    """The plan as one JSON object, indented."""
    return render_data(plan_object(plan))


def render_data(data: Value) -> bytes:
    """Plain data as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(data), indent=2)


def plan_object(plan: Plan) -> dict[str, Value]:
    """The plan as plain data: `pipeline`, `jobs`, `skipped`, `problems`."""
    return {
        "pipeline": None if plan.pipeline is None else _pipeline(plan.pipeline),
        "reason": plan.reason or None,
        "stages": list(plan.stages),
        "jobs": [job_object(job) for job in plan.jobs],
        "skipped": [{"name": entry.name, "why": entry.why} for entry in plan.skipped],
        "problems": [problem_object(problem) for problem in plan.problems],
    }


def job_object(job: PlannedJob) -> dict[str, Value]:
    """One job under GitLab's keyword names; null where it does not say anything."""
    plain = msgspec.to_builtins
    return {
        "name": job.name,
        "base_name": job.base_name,
        "stage": job.stage,
        "when": job.when,
        "allow_failure": _allow_failure(job.allow_failure),
        "needs": _needs(job),
        "dependencies": None if job.dependencies is None else list(job.dependencies),
        "before_script": list(job.before_script),
        "script": list(job.script),
        "after_script": list(job.after_script),
        "image": plain(job.image),
        "services": plain(job.services),
        "variables": {key: variable.value for key, variable in job.variables.items()},
        "cache": plain(job.cache),
        "artifacts": None if job.artifacts is None else _artifacts(job.artifacts),
        "tags": list(job.tags),
        "timeout_seconds": job.timeout_seconds,
        "retry": plain(job.retry),
        "parallel": plain(job.parallel),
        "environment": plain(job.environment),
        "release": None if job.release is None else _release(job.release),
        "coverage": job.coverage,
        "interruptible": job.interruptible,
        "resource_group": job.resource_group,
        "start_in": job.start_in,
        "trigger": plain(job.trigger),
        "rule": None
        if job.rule is None
        else {"index": job.rule.index, "if": job.rule.if_, **place(job.rule.mark)},
        "hooks": plain(job.hooks),
        "id_tokens": plain(job.id_tokens),
        "secrets": plain(job.secrets),
        "identity": job.identity,
        "pages": plain(job.pages),
        "publish": job.publish,
        "run": plain(job.run),
        "dast_configuration": plain(job.dast_configuration),
        "inputs": plain(job.inputs),
        "manual_confirmation": job.manual_confirmation,
    }


def problem_object(problem: Problem) -> dict[str, Value]:
    """A problem with its place flattened; null where it has none."""
    return {
        "code": problem.code,
        "message": problem.message,
        **place(problem.mark),
        "severity": problem.severity,
        "hint": problem.hint or None,
    }


def _pipeline(pipeline: Pipeline) -> Mapping[str, Value]:
    return {
        "name": pipeline.name,
        "source": pipeline.source,
        "ref": pipeline.ref,
        "tag": pipeline.tag,
        "sha": pipeline.sha,
        "variables": pipeline.variables,
        "auto_cancel": msgspec.to_builtins(pipeline.auto_cancel),
    }


def _needs(job: PlannedJob) -> Value:
    """Edges of this pipeline, then needs of others under the keys that YAML has for them."""
    if job.needs is None:
        return None
    needs: list[dict[str, Value]] = [
        {"job": need.job, "artifacts": need.artifacts, "optional": need.optional}
        for need in job.needs
    ]
    for need in job.foreign_needs:
        entry: dict[str, Value] = {
            "job": need.job,
            "artifacts": need.artifacts,
            "optional": need.optional,
        }
        elsewhere = {"project": need.project, "ref": need.ref, "pipeline": need.pipeline}
        needs.append(entry | {key: value for key, value in elsewhere.items() if value is not None})
    return needs


def _artifacts(artifacts: Artifacts) -> Value:
    """With the coverage report among the reports, where YAML has it."""
    data: dict[str, Value] = msgspec.to_builtins(artifacts)
    coverage = data.pop("coverage_report")
    if coverage is not None:
        data["reports"] = {**msgspec.to_builtins(artifacts.reports), "coverage_report": coverage}
    return data


def _release(release: Release) -> Value:
    """With the links below `assets`, where YAML has them."""
    data: dict[str, Value] = msgspec.to_builtins(release)
    links = data.pop("links")
    return {**data, "assets": {"links": links}}


def _allow_failure(value: AllowFailure) -> Value:
    return {"exit_codes": list(value.exit_codes)} if isinstance(value, ExitCodes) else value


def place(mark: Mark | None) -> dict[str, Value]:
    """Where something stands in a file; null where nobody knows."""
    if mark is None:
        return {"file": None, "line": None, "column": None}
    return {"file": mark.file, "line": mark.line, "column": mark.column}
