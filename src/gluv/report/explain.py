"""Why a job is in the pipeline or out of it, rule by rule, for people."""

from collections.abc import Iterable, Iterator, Sequence

from gluv.plan.explain import JobExplained, RuleExplained
from gluv.plan.explain_policy import ConditionExplained
from gluv.report.paint import Paint

_SIGNS = {"matched": ("✓", "green"), "did not match": ("✗", "red"), "not reached": ("·", "dim")}


def render_explanations(
    workflow: Sequence[RuleExplained], jobs: Iterable[JobExplained], paint: Paint
) -> str:
    """The clauses of `workflow:rules` if there are any, then each job with its own."""
    blocks = []
    if workflow:
        blocks.append("\n".join(_workflow(workflow, paint)))
    blocks += ["\n".join(_job(job, paint)) for job in jobs]
    return "\n\n".join(blocks)


def _workflow(rules: Sequence[RuleExplained], paint: Paint) -> Iterator[str]:
    deciding = next((rule for rule in rules if rule.verdict == "matched"), None)
    created = deciding is not None and deciding.when != "never"
    said = "a pipeline is created" if created else "no pipeline is created"
    yield f"{paint('workflow:rules', 'bold')}: {paint(said, 'green' if created else 'yellow')}"
    yield from _rules(rules, "always", paint)


def _job(job: JobExplained, paint: Paint) -> Iterator[str]:
    where = f" ({job.mark.file}:{job.mark.line})" if job.mark is not None else ""
    verdict = paint("in", "green") if job.included else paint("out", "yellow")
    yield f"{paint(job.name, 'bold')}{paint(where, 'dim')}: {verdict}: {job.why}"
    yield from _rules(job.rules, job.when, paint)
    for condition in job.conditions:
        yield from _condition(condition, paint)


def _rules(rules: Sequence[RuleExplained], when: str, paint: Paint) -> Iterator[str]:
    for rule in rules:
        sign, colour = _SIGNS[rule.verdict]
        place = f"{rule.mark.file}:{rule.mark.line}" if rule.mark is not None else "rule"
        verdict = rule.verdict
        if rule.verdict == "matched":
            verdict = f"matched, when: {rule.when or when}"
        yield f"  {paint(sign, colour)} {rule.index + 1}. {place}  {verdict}"
        if not rule.clauses:
            yield paint("       no condition: it matches whatever no earlier one did", "dim")
        reached = rule.verdict != "not reached"
        for clause in rule.clauses:
            mark = ("✓" if clause.matched else "✗") if reached else "·"
            yield f"       {mark} {clause.text}"
            if reached:
                yield from _found(clause.found, paint)


def _condition(condition: ConditionExplained, paint: Paint) -> Iterator[str]:
    passed = condition.held == (condition.keyword == "only")
    sign = paint("✓", "green") if passed else paint("✗", "red")
    implicit = " (what GitLab assumes where a job says nothing)" if condition.implicit else ""
    held = "holds" if condition.held else "does not hold"
    yield f"  {sign} {condition.keyword}: {condition.text}{implicit}  {held}"
    yield from _found(condition.found, paint)


def _found(found: str, paint: Paint) -> Iterator[str]:
    for line in found.splitlines():
        yield paint(f"         {line}", "dim")
