"""The plan as a table: stages, jobs, and why the others are out."""

from gluv.plan.model import Plan, PlannedJob
from gluv.report.paint import Paint


def render_plan(plan: Plan, paint: Paint) -> str:
    """The plan as text, grouped by stage, skipped jobs last."""
    lines = [_head(plan, paint)]
    width = max((len(job.name) for job in plan.jobs), default=0)
    for stage in plan.stages:
        members = [job for job in plan.jobs if job.stage == stage]
        if members:
            lines += ["", paint(stage, "bold")]
            lines += [f"  {_row(job, width, paint)}".rstrip() for job in members]
    if plan.skipped:
        name_width = max(len(skipped.name) for skipped in plan.skipped)
        lines += ["", paint("not in this pipeline", "bold")]
        lines += [
            paint(f"  {skipped.name.ljust(name_width)}  {skipped.why}", "dim")
            for skipped in plan.skipped
        ]
    return "\n".join(lines)


def _head(plan: Plan, paint: Paint) -> str:
    pipeline = plan.pipeline
    if pipeline is None:
        return paint(f"no pipeline: {plan.reason}", "yellow")
    kind = "tag" if pipeline.tag else "branch"
    if pipeline.source == "merge_request_event":
        kind = "merge request of"
    name = f"{pipeline.name}: " if pipeline.name else ""
    where = f"{kind} {pipeline.ref} at {pipeline.sha[:8]}"
    return f"{paint(name, 'bold')}pipeline for {where} ({pipeline.source})"


def _row(job: PlannedJob, width: int, paint: Paint) -> str:
    facts = []
    if job.when != "on_success":
        facts.append(f"when: {job.when}")
    if job.allow_failure:
        facts.append("allow_failure")
    if job.needs is not None:
        facts.append(f"needs: {', '.join(need.job for need in job.needs) or 'nothing'}")
    if job.image is not None:
        facts.append(job.image.name)
    return f"{job.name.ljust(width)}  {paint('  '.join(facts), 'dim')}"
