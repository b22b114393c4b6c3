"""Problems of a configuration, each with its line and a caret."""

from collections.abc import Iterable

from gluv.errors import Problem
from gluv.text.excerpt import render_excerpt
from gluv.text.nodes import Source

_ORDER = ("error", "warning", "info")


def render_problem(problem: Problem, sources: dict[str, Source]) -> str:
    """One problem: where and what, the line with a caret, what to do next."""
    place = f"{problem.mark}: " if problem.mark else ""
    lines = [f"{place}{problem.severity}: {problem.message} [{problem.code}]"]
    if problem.mark and (source := sources.get(problem.mark.file)):
        lines += [f"  {line}" for line in render_excerpt(source, problem.mark).splitlines()]
    if problem.hint:
        lines.append(f"  next: {problem.hint}")
    return "\n".join(lines)


def render_problems(problems: Iterable[Problem], sources: dict[str, Source]) -> str:
    """All problems, errors first, in the order of their places; a count at the end."""
    ordered = in_order(problems)
    parts = [render_problem(problem, sources) for problem in ordered]
    counts = [
        f"{count} {severity}{'s' if count > 1 and severity != 'info' else ''}"
        for severity in _ORDER
        if (count := sum(problem.severity == severity for problem in ordered))
    ]
    *most, last = counts or [""]
    total = f"{', '.join(most)} and {last}" if most else last
    return "\n".join([*parts, total]) if ordered else ""


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Errors before warnings before advice, each in the order of their places."""
    return sorted(problems, key=_order)


def _order(problem: Problem) -> tuple[int, str, int, int]:
    mark = problem.mark
    place = (mark.file, mark.line, mark.column) if mark else ("", 0, 0)
    return (_ORDER.index(problem.severity), *place)
