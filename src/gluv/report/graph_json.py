"""The graph as JSON."""

import json

from gluv.report.graph import Graph


def render_json(graph: Graph) -> str:
    """`{title, stages, jobs, edges}`.

    A job `waits_for` "stage" (all jobs of earlier stages; no edges are listed), "needs" (its edges)
    or "nothing". An edge goes `from` the needed job `to` the one that needs it.
    """
    return json.dumps(
        {
            "title": graph.title,
            "stages": list(graph.stages),
            "jobs": [
                {
                    "name": job.name,
                    "stage": job.stage,
                    "waits_for": "stage" if job.by_stage else "needs" if job.needs else "nothing",
                    "notes": list(job.notes),
                    "image": job.image,
                }
                for job in graph.jobs
            ],
            "edges": [{"from": need, "to": job.name} for job in graph.jobs for need in job.needs],
        },
        ensure_ascii=False,
        indent=2,
    )
