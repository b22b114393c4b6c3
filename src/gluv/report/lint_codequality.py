"""The result of a check as GitLab's Code Quality report.

The format is what GitLab documents under "Code Quality report format": a list, each entry with
`description`, `check_name`, `fingerprint`, `severity`, `location.path` and `location.lines.begin`.
"""

import json
from collections.abc import Sequence

from gluv.errors import Problem
from gluv.report.fingerprint import fingerprints
from gluv.text.nodes import Source

# Of info, minor, major, critical, blocker.
_SEVERITY = {"error": "critical", "warning": "minor", "info": "info"}


def render_codequality(name: str, problems: Sequence[Problem], sources: dict[str, Source]) -> str:
    """The report; a problem without a place stands at the first line of the file `name`."""
    ids = fingerprints(problems, sources)
    return json.dumps(
        [
            {
                "description": _description(problem),
                "check_name": problem.code,
                "fingerprint": fingerprint,
                "severity": _SEVERITY[problem.severity],
                "location": {
                    "path": problem.mark.file if problem.mark is not None else name,
                    "lines": {"begin": problem.mark.line if problem.mark is not None else 1},
                },
            }
            for problem, fingerprint in zip(problems, ids, strict=True)
        ],
        indent=2,
    )


def _description(problem: Problem) -> str:
    return f"{problem.message} ({problem.hint})" if problem.hint else problem.message
