"""A pipeline as a drawing: jobs in columns, by stage or by what they need, and the lines between.

Jobs that differ only by a number or a matrix are one node, as GitLab groups them. All measures are
in rem, so that the drawing follows the size of the text.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from gluv.server.pages.words import Look, look_of_all, look_of_job
from gluv.store import JobRow, PipelineRow

By = Literal["stage", "needs"]

WIDTH, GAP, HEIGHT, SPACE, HEAD = 15.0, 4.0, 2.5, 0.625, 2.75
"""Of a node, between columns, of a node, between nodes, above the first node."""

_NUMBERED = re.compile(r"(?:[\s:]+(?:\[[^\]]*\]|\d+[\s:/\\]+\d+)){1,3}\s*\Z")


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A job of a node: the last attempt at it, and how many there were."""

    job: JobRow
    look: Look
    attempts: int
    downstream: PipelineRow | None = None


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One job or a group of them; `number` is its place among all nodes."""

    number: int
    name: str
    look: Look
    jobs: tuple[Shown, ...]
    needs: tuple[str, ...]

    @property
    def is_group(self) -> bool:
        """Whether it folds several jobs."""
        return len(self.jobs) > 1


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """Nodes one below the other, under a title."""

    title: str
    nodes: tuple[Node, ...]


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """A line from a node to one that needs it, as an SVG path."""

    source: int
    target: int
    path: str


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """The drawing and its size."""

    columns: tuple[Column, ...]
    edges: tuple[Edge, ...]
    width: float
    height: float


def build_graph(jobs: Sequence[JobRow], downstream: dict[int, PipelineRow], *, by: By) -> Graph:
    """Draw the jobs of a pipeline, all attempts of which are given in the order of creation.

    Lines are drawn for `needs` only: what waits for a stage says so by its column.
    """
    nodes, stages = _nodes(jobs, downstream)
    of_job = {shown.job.name: node for node in nodes for shown in node.jobs}
    wanted = {
        node.number: tuple(
            dict.fromkeys(
                of_job[name].number
                for name in node.needs
                if name in of_job and of_job[name].number != node.number
            )
        )
        for node in nodes
    }
    placed = _by_stage(nodes, stages) if by == "stage" else _by_needs(nodes, stages, wanted)
    columns = _ordered(placed, wanted)
    spots = {
        node.number: (x, y) for x, column in enumerate(columns) for y, node in enumerate(column[1])
    }
    edges = tuple(
        Edge(source=one, target=node.number, path=_path(spots[one], spots[node.number]))
        for node in nodes
        for one in wanted[node.number]
    )
    tallest = max((len(column) for _, column in columns), default=0)
    return Graph(
        columns=tuple(Column(title=title, nodes=tuple(column)) for title, column in columns),
        edges=edges if by == "needs" or any(wanted.values()) else (),
        width=max(len(columns) * (WIDTH + GAP) - GAP, WIDTH),
        height=HEAD + tallest * (HEIGHT + SPACE),
    )


def group_name(name: str) -> str:
    """The name that the jobs of a `parallel` share: `test: [3.12]` and `test 1/3` are `test`."""
    return _NUMBERED.sub("", name) or name


def _nodes(
    jobs: Sequence[JobRow], downstream: dict[int, PipelineRow]
) -> tuple[list[Node], dict[int, str]]:
    """The nodes in order, and the stage of each."""
    attempts: dict[str, list[JobRow]] = {}
    for job in jobs:
        attempts.setdefault(job.name, []).append(job)
    groups: dict[tuple[str, str], list[Shown]] = {}
    for rows in attempts.values():
        last = rows[-1]
        shown = Shown(
            job=last,
            look=look_of_job(last),
            attempts=len(rows),
            downstream=downstream.get(last.id),
        )
        groups.setdefault((last.stage, group_name(last.name)), []).append(shown)
    nodes, stages = [], {}
    for number, ((stage, name), members) in enumerate(groups.items()):
        alone = len(members) == 1
        needs = dict.fromkeys(need for one in members for need in one.job.needs or ())
        nodes.append(
            Node(
                number=number,
                name=members[0].job.name if alone else name,
                look=members[0].look if alone else look_of_all(one.job for one in members),
                jobs=tuple(members),
                needs=tuple(needs),
            )
        )
        stages[number] = stage
    return nodes, stages


def _by_stage(nodes: Iterable[Node], stages: dict[int, str]) -> list[tuple[str, list[Node]]]:
    columns: dict[str, list[Node]] = {}
    for node in nodes:
        columns.setdefault(stages[node.number], []).append(node)
    return list(columns.items())


def _by_needs(
    nodes: Sequence[Node], stages: dict[int, str], wanted: dict[int, tuple[int, ...]]
) -> list[tuple[str, list[Node]]]:
    """Each node one column after the last of what it waits for."""
    depth: dict[int, int] = {}
    order = list(dict.fromkeys(stages.values()))
    for stage in order:
        inside = [node for node in nodes if stages[node.number] == stage]
        before = [depth[node.number] for node in nodes if node.number in depth]
        after_all = max(before, default=-1) + 1
        # Needs may lead within a stage, so the stage is gone through until nothing moves.
        for node in inside:
            waits = all(shown.job.needs is None for shown in node.jobs)
            depth[node.number] = after_all if waits else 0
        for _ in inside:
            moved = False
            for node in inside:
                least = max((depth.get(one, -1) + 1 for one in wanted[node.number]), default=0)
                if least > depth[node.number]:
                    depth[node.number], moved = least, True
            if not moved:
                break
    columns: dict[int, list[Node]] = {}
    for node in nodes:
        columns.setdefault(depth[node.number], []).append(node)
    return [(f"Step {place}", columns[key]) for place, key in enumerate(sorted(columns), 1)]


def _ordered(
    columns: list[tuple[str, list[Node]]], wanted: dict[int, tuple[int, ...]]
) -> list[tuple[str, list[Node]]]:
    """The nodes of each column near those that they need, so that few lines cross."""
    row: dict[int, float] = {}
    found = []
    for title, nodes in columns:
        places = {node.number: place for place, node in enumerate(nodes)}

        def pull(node: Node, places: dict[int, int] = places) -> float:
            above = [row[one] for one in wanted[node.number] if one in row]
            return sum(above) / len(above) if above else places[node.number]

        ordered = sorted(nodes, key=pull)
        row.update({node.number: place for place, node in enumerate(ordered)})
        found.append((title, ordered))
    return found


def _path(source: tuple[int, int], target: tuple[int, int]) -> str:
    """A curve from the right edge of one node to the left edge of another."""
    x1 = source[0] * (WIDTH + GAP) + WIDTH
    x2 = target[0] * (WIDTH + GAP)
    y1, y2 = (HEAD + spot[1] * (HEIGHT + SPACE) + HEIGHT / 2 for spot in (source, target))
    if x2 > x1:
        bend = min((x2 - x1) / 2, GAP / 2)
        middle = x2 - GAP + bend
        return f"M{x1:g} {y1:g}H{middle - bend:g}C{middle:g} {y1:g} {middle:g} {y2:g} {x2:g} {y2:g}"
    # Within a column, or backwards: around the left side.
    out = x2 - GAP / 2
    return f"M{x1 - WIDTH:g} {y1:g}C{out:g} {y1:g} {out:g} {y2:g} {x2:g} {y2:g}"
