"""The graph as a tree for a terminal: stages, their jobs, what each needs."""

import textwrap

from gluv.report.graph import Graph, GraphJob
from gluv.report.paint import Paint
from gluv.report.table import visible


def render_tree(graph: Graph, paint: Paint, *, width: int = 80) -> str:
    """Box-drawing characters; `←` before the needs of a job. Long lists of needs wrap."""
    lines = [visible(graph.title)]
    for stage in graph.stages:
        last_stage = stage == graph.stages[-1]
        lines.append(f"{'└──' if last_stage else '├──'} {paint(visible(stage), 'bold')}")
        jobs = graph.of_stage(stage)
        for job in jobs:
            bar = "    " if last_stage else "│   "
            last = job is jobs[-1]
            lines += _job(job, f"{bar}{'└──' if last else '├──'} ", bar, last, paint, width)
    return "\n".join(lines)


def _job(job: GraphJob, head: str, bar: str, last: bool, paint: Paint, width: int) -> list[str]:
    notes = f" ({', '.join(job.notes)})" if job.notes else ""
    name = visible(job.name)
    lines = [f"{head}{name}{paint(notes, 'dim')}"]
    if job.by_stage:
        return lines
    needs = f"← {', '.join(map(visible, job.needs))}" if job.needs else ""
    if not needs:
        return lines
    if len(head) + len(name) + len(notes) + 2 + len(needs) <= width:
        return [f"{lines[0]}  {paint(needs, 'dim')}"]
    under = f"{bar}{'    ' if last else '│   '}"
    wrapped = textwrap.wrap(
        needs, width - len(under), subsequent_indent="  ", break_on_hyphens=False
    )
    return lines + [f"{under}{paint(line, 'dim')}" for line in wrapped]
