"""The plan as a table: stages, jobs, and why the others are out."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from gluv.config.keywords.allow_failure import ExitCodes
from gluv.config.keywords.needs import Need
from gluv.plan.model import Plan, PlannedJob
from gluv.report.paint import Paint
from gluv.report.table import NO_BREAK, display_width, fit_columns, keep_end, pad, visible, wrap
from gluv.report.title import title_of

_INDENT = 2
_BETWEEN = 2


class _Column(msgspec.Struct, frozen=True):
    """A column: its head, its least width in a line of 80, its style.

    It `wraps`, or shows only the end of a text that is too long.
    """

    head: str
    least: int
    style: str = "dim"
    wraps: bool = True


_COLUMNS = (
    _Column("JOB", 18, ""),
    _Column("WHEN", 13, "yellow"),
    _Column("NEEDS", 14),
    _Column("IMAGE", 27, wraps=False),
)
_SKIPPED = (_Column("", 18), _Column("", 20))


def render_plan(
    plan: Plan,
    paint: Paint,
    *,
    width: int = 80,
    conceal: Callable[[str], str] = lambda text: text,
) -> str:
    """The plan as text of at most `width` columns, grouped by stage, skipped jobs last.

    A column that has nothing to say is left out, and the rule that let a job in stands below it.
    `conceal` takes what must not be seen out of each text before it is wrapped.
    """
    title = visible(conceal(title_of(plan)))
    lines = [paint(title, "bold" if plan.pipeline is not None else "yellow")]
    if plan.jobs:
        lines += _jobs(plan, paint, width, conceal)
    if plan.skipped:
        out = [[conceal(entry.name), conceal(entry.why)] for entry in plan.skipped]
        widths = _widths(_SKIPPED, out, width)
        lines += ["", paint("not in this pipeline", "bold")]
        for row in out:
            lines += _row(_SKIPPED, widths, row, paint)
    return "\n".join(lines)


def _jobs(plan: Plan, paint: Paint, width: int, conceal: Callable[[str], str]) -> Iterator[str]:
    legs = _legs(plan)
    cells = {job.name: [conceal(cell) for cell in _cells(job, legs)] for job in plan.jobs}
    shown = [index for index in range(len(_COLUMNS)) if any(cell[index] for cell in cells.values())]
    columns = [_COLUMNS[index] for index in shown]
    rows = {name: [cell[index] for index in shown] for name, cell in cells.items()}
    heads = [column.head for column in columns]
    widths = _widths(columns, [*rows.values(), heads], width)
    yield ""
    if len(columns) > 1:
        head = "  ".join(pad(text, wide) for text, wide in zip(heads, widths, strict=True))
        yield paint(f"  {head}".rstrip(), "dim")
    first = True
    for stage in plan.stages:
        members = [job for job in plan.jobs if job.stage == stage]
        if not members:
            continue
        if not first:
            yield ""
        first = False
        yield paint(visible(stage), "bold")
        for job in members:
            yield from _row(columns, widths, rows[job.name], paint)
            for line in wrap(conceal(_rule(job)), width - 2 * _INDENT):
                if line:
                    yield f"{' ' * 2 * _INDENT}{paint(line, 'dim')}"


def _widths(columns: Sequence[_Column], rows: Iterable[Sequence[str]], width: int) -> list[int]:
    natural = [
        max((display_width(cell) for cell in cells), default=0) for cells in zip(*rows, strict=True)
    ]
    room = width - _INDENT - _BETWEEN * (len(columns) - 1)
    least = [column.least * min(width, 80) // 80 for column in columns]
    return fit_columns(natural, least, room)


def _row(
    columns: Sequence[_Column], widths: Sequence[int], cells: Sequence[str], paint: Paint
) -> list[str]:
    """A row, as many lines as its longest cell needs."""
    wrapped = [
        wrap(cell, wide) if column.wraps else [keep_end(cell, wide)]
        for cell, wide, column in zip(cells, widths, columns, strict=True)
    ]
    lines = []
    for index in range(max(len(parts) for parts in wrapped)):
        line = [parts[index] if index < len(parts) else "" for parts in wrapped]
        last = max(place for place, text in enumerate(line) if text)
        painted = [
            paint(text, *([column.style] if column.style and text else []))
            + " " * (wide - display_width(text) if place < last else 0)
            for place, (text, wide, column) in enumerate(zip(line, widths, columns, strict=True))
        ]
        lines.append(" " * _INDENT + (" " * _BETWEEN).join(painted[: last + 1]))
    return lines


def _cells(job: PlannedJob, legs: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    image = job.image.name if job.image is not None else ""
    return job.name, _when(job), _needs(job, legs), image


def _legs(plan: Plan) -> dict[str, list[str]]:
    """The final names of each job of the file that has more than one."""
    legs: dict[str, list[str]] = {}
    for job in plan.jobs:
        legs.setdefault(job.base_name, []).append(job.name)
    return {base: names for base, names in legs.items() if len(names) > 1}


def _when(job: PlannedJob) -> str:
    words = []
    if job.when == "delayed" and job.start_in is not None:
        words.append(f"delayed {job.start_in} s")
    elif job.when != "on_success":
        words.append(job.when)
    if isinstance(job.allow_failure, ExitCodes):
        words.append(f"allow_failure: {', '.join(map(str, job.allow_failure.exit_codes))}")
    elif job.allow_failure:
        words.append("allow_failure")
    return ", ".join(words)


def _needs(job: PlannedJob, legs: Mapping[str, Sequence[str]]) -> str:
    """The names, those of all legs of a parallel job as the one name it has in the file."""
    if job.needs is None:
        return ""
    needed = {need.job for need in job.needs}
    whole = {
        name: base for base, names in legs.items() if needed.issuperset(names) for name in names
    }
    optional = {whole.get(need.job, need.job) for need in job.needs if need.optional}
    names = list(dict.fromkeys(whole.get(need.job, need.job) for need in job.needs))
    words = [f"{name} (optional)" if name in optional else name for name in names]
    words += [_foreign(need) for need in job.foreign_needs]
    return ", ".join(word.replace(" ", NO_BREAK) for word in words) or "nothing"


def _foreign(need: Need) -> str:
    if need.project is not None:
        return f"{need.job} of {need.project}"
    return f"pipeline {need.pipeline}"


def _rule(job: PlannedJob) -> str:
    """The clause that let the job in; empty where it has no rules."""
    rule = job.rule
    if rule is None:
        return ""
    place = f"rule of line {rule.mark.line}" if rule.mark is not None else f"rule {rule.index + 1}"
    return f"{place}: {rule.if_}" if rule.if_ is not None else place
