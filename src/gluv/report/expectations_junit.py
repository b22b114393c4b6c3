"""Expectations as a JUnit report, for GitLab's `artifacts:reports:junit`."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from gluv.expect.model import Outcome
from gluv.report.expectations import render_difference


def render_junit(outcomes: Sequence[Outcome]) -> str:
    """One test case an expectation, by file; the differences of a failed one are its text."""
    failed = sum(not outcome.holds for outcome in outcomes)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites tests="{len(outcomes)}" failures="{failed}">',
        f'  <testsuite name="gluv test" tests="{len(outcomes)}" failures="{failed}">',
    ]
    for outcome in outcomes:
        lines += _case(outcome)
    return "\n".join([*lines, "  </testsuite>", "</testsuites>"]) + "\n"


def _case(outcome: Outcome) -> list[str]:
    expectation = outcome.expectation
    file = expectation.mark.file
    start = (
        f"    <testcase classname={_attribute(file)} name={_attribute(expectation.name)}"
        f" file={_attribute(file)}"
    )
    if outcome.holds:
        return [start + "/>"]
    text = "\n".join(
        line for difference in outcome.differences for line in render_difference(difference)
    )
    where = ", ".join(dict.fromkeys(difference.where for difference in outcome.differences))
    return [
        start + ">",
        f"      <failure message={_attribute('not as expected: ' + where)}>",
        escape(_printable(text)),
        "      </failure>",
        "    </testcase>",
    ]


def _attribute(text: str) -> str:
    return quoteattr(_printable(text))


def _printable(text: str) -> str:
    """XML has no place for control characters."""
    return "".join(char if char.isprintable() or char in "\n\t" else "?" for char in text)
