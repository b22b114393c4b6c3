"""A pipeline in one line."""

from gluv.plan.model import Plan


def title_of(plan: Plan) -> str:
    """Which pipeline it is: its name, its ref and commit, its source; or why there is none."""
    pipeline = plan.pipeline
    if pipeline is None:
        return f"no pipeline: {plan.reason}"
    kind = "tag" if pipeline.tag else "branch"
    if pipeline.source == "merge_request_event":
        kind = "merge request of"
    name = f"{pipeline.name}: " if pipeline.name else ""
    return f"{name}pipeline for {kind} {pipeline.ref} at {pipeline.sha[:8]} ({pipeline.source})"
