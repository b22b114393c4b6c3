"""The graph in the language of Graphviz."""

from gluv.report.graph import Graph


def render_dot(graph: Graph) -> str:
    """A cluster a stage, an arrow a need; dashed arrows where a job waits for the stage before."""
    ids = {job.name: f"j{index}" for index, job in enumerate(graph.jobs)}
    lines = [
        "digraph pipeline {",
        f"  graph [rankdir=LR, compound=true, fontname=sans, label={_quoted(graph.title)}];",
        '  node [shape=box, style="rounded", fontname=sans];',
    ]
    for index, stage in enumerate(graph.stages):
        lines.append(f"  subgraph cluster_{index} {{")
        lines.append(f"    label={_quoted(stage)}; style=rounded;")
        for job in graph.of_stage(stage):
            label = "\n".join([job.name, ", ".join(job.notes)]).strip()
            dashed = ', style="rounded,dashed"' if "manual" in job.notes else ""
            lines.append(f"    {ids[job.name]} [label={_quoted(label)}{dashed}];")
        lines.append("  }")
    for job in graph.jobs:
        lines += [f"  {ids[need]} -> {ids[job.name]};" for need in job.needs]
    for index, stage in enumerate(graph.stages[1:], start=1):
        jobs = graph.of_stage(stage)
        waiting = [job for job in jobs if job.by_stage]
        before = ids[graph.of_stage(graph.stages[index - 1])[0].name]
        from_stage = f"ltail=cluster_{index - 1}, style=dashed"
        if len(waiting) == len(jobs):
            target = f"{ids[jobs[0].name]} [{from_stage}, lhead=cluster_{index}]"
            lines.append(f"  {before} -> {target};")
        else:
            lines += [f"  {before} -> {ids[job.name]} [{from_stage}];" for job in waiting]
    return "\n".join([*lines, "}"])


def _quoted(text: str) -> str:
    r"""A DOT string: quotes and backslashes escaped, line breaks as `\n`."""
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text.replace("\r", "").replace("\n", "\\n") + '"'
