"""The graph as SVG: a panel a stage, a box a job, a curve a need."""

import itertools
from collections.abc import Iterator

import msgspec

from gluv.report.graph import Graph, GraphJob
from gluv.report.graph_layout import Key, Layout, lay_out
from gluv.report.graph_style import COLOURS, STYLE
from gluv.report.text_width import shorten, text_width
from gluv.report.xml_text import escape

# All in pixels.
_MARGIN = 20.0
_TITLE = 30.0
_HEADER = 34.0  # the name of a stage, above its boxes
_INSET = 20.0  # between the edge of a panel and its boxes
_BETWEEN_STAGES = 44.0
_BETWEEN_STEPS = 56.0  # between columns of one stage
_LANE = 6.0
_GAP = 12.0
_NAME, _SMALL, _STAGE = 13.0, 11.0, 12.0  # font sizes
_MIN_BOX, _MAX_BOX = 96.0, 236.0
_PAD = 12.0
_MIN_IMAGE = 72.0  # less of an image's name says nothing


class _Column(msgspec.Struct, frozen=True):
    x: float
    width: float


class _Panel(msgspec.Struct, frozen=True):
    stage: str
    x: float
    width: float


def render_svg(graph: Graph) -> str:
    """A document that stands alone: light and dark by the reader's preference, no script, no font.

    A job with `needs` has curves from what it needs; one without waits for the whole stage before,
    which is an arrow from the edge of its panel. Every box and curve has a title.
    """
    detailed = any(job.notes or job.image for job in graph.jobs)
    box = 42.0 if detailed else 30.0
    layout = lay_out(graph, box=box, lane=_LANE, gap=_GAP)
    columns, panels = _place(graph, layout)
    top = _MARGIN + _TITLE + _HEADER
    panel_bottom = top + layout.height + _INSET
    legend = list(_legend(graph, panel_bottom + 24))
    right = panels[-1].x + panels[-1].width if panels else _MARGIN
    width = max(right, _MARGIN + text_width(graph.title, _NAME), 320.0 if legend else 0) + _MARGIN
    height = panel_bottom + (36.0 if legend else 0.0) + _MARGIN
    drawing = _Drawing(graph, layout, columns, top, box)
    title = escape(graph.title)
    size = f'width="{_n(width)}" height="{_n(height)}" viewBox="0 0 {_n(width)} {_n(height)}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title">',
        f'<title id="title">{title}</title>',
        f"<style>{STYLE}</style>",
        f"<defs>{''.join(_marker(index) for index in range(len(COLOURS)))}{_marker('s')}</defs>",
        f'<rect class="page" width="{_n(width)}" height="{_n(height)}"/>',
        f'<text class="title" x="{_n(_MARGIN)}" y="{_n(_MARGIN + 14)}">{title}</text>',
        *(_panel(panel, panel_bottom) for panel in panels),
        *_stage_arrows(graph, panels),
        *drawing.edges(),
        *drawing.waits(panels),
        *drawing.boxes(),
        *legend,
        "</svg>",
    ]
    return "\n".join(parts)


def _place(graph: Graph, layout: Layout) -> tuple[list[_Column], list[_Panel]]:
    """Columns from left to right, as wide as their widest box; the panels around them."""
    jobs = {job.name: job for job in graph.jobs}
    columns: list[_Column] = []
    panels: list[_Panel] = []
    x = _MARGIN
    for index, items in enumerate(layout.columns):
        stage = layout.stage_of[index]
        new = not index or layout.stage_of[index - 1] != stage
        if index:
            x += _BETWEEN_STAGES + 2 * _INSET if new else _BETWEEN_STEPS
        else:
            x += _INSET
        width = max(
            _box_width(jobs[name]) if layer < 0 else _MIN_BOX
            for name, layer in (item.key for item in items)
        )
        if new:
            width = max(width, min(text_width(stage.upper(), _STAGE) + 12, _MAX_BOX))
        columns.append(_Column(x, width))
        left = x - _INSET if new else panels.pop().x
        panels.append(_Panel(stage, left, x + width + _INSET - left))
        x += width
    return columns, panels


def _box_width(job: GraphJob) -> float:
    widest = max(text_width(job.name, _NAME), text_width(_detail(job, _MAX_BOX - 2 * _PAD), _SMALL))
    return min(max(widest + 2 * _PAD, _MIN_BOX), _MAX_BOX)


def _detail(job: GraphJob, room: float) -> str:
    """The second line of a box: how it runs, and what of its image's name has room beside that."""
    notes = " · ".join(job.notes)
    image = job.image.rpartition("/")[2].partition("@")[0] if job.image else ""
    if not image:
        return shorten(notes, _SMALL, room)
    if not notes:
        return shorten(image, _SMALL, room)
    left = room - text_width(f"{notes} · ", _SMALL)
    return f"{notes} · {shorten(image, _SMALL, left)}" if left >= _MIN_IMAGE else notes


