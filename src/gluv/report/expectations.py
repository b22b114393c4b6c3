"""Expectations that hold and those that do not, for people."""

import difflib
import json
from collections.abc import Iterator, Sequence

from gluv.expect.model import Difference, Outcome


def render_outcome(outcome: Outcome) -> str:
    """One event: its name and, if something is not as expected, everything that is not."""
    expectation = outcome.expectation
    if outcome.holds:
        return f"ok      {expectation.mark.file}: {expectation.name}"
    lines = [f"FAILED  {expectation.mark.file}: {expectation.name}"]
    for difference in outcome.differences:
        lines += render_difference(difference)
    return "\n".join(lines)


def render_difference(difference: Difference) -> Iterator[str]:
    """Where it is expected, and both sides; lists line by line."""
    mark = difference.mark
    yield f"  {mark.file}:{mark.line}: {difference.where}"
    expected, actual = difference.expected, difference.actual
    if isinstance(expected, list) and isinstance(actual, list):
        yield from (f"    {line}" for line in _lines(expected, actual))
    else:
        yield f"    - {_text(expected)}"
        yield f"    + {_text(actual)}"
    yield from (f"    ({why})" for why in difference.why)


def render_totals(outcomes: Sequence[Outcome]) -> str:
    """How many hold; with differences, what their signs mean."""
    failed = sum(not outcome.holds for outcome in outcomes)
    noun = "expectation" if len(outcomes) == 1 else "expectations"
    if not failed:
        return f"{len(outcomes)} {noun}, all as expected"
    return (
        f"{len(outcomes)} {noun}, {failed} not as expected (- expected, + in the plan)\n"
        "  next: correct the pipeline, or accept today's plan with `gluv test --update`"
    )


def _lines(expected: list[object], actual: list[object]) -> Iterator[str]:
    before, after = [_text(item) for item in expected], [_text(item) for item in actual]
    for line in difflib.ndiff(before, after):
        if not line.startswith("?"):
            yield line


def _text(value: object) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
