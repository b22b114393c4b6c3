"""Jobs against events as a table, with the reasons below it."""

from collections.abc import Sequence

from gluv.plan.matrix import Cell, Column, build_matrix
from gluv.report.paint import Paint

_WORDS = {"on_success": "✓", "always": "✓ always", "on_failure": "on failure"}


def render_matrix(columns: Sequence[Column], paint: Paint) -> str:
    """One row a job, one column an event: ✓, manual, delayed, or - and the number of the reason."""
    rows = build_matrix(columns)
    reasons: dict[str, int] = {}
    head = ["", *(column.name for column in columns)]
    table = [head, *([row.job, *(_cell(cell, reasons) for cell in row.cells)] for row in rows)]
    widths = [max(len(line[index]) for line in table) for index in range(len(table[0]))]
    lines = [_line(table[0], widths, paint, "bold")]
    stage = None
    for row, texts in zip(rows, table[1:], strict=True):
        if row.stage != stage:
            stage = row.stage
            lines.append(paint(stage, "cyan"))
        lines.append(_line(texts, widths, paint))
    lines += ["", *_events(columns, paint)]
    if reasons:
        lines += ["", *(f"[{number}] {reason}" for reason, number in reasons.items())]
    return "\n".join(lines)


def _cell(cell: Cell, reasons: dict[str, int]) -> str:
    if not cell.jobs:
        return f"- [{reasons.setdefault(cell.why, len(reasons) + 1)}]"
    word = _WORDS.get(cell.when or "", cell.when or "")
    return word if len(cell.jobs) == cell.total else f"{word} {len(cell.jobs)}/{cell.total}"


def _line(texts: Sequence[str], widths: Sequence[int], paint: Paint, *styles: str) -> str:
    name, *cells = (text.ljust(width) for text, width in zip(texts, widths, strict=True))
    painted = [paint(cell, *(styles or _styles(cell))) for cell in cells]
    return f"  {name}  {'  '.join(painted)}".rstrip()


def _styles(cell: str) -> tuple[str, ...]:
    if cell.startswith("-"):
        return ("dim",)
    return ("green",) if cell.startswith("✓") else ("yellow",)


def _events(columns: Sequence[Column], paint: Paint) -> list[str]:
    """What each column is a pipeline of, or why it has none."""
    width = max(len(column.name) for column in columns)
    lines = []
    for column in columns:
        pipeline = column.plan.pipeline
        if pipeline is None:
            said = f"no pipeline: {column.plan.reason or 'the configuration is invalid'}"
        else:
            kind = "tag" if pipeline.tag else "branch"
            kind = "merge request of" if pipeline.source == "merge_request_event" else kind
            said = f"{kind} {pipeline.ref} ({pipeline.source})"
        lines.append(paint(f"{column.name.ljust(width)}  {said}", "dim"))
    return lines
