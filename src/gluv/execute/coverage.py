"""`coverage:`: the percentage that a job's expression finds in its log."""

import re
from pathlib import Path

from gluv.expr.regex import RegexInvalid, compile_source

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def read_coverage(log: Path, expression: str) -> float | None:
    """The number of the last line of a log that an RE2 expression (without slashes) matches.

    None if no line does. GitLab's rule: of the last match in that line the last group counts (the
    whole match without groups), and of that the first number.
    """
    try:
        pattern = compile_source(expression)
        lines = log.read_bytes().decode(errors="replace").split("\n")
    except (RegexInvalid, OSError):
        return None
    for line in reversed(lines):
        found: str | None = None
        for match in pattern.every(line.removesuffix("\r")):
            whole, *groups = match
            found = (groups[-1] or "") if groups else whole
        if found and (number := _NUMBER.search(found)):
            return float(number.group())
    return None
