"""The result of a check for people."""

from collections.abc import Sequence

from gluv.errors import Problem
from gluv.plan.model import Plan
from gluv.report.paint import Paint
from gluv.report.problems import render_problems
from gluv.text.nodes import Source


def render_text(
    name: str,
    problems: Sequence[Problem],
    sources: dict[str, Source],
    plan: Plan | None,
    note: str,
    paint: Paint,
) -> str:
    """All problems with their lines, then the verdict on the file `name`.

    A valid file says for which pipeline it was planned, or, with `note`, why for none.
    """
    parts = [render_problems(problems, sources)] if problems else []
    if not any(problem.severity == "error" for problem in problems):
        parts.append(f"{paint(f'{name} is valid', 'green')}{_planned(plan, note)}")
    return "\n".join(parts)


def _planned(plan: Plan | None, note: str) -> str:
    if plan is None:
        return f"; no pipeline was planned: {note}" if note else ""
    if plan.pipeline is None:
        return f"; this event gets no pipeline: {plan.reason}"
    jobs = f"{len(plan.jobs)} job{'s' if len(plan.jobs) != 1 else ''}"
    kind = "tag" if plan.pipeline.tag else "branch"
    return f"; the pipeline of {kind} {plan.pipeline.ref} has {jobs}"
