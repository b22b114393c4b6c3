"""GLU601: comments that silence a rule which does not exist."""

import difflib
from collections.abc import Iterator

from gluv.errors import Mark
from gluv.lint.facts import LintFacts
from gluv.lint.model import Finding, Rule
from gluv.lint.silences import read_silences
from gluv.text.nodes import Source


def _unknown(facts: LintFacts) -> Iterator[Finding]:
    # The registry holds this rule too.
    from gluv.lint.registry import RULES

    texts = {name: Source(name, text) for name, text in facts.project.texts.items()}
    for source in {**texts, **facts.sources}.values():
        if "gluv:" not in source.text:
            continue
        for number, line in enumerate(source.text.splitlines(), start=1):
            for silence in read_silences(line):
                for column, name in silence.names:
                    if name in RULES:
                        continue
                    close = difflib.get_close_matches(name, RULES, n=1)
                    yield Finding(
                        message=f"there is no rule {name!r}: this comment silences nothing",
                        mark=Mark(source.name, number, column),
                        hint=f"did you mean {close[0]}?" if close else "gluv explain lists them",
                    )


RULES = (
    Rule(
        id="GLU601",
        title="a comment that silences no rule",
        level="warning",
        check=_unknown,
    ),
)
