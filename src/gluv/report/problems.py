"""Problems of a configuration, each with its line and a caret."""

from collections.abc import Iterable

from gluv.errors import Problem
from gluv.text.excerpt import render_excerpt
from gluv.text.nodes import Source


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
    errors = sum(problem.severity == "error" for problem in ordered)
    warnings = len(ordered) - errors
    parts = [render_problem(problem, sources) for problem in ordered]
    counts = [
        f"{count} {word}{'s' if count > 1 else ''}"
        for count, word in ((errors, "error"), (warnings, "warning"))
        if count
    ]
    return "\n".join([*parts, " and ".join(counts)]) if ordered else ""


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Errors before warnings, each in the order of their places."""
    return sorted(problems, key=_order)


def _order(problem: Problem) -> tuple[bool, str, int, int]:
    mark = problem.mark
    place = (mark.file, mark.line, mark.column) if mark else ("", 0, 0)
    return (problem.severity != "error", *place)
