"""Needs that go round in a circle."""

from collections.abc import Mapping

from gluv.config.keywords.job import Job
from gluv.config.keywords.reading import Problems
from gluv.config.validate_names import Names
from gluv.errors import Mark


def check_cycles(jobs: Mapping[str, Job], names: Names, problems: Problems) -> None:
    """One problem for each circle of needs, in the words of Ruby's tsort as GitLab prints them."""
    graph = {name: _needed(job, names) for name, job in jobs.items() if job.needs}
    for name, needed in graph.items():
        if name in needed:
            _say(f"self-dependency: {name}", jobs[name], problems)
    for circle in _circles(graph):
        listed = ", ".join(f'"{name}"' for name in circle)
        _say(f"topological sort failed: [{listed}]", jobs[circle[0]], problems)


def _say(what: str, job: Job, problems: Problems) -> None:
    mark = job.marks.get("needs") or job.mark
    assert isinstance(mark, Mark)
    problems.say("circular-needs", f"The pipeline has circular dependencies: {what}", mark)


def _needed(job: Job, names: Names) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for need in job.needs or ():
        if need.job is None or need.project is not None or need.pipeline is not None:
            continue
        other = names.find(need.job)
        if other is not None:
            found[other.name] = None
    return tuple(found)


def _circles(graph: Mapping[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The strongly connected parts with more than one job (Tarjan's way, without recursion)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    waiting: set[str] = set()
    circles: list[tuple[str, ...]] = []
    for root in graph:
        if root in order:
            continue
        order[root] = low[root] = len(order)
        stack.append(root)
        waiting.add(root)
        path = [(root, iter(graph[root]))]
        while path:
            name, rest = path[-1]
            for other in rest:
                if other not in graph:
                    continue
                if other not in order:
                    order[other] = low[other] = len(order)
                    stack.append(other)
                    waiting.add(other)
                    path.append((other, iter(graph[other])))
                    break
                if other in waiting:
                    low[name] = min(low[name], order[other])
            else:
                path.pop()
                if path:
                    parent = path[-1][0]
                    low[parent] = min(low[parent], low[name])
                if low[name] == order[name]:
                    at = stack.index(name)
                    part = tuple(stack[at:])
                    del stack[at:]
                    waiting.difference_update(part)
                    if len(part) > 1:
                        circles.append(part)
    return circles
