"""The result of a check as JSON of our own."""

import json
from collections import Counter
from collections.abc import Sequence

from gluv.errors import Problem
from gluv.plan.json import problem_object


def render_json(problems: Sequence[Problem]) -> str:
    """`{valid, errors, warnings, infos, problems}`; a problem looks as in `gluv plan --json`."""
    counts = Counter(problem.severity for problem in problems)
    return json.dumps(
        {
            "valid": not counts["error"],
            "errors": counts["error"],
            "warnings": counts["warning"],
            "infos": counts["info"],
            "problems": [problem_object(problem) for problem in problems],
        },
        indent=2,
    )