class _Drawing:
    """What stands in the panels."""

    def __init__(
        self, graph: Graph, layout: Layout, columns: list[_Column], top: float, box: float
    ) -> None:
        self.graph = graph
        self.layout = layout
        self.columns = columns
        self.top = top
        self.box = box
        sources = dict.fromkeys(need for job in graph.jobs for need in job.needs)
        self.colour = {name: index % len(COLOURS) for index, name in enumerate(sources)}

    def _at(self, key: Key) -> tuple[_Column, float]:
        item = self.layout.items[key]
        return self.columns[item.layer], self.top + item.y

    def edges(self) -> Iterator[str]:
        """A curve from each needed job, through the lanes kept free for it."""
        for job in self.graph.jobs:
            for need in job.needs:
                yield self._edge(need, job.name)

    def _edge(self, source: str, target: str) -> str:
        column, y = self._at((source, -1))
        x = column.x + column.width
        path = [f"M{_n(x)} {_n(y)}"]
        for key in self.layout.routes[source, target]:
            column, lane = self._at(key)
            path += [_curve(x, y, column.x, lane), f"H{_n(column.x + column.width)}"]
            x, y = column.x + column.width, lane
        column, end = self._at((target, -1))
        path.append(_curve(x, y, column.x - 5, end))
        colour = self.colour[source]
        title = f"<title>{escape(target)} needs {escape(source)}</title>"
        return (
            f'<path class="edge c{colour}" marker-end="url(#a{colour})" d="{" ".join(path)}">'
            f"{title}</path>"
        )

    def waits(self, panels: list[_Panel]) -> Iterator[str]:
        """An arrow from the edge of the panel to each job that waits for the stage before."""
        left = {panel.stage: panel.x for panel in panels}
        for job in self.graph.jobs:
            if job.by_stage:
                column, y = self._at((job.name, -1))
                yield (
                    f'<path class="wait" marker-end="url(#as)" '
                    f'd="M{_n(left[job.stage])} {_n(y)}H{_n(column.x - 5)}"/>'
                )

    def boxes(self) -> Iterator[str]:
        """A box a job: its name, and how it runs."""
        for job in self.graph.jobs:
            column, y = self._at((job.name, -1))
            room = column.width - 2 * _PAD
            detail = _detail(job, room)
            kind = " manual" if "manual" in job.notes else ""
            left, middle = column.x + _PAD, y + 4.5 - (7.5 if detail else 0)
            yield f'<g class="job{kind}"><title>{escape(_title(job))}</title>'
            yield (
                f'<rect x="{_n(column.x)}" y="{_n(y - self.box / 2)}" '
                f'width="{_n(column.width)}" height="{_n(self.box)}" rx="7"/>'
            )
            name = escape(shorten(job.name, _NAME, room))
            yield f'<text class="name" x="{_n(left)}" y="{_n(middle)}">{name}</text>'
            if detail:
                y = middle + 15.5
                yield f'<text class="small" x="{_n(left)}" y="{_n(y)}">{escape(detail)}</text>'
            yield "</g>"


def _title(job: GraphJob) -> str:
    lines = [f"{job.name} ({job.stage})", *job.notes]
    if job.image:
        lines.append(f"image: {job.image}")
    if job.by_stage:
        lines.append("waits for all earlier stages")
    else:
        lines.append(f"needs: {', '.join(job.needs)}" if job.needs else "starts at once")
    return "\n".join(lines)


def _panel(panel: _Panel, bottom: float) -> str:
    y = _MARGIN + _TITLE
    name = shorten(panel.stage.upper(), _STAGE, panel.width - _INSET)
    return (
        f'<g><title>stage {escape(panel.stage)}</title><rect class="panel" x="{_n(panel.x)}" '
        f'y="{_n(y)}" width="{_n(panel.width)}" height="{_n(bottom - y)}" rx="12"/>'
        f'<text class="stage" x="{_n(panel.x + _INSET)}" y="{_n(y + 22)}">{escape(name)}</text></g>'
    )


def _stage_arrows(graph: Graph, panels: list[_Panel]) -> Iterator[str]:
    """From panel to panel, where jobs of the next stage wait for the one before."""
    y = _MARGIN + _TITLE + 18
    for left, right in itertools.pairwise(panels):
        if any(job.by_stage for job in graph.of_stage(right.stage)):
            start = left.x + left.width
            yield (
                f'<path class="wait" marker-end="url(#as)" d="M{_n(start)} {_n(y)}'
                f'H{_n(right.x - 5)}"/>'
            )


def _legend(graph: Graph, y: float) -> Iterator[str]:
    """Which arrow means what; only where both kinds are drawn."""
    if not any(job.needs for job in graph.jobs) or not any(job.by_stage for job in graph.jobs):
        return
    x = _MARGIN + 4
    for kind, marker, words in (
        ("edge c0", "a0", "needs"),
        ("wait", "as", "waits for all earlier stages"),
    ):
        yield f'<path class="{kind}" marker-end="url(#{marker})" d="M{_n(x)} {_n(y)}h24"/>'
        yield f'<text class="small" x="{_n(x + 36)}" y="{_n(y + 4)}">{words}</text>'
        x += 36 + text_width(words, _SMALL) + 24


def _marker(colour: int | str) -> str:
    return (
        f'<marker id="a{colour}" class="head c{colour}" viewBox="0 0 8 8" refX="3" refY="4" '
        f'markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path d="M0 0.5L7.5 4L0 7.5z"/></marker>'
    )


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    """A curve that leaves and arrives level."""
    middle = (x + to_x) / 2
    if abs(y - to_y) < 0.05:
        return f"H{_n(to_x)}"
    return f"C{_n(middle)} {_n(y)} {_n(middle)} {_n(to_y)} {_n(to_x)} {_n(to_y)}"


def _n(value: float) -> str:
    """A number, no longer than it must be."""
    return f"{value:.1f}".removesuffix(".0")
