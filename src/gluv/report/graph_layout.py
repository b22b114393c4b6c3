"""Where jobs and edges of a graph go: our own layered layout, left to right.

A layer is a column: a stage, or, where jobs of one stage need each other, one of its steps. An
edge that passes a column gets a lane of its own there (all edges of one job share it), so that no
edge crosses a box. Order within columns comes from the barycentre heuristic, heights from the
least-squares fit that keeps the distances (pool adjacent violators).
"""

import itertools
from collections.abc import Sequence

import msgspec

from gluv.report.graph import Graph, GraphJob

_SWEEPS = 12
Key = tuple[str, int]
"""A job (`name`, -1), or the lane of a job's edges through a column (`name`, layer)."""


class Item(msgspec.Struct, kw_only=True):
    """Something that takes up height in a column: a box, or a lane for edges that pass."""

    key: Key
    layer: int
    height: float
    before: list[Key]
    after: list[Key]
    y: float = 0.0


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of items with their `y` (the middle, from 0) and, of each job, its column.

    `routes` holds the way of each edge (from, to) as the columns' lanes it passes, without ends.
    """

    columns: tuple[tuple[Item, ...], ...]
    stage_of: tuple[str, ...]
    items: dict[Key, Item]
    routes: dict[tuple[str, str], tuple[Key, ...]]
    height: float


def lay_out(graph: Graph, *, box: float, lane: float, gap: float) -> Layout:
    """Place everything; `box`, `lane` and the `gap` between them are heights in one unit."""
    layer_of, stage_of = _layers(graph)
    items: dict[Key, Item] = {
        (job.name, -1): Item(
            key=(job.name, -1), layer=layer_of[job.name], height=box, before=[], after=[]
        )
        for job in graph.jobs
    }
    routes = _route(graph, layer_of, items, lane)
    columns: list[list[Item]] = [[] for _ in stage_of]
    for item in items.values():
        columns[item.layer].append(item)
    _order(columns, items)
    _settle(columns, items, gap)
    top = min((item.y - item.height / 2 for item in items.values()), default=0.0)
    for item in items.values():
        item.y -= top
    return Layout(
        columns=tuple(tuple(column) for column in columns),
        stage_of=stage_of,
        items=items,
        routes=routes,
        height=max((item.y + item.height / 2 for item in items.values()), default=0.0),
    )


def _layers(graph: Graph) -> tuple[dict[str, int], tuple[str, ...]]:
    """The column of each job, and the stage of each column."""
    layer_of: dict[str, int] = {}
    stage_of: list[str] = []
    for stage in graph.stages:
        depth = _depths(graph.of_stage(stage))
        for name, steps in depth.items():
            layer_of[name] = len(stage_of) + steps
        stage_of += [stage] * (max(depth.values()) + 1)
    return layer_of, tuple(stage_of)


def _depths(jobs: Sequence[GraphJob]) -> dict[str, int]:
    """How many needs within the stage come one after the other before each job."""
    depth = {job.name: 0 for job in jobs}
    for _ in jobs:  # as often as a chain can be long; needs have no cycles
        changed = False
        for job in jobs:
            deeper = max((depth[need] + 1 for need in job.needs if need in depth), default=0)
            changed |= deeper != depth[job.name]
            depth[job.name] = deeper
        if not changed:
            break
    return depth


def _route(
    graph: Graph, layer_of: dict[str, int], items: dict[Key, Item], lane: float
) -> dict[tuple[str, str], tuple[Key, ...]]:
    """Lanes for the edges, and who is next to whom; a need of a later column cannot be."""
    routes: dict[tuple[str, str], tuple[Key, ...]] = {}
    for job in graph.jobs:
        for need in job.needs:
            passed = range(layer_of[need] + 1, layer_of[job.name])
            way = tuple((need, layer) for layer in passed)
            for key in way:
                if key not in items:
                    items[key] = Item(key=key, layer=key[1], height=lane, before=[], after=[])
            routes[need, job.name] = way
            for left, right in zip(((need, -1), *way), (*way, (job.name, -1)), strict=True):
                if right not in items[left].after:
                    items[left].after.append(right)
                    items[right].before.append(left)
    return routes


def _order(columns: list[list[Item]], items: dict[Key, Item]) -> None:
    """Sort each column by where its neighbours are; keep the order with the fewest crossings."""
    best = [list(column) for column in columns]
    fewest = _crossings(columns)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        forward = sweep % 2 == 0
        for column in columns if forward else reversed(columns):
            place = {item.key: index for col in columns for index, item in enumerate(col)}
            middle = {
                item.key: _mean([place[key] for key in (item.before if forward else item.after)])
                for item in column
            }
            column.sort(
                key=lambda item, middle=middle, place=place: (  # type: ignore[misc]
                    place[item.key] if middle[item.key] is None else middle[item.key]
                )
            )
        crossings = _crossings(columns)
        if crossings < fewest:
            fewest, best = crossings, [list(column) for column in columns]
    columns[:] = best


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _crossings(columns: list[list[Item]]) -> int:
    total = 0
    place = {item.key: index for column in columns for index, item in enumerate(column)}
    for column in columns:
        ends = [place[key] for item in column for key in sorted(item.after, key=place.__getitem__)]
        total += _inversions(ends)
    return total


def _inversions(values: list[int]) -> int:
    """How many pairs stand in the wrong order, by merge sort."""
    if len(values) < 2:
        return 0
    half = len(values) // 2
    left, right = values[:half], values[half:]
    count = _inversions(left) + _inversions(right)
    left.sort()
    right.sort()
    index = 0
    for value in right:
        while index < len(left) and left[index] <= value:
            index += 1
        count += len(left) - index
    return count


def _settle(columns: list[list[Item]], items: dict[Key, Item], gap: float) -> None:
    """Heights: each item near its neighbours, columns in the middle of each other at first."""
    for column in columns:
        total = sum(item.height + gap for item in column) - gap
        y = -total / 2
        for item in column:
            item.y = y + item.height / 2
            y += item.height + gap
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for column in columns if forward else reversed(columns):
            wanted = []
            for item in column:
                near = item.before if forward else item.after
                ys = [items[key].y for key in near]
                wanted.append(sum(ys) / len(ys) if ys else item.y)
            for item, y in zip(column, _fit(column, wanted, gap), strict=True):
                item.y = y


def _fit(column: Sequence[Item], wanted: Sequence[float], gap: float) -> list[float]:
    """The places nearest to the `wanted` ones that keep the order and the distances."""
    offsets = [0.0]
    for above, below in itertools.pairwise(column):
        offsets.append(offsets[-1] + (above.height + below.height) / 2 + gap)
    blocks: list[tuple[float, int]] = []  # mean of wanted minus offset, number of items
    for want, offset in zip(wanted, offsets, strict=True):
        mean, count = want - offset, 1
        while blocks and blocks[-1][0] > mean:
            other, more = blocks.pop()
            mean = (mean * count + other * more) / (count + more)
            count += more
        blocks.append((mean, count))
    means = [mean for mean, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
