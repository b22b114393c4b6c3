"""The result of a check as a JUnit report."""

from collections.abc import Sequence

from gluv.errors import Problem
from gluv.report.problems import render_problem
from gluv.report.xml_text import escape
from gluv.text.nodes import Source


def render_junit(name: str, problems: Sequence[Problem], sources: dict[str, Source]) -> str:
    """One suite: a failed case an error, a passed case with output a warning or advice.

    A file without errors is a passed case of its own, so that a report is never empty.
    """
    errors = sum(problem.severity == "error" for problem in problems)
    cases = [_case(name, problem, sources) for problem in problems]
    if not errors:
        cases.insert(0, f'<testcase classname="{escape(name)}" name="valid" time="0"/>')
    suite = f'name="gluv lint" tests="{len(cases)}" failures="{errors}" errors="0" skipped="0"'
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites tests="{len(cases)}" failures="{errors}" errors="0">',
            f'  <testsuite {suite} time="0">',
            *(f"    {case}" for case in cases),
            "  </testsuite>",
            "</testsuites>",
        ]
    )


def _case(name: str, problem: Problem, sources: dict[str, Source]) -> str:
    mark = problem.mark
    file, line = (mark.file, mark.line) if mark is not None else (name, 1)
    place = f"line {mark.line}, column {mark.column}" if mark is not None else "whole file"
    title = f"{problem.code} ({place}): {problem.message}"
    head = (
        f'<testcase classname="{escape(file)}" name="{escape(title)}" file="{escape(file)}" '
        f'line="{line}" time="0">'
    )
    text = escape(render_problem(problem, sources))
    if problem.severity != "error":
        return f"{head}<system-out>{text}</system-out></testcase>"
    failure = f'<failure message="{escape(problem.message)}" type="{escape(problem.code)}">'
    return f"{head}{failure}{text}</failure></testcase>"
