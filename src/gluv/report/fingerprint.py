"""What a problem is recognised by when the lines of a file have moved."""

import hashlib
from collections import Counter
from collections.abc import Iterable

from gluv.errors import Problem
from gluv.text.excerpt import line_of
from gluv.text.nodes import Source


def fingerprints(problems: Iterable[Problem], sources: dict[str, Source]) -> list[str]:
    """One hexadecimal id a problem, unique among them.

    Made of the code, the message, the file and the text of the line, not of its number: a line
    added above changes nothing. The same problem in equal lines is counted.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    ids = []
    for problem in problems:
        mark = problem.mark
        source = sources.get(mark.file) if mark is not None else None
        line = line_of(source, mark.line).strip() if source is not None and mark is not None else ""
        key = (problem.code, problem.message, mark.file if mark is not None else "", line)
        identity = "\0".join((*key, str(seen[key])))
        seen[key] += 1
        ids.append(hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest())
    return ids
