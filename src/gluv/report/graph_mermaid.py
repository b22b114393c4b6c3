"""The graph as a Mermaid flowchart, which GitLab draws inside of Markdown."""

from gluv.report.graph import Graph, GraphJob


def render_mermaid(graph: Graph) -> str:
    """A subgraph a stage, an arrow a need; dashed arrows from a stage to the jobs that wait for it.

    Ids are made up (`j0`, `s0`), names stand in quoted labels: no name can break the syntax.
    """
    ids = {job.name: f"j{index}" for index, job in enumerate(graph.jobs)}
    lines = ["flowchart LR"]
    for index, stage in enumerate(graph.stages):
        lines.append(f'  subgraph s{index}["{_label(stage)}"]')
        lines += [f"    {ids[job.name]}{_shape(job)}" for job in graph.of_stage(stage)]
        lines.append("  end")
    for job in graph.jobs:
        lines += [f"  {ids[need]} --> {ids[job.name]}" for need in job.needs]
    for index, stage in enumerate(graph.stages[1:], start=1):
        jobs = graph.of_stage(stage)
        waiting = [job for job in jobs if job.by_stage]
        if len(waiting) == len(jobs):
            lines.append(f"  s{index - 1} -.-> s{index}")
        else:
            lines += [f"  s{index - 1} -.-> {ids[job.name]}" for job in waiting]
    return "\n".join(lines)


def _shape(job: GraphJob) -> str:
    notes = f"<br/>{_label(', '.join(job.notes))}" if job.notes else ""
    label = f'"{_label(job.name)}{notes}"'
    return f"([{label}])" if "manual" in job.notes else f"[{label}]"


def _label(text: str) -> str:
    """Text for a quoted label: Mermaid writes special characters as `#code;`."""
    return "".join(
        char if char.isalnum() or char in " _-./,:" else f"#{ord(char)};" for char in text
    )
