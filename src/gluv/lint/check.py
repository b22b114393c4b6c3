"""Runs the rules over the facts, and leaves out what the user does not want to hear."""

from gluv.errors import Mark, Problem
from gluv.lint.facts import LintFacts
from gluv.lint.model import Diagnosis, Rule
from gluv.lint.options import LintOptions
from gluv.lint.silences import read_silences
from gluv.text.excerpt import line_of
from gluv.text.nodes import Source

_DEFAULT = LintOptions()


def check(facts: LintFacts, options: LintOptions = _DEFAULT) -> tuple[Diagnosis, ...]:
    """What the selected rules find, in the order of places; the same place and words once."""
    from gluv.lint.registry import RULES

    found: dict[tuple[str, Mark | None, str], Diagnosis] = {}
    for rule in RULES.values():
        if not options.wants(rule):
            continue
        for finding in rule.check(facts):
            key = (rule.id, finding.mark, finding.message)
            if key in found or options.ignored_for(rule, finding.job):
                continue
            if finding.mark is not None and _silenced(rule, finding.mark, facts):
                continue
            found[key] = Diagnosis(rule=rule, finding=finding)
    return tuple(sorted(found.values(), key=_place))


def as_problem(diagnosis: Diagnosis) -> Problem:
    """The diagnosis as everything that prints problems takes it."""
    finding = diagnosis.finding
    return Problem(
        code=diagnosis.rule.id,
        message=finding.message,
        mark=finding.mark,
        severity=diagnosis.level,
        hint=finding.hint,
    )


def _place(diagnosis: Diagnosis) -> tuple[str, int, int, str]:
    mark = diagnosis.finding.mark
    place = (mark.file, mark.line, mark.column) if mark else ("", 0, 0)
    return (*place, diagnosis.rule.id)


def _silenced(rule: Rule, mark: Mark, facts: LintFacts) -> bool:
    """Whether `# gluv: ignore[GLUnnn]` stands on the line, or alone on the one above."""
    text = facts.project.texts.get(mark.file)
    source = facts.sources.get(mark.file) or (Source(mark.file, text) if text else None)
    if source is None:
        return False
    above = line_of(source, mark.line - 1)
    lines = [line_of(source, mark.line), above if above.lstrip().startswith("#") else ""]
    return any(silence.covers(rule.id) for line in lines for silence in read_silences(line))
