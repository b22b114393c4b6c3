"""A plan against what is expected of it."""

from collections.abc import Iterator, Mapping

from gluv.expect.match import differences, objects
from gluv.expect.model import Difference, Expectation, Outcome
from gluv.expect.problems import compare_problems
from gluv.expect.read import named_items
from gluv.expect.runtime import job_environment
from gluv.expect.scene import Planned
from gluv.plan.json import plan_object
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, plain

Object = Mapping[str, object]


def compare(expectation: Expectation, planned: Planned) -> Outcome:
    """Every way in which the plan is not as expected.

    Errors of the configuration are expected only where `problems` lists them; where they are not,
    nothing else is compared.
    """
    node = expectation.node
    plan = plan_object(planned.plan)
    found = list(compare_problems(node, expectation.mark, planned.plan.problems))
    if not found or planned.plan.valid:
        found += _pipeline(node, plan)
        found += _stages(node, plan)
        found += _jobs(node.get("jobs"), plan)
        found += _skipped(node.get("skipped"), plan)
        found += _environment(expectation, planned)
    return Outcome(expectation=expectation, differences=tuple(found))


def _pipeline(node: MapNode, plan: Object) -> Iterator[Difference]:
    expected, reason = node.get("pipeline"), node.get("reason")
    pipeline = plan["pipeline"]
    why = _why(plan)
    if isinstance(expected, ScalarNode) and expected.value == "none":
        if pipeline is not None:
            yield Difference(
                where="pipeline", mark=expected.mark, expected="none", actual=_summary(plan)
            )
    elif expected is not None and not isinstance(pipeline, Mapping):
        yield Difference(
            where="pipeline", mark=expected.mark, expected=plain(expected), actual="none", why=why
        )
    elif isinstance(expected, ScalarNode) and isinstance(pipeline, Mapping):
        yield from differences("pipeline.name", expected, pipeline["name"])
    elif isinstance(expected, MapNode):
        yield from differences("pipeline", expected, pipeline)
    if isinstance(reason, ScalarNode) and str(reason.value) not in str(plan["reason"]):
        yield Difference(
            where="reason", mark=reason.mark, expected=reason.value, actual=plan["reason"]
        )


def _stages(node: MapNode, plan: Object) -> Iterator[Difference]:
    stages = node.get("stages")
    if stages is not None:
        yield from differences("stages", stages, plan["stages"])


def _jobs(node: Node | None, plan: Object) -> Iterator[Difference]:
    """A list is the whole pipeline in its order; a map asks about the jobs that it names."""
    if node is None:
        return
    jobs = {str(job["name"]): job for job in objects(plan["jobs"])}
    reasons = {str(entry["name"]): str(entry["why"]) for entry in objects(plan["skipped"])}
    expected = named_items(node, "jobs")
    if isinstance(node, SeqNode):
        names = [name for name, _ in expected]
        if names != list(jobs):
            missing = [name for name in names if name not in jobs]
            why = [f"{name}: {reasons[name]}" for name in missing if name in reasons]
            yield Difference(
                where="jobs",
                mark=node.mark,
                expected=names,
                actual=list(jobs),
                why=(*why, *(_why(plan) if not jobs else ())),
            )
    for name, value in expected:
        if name in jobs:
            if isinstance(value, MapNode):
                yield from differences(f"jobs.{name}", value, jobs[name])
        elif isinstance(node, MapNode):
            yield Difference(
                where=f"jobs.{name}",
                mark=node.key_mark(name),
                expected="in the pipeline",
                actual=reasons.get(name, "not in the configuration"),
                why=_why(plan) if not jobs else (),
            )


def _skipped(node: Node | None, plan: Object) -> Iterator[Difference]:
    """A list is every job that is left out, in any order; a map asks about those it names."""
    if node is None:
        return
    reasons = {str(entry["name"]): str(entry["why"]) for entry in objects(plan["skipped"])}
    expected = named_items(node, "skipped")
    names = [name for name, _ in expected]
    if isinstance(node, SeqNode) and sorted(names) != sorted(reasons):
        yield Difference(where="skipped", mark=node.mark, expected=names, actual=list(reasons))
    for name, value in expected:
        if name not in reasons:
            if isinstance(node, MapNode):
                yield Difference(
                    where=f"skipped.{name}",
                    mark=node.key_mark(name),
                    expected="skipped",
                    actual=_whereabouts(name, plan),
                )
        elif (
            isinstance(value, ScalarNode)
            and value.value is not None
            and str(value.value) not in reasons[name]
        ):
            yield Difference(
                where=f"skipped.{name}",
                mark=value.mark,
                expected=value.value,
                actual=reasons[name],
            )


def _environment(expectation: Expectation, planned: Planned) -> Iterator[Difference]:
    node = expectation.node.get("environment")
    if not isinstance(node, MapNode):
        return
    jobs = {job.name: job for job in planned.plan.jobs}
    for name, expected in node:
        job = jobs.get(name)
        if job is None:
            yield Difference(
                where=f"environment.{name}",
                mark=node.key_mark(name),
                expected="in the pipeline",
                actual=_whereabouts(name, plan_object(planned.plan)),
            )
        else:
            seen = job_environment(planned, job, expectation.scene.dotenv)
            yield from differences(f"environment.{name}", expected, seen)


def _whereabouts(name: str, plan: Object) -> str:
    if any(job["name"] == name for job in objects(plan["jobs"])):
        return "in the pipeline"
    return "not in the configuration"


def _summary(plan: Object) -> str:
    jobs = objects(plan["jobs"])
    return f"a pipeline of {len(jobs)} job{'' if len(jobs) == 1 else 's'}"


def _why(plan: Object) -> tuple[str, ...]:
    return (str(plan["reason"]),) if plan["reason"] else ()
