"""Expectations as one JSON object, for machines."""

from collections.abc import Sequence

import msgspec

from gluv.expect.model import Outcome


def render_json(outcomes: Sequence[Outcome]) -> str:
    """`{"passed", "failed", "expectations": [{name, file, line, holds, differences}]}`."""
    failed = sum(not outcome.holds for outcome in outcomes)
    return msgspec.json.format(
        msgspec.json.encode(
            {
                "passed": len(outcomes) - failed,
                "failed": failed,
                "expectations": [_outcome(outcome) for outcome in outcomes],
            }
        ),
        indent=2,
    ).decode()


def _outcome(outcome: Outcome) -> dict[str, object]:
    mark = outcome.expectation.mark
    return {
        "name": outcome.expectation.name,
        "file": mark.file,
        "line": mark.line,
        "holds": outcome.holds,
        "differences": [
            {
                "where": difference.where,
                "file": difference.mark.file,
                "line": difference.mark.line,
                "expected": difference.expected,
                "actual": difference.actual,
                "why": list(difference.why),
            }
            for difference in outcome.differences
        ],
    }
