"""The result of a check as JSON of our own."""

import json
from collections.abc import Sequence

from gluv.errors import Problem
from gluv.plan.json import problem_object


def render_json(problems: Sequence[Problem]) -> str:
    """`{valid, errors, warnings, problems}`; a problem looks as in `gluv plan --json`."""
    errors = sum(problem.severity == "error" for problem in problems)
    return json.dumps(
        {
            "valid": errors == 0,
            "errors": errors,
            "warnings": len(problems) - errors,
            "problems": [problem_object(problem) for problem in problems],
        },
        indent=2,
    )
