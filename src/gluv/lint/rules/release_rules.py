"""GLU414, GLU415: which pipelines publish, tried out on pipelines of a tag and of a branch."""

from collections.abc import Iterator, Mapping

from gluv.config.keywords.rules import Rule as Clause
from gluv.expr.lexemes import ExpressionInvalid
from gluv.expr.rules_if import parse_expression
from gluv.lint.facts import LintFacts
from gluv.lint.fixes import fix
from gluv.lint.model import Edit, Finding, Rule
from gluv.lint.publishing import releases, uploads
from gluv.lint.spans import line_starts
from gluv.text.nodes import MapNode, SeqNode

_PUSH = {
    "CI": "true",
    "GITLAB_CI": "true",
    "CI_PIPELINE_SOURCE": "push",
    "CI_DEFAULT_BRANCH": "main",
    "CI_PROJECT_ID": "1",
    "CI_PROJECT_NAME": "project",
    "CI_PROJECT_NAMESPACE": "group",
    "CI_PROJECT_PATH": "group/project",
    "CI_COMMIT_TITLE": "Change",
    "CI_COMMIT_MESSAGE": "Change",
    "CI_COMMIT_BEFORE_SHA": "1" * 40,
}
TAGS = ("v1.2.3", "1.2.3", "v1.2.3rc1", "project-1.2.3", "release-1.2.3", "project/v1.2.3")
"""Tags as projects name them; one of them is enough."""


def tag_pipeline(tag: str) -> dict[str, str]:
    """The variables of the pipeline of a pushed tag that rules look at."""
    return _PUSH | {
        "CI_COMMIT_TAG": tag,
        "CI_COMMIT_REF_NAME": tag,
        "CI_COMMIT_REF_SLUG": tag.replace(".", "-"),
        "CI_COMMIT_REF_PROTECTED": "true",
    }


def branch_pipeline(branch: str) -> dict[str, str]:
    """The variables of the pipeline of a pushed, unprotected branch."""
    return _PUSH | {
        "CI_COMMIT_BRANCH": branch,
        "CI_COMMIT_REF_NAME": branch,
        "CI_COMMIT_REF_SLUG": branch,
        "CI_COMMIT_REF_PROTECTED": "false",
    }


def decides(rules: tuple[Clause, ...], variables: Mapping[str, str]) -> Clause | None:
    """The clause that lets a pipeline or a job in; None if it stays out.

    `changes` and `exists` count as true: only what `if` says is tried.
    """
    for rule in rules:
        try:
            if rule.if_ is None or parse_expression(rule.if_).evaluate(variables):
                return None if rule.when == "never" else rule
        except ExpressionInvalid:
            return rule
    return None


def _top(facts: LintFacts) -> dict[str, str]:
    return {name: variable.value for name, variable in facts.config.variables.items()}


def _never(facts: LintFacts) -> Iterator[Finding]:
    flow = facts.config.workflow.rules
    if flow is None:
        return
    top = _top(facts)
    if any(decides(flow, top | tag_pipeline(tag)) for tag in TAGS):
        return
    for job in facts.jobs:
        for rule in job.job.rules or ():
            text = rule.if_ or ""
            if not text.startswith("$CI_COMMIT_TAG") or "== null" in text or rule.when == "never":
                continue
            yield Finding(
                message="this job never runs: workflow:rules let no pipeline of a tag begin",
                mark=rule.mark or job.mark("rules"),
                hint="add to workflow:rules: - if: $CI_COMMIT_TAG",
                fix=fix("let pipelines of tags begin", _admit(facts)),
                job=job.name,
            )


def _admit(facts: LintFacts) -> Edit | None:
    flow = facts.merged.get("workflow")
    rules = flow.get("rules") if isinstance(flow, MapNode) else None
    if not isinstance(rules, SeqNode) or not rules.items:
        return None
    first = rules.items[0]
    text = first.source.text
    start = line_starts(text)[first.line - 1]
    before = text[start : start + first.column - 1]
    if before.strip() != "-" or rules.source is not first.source:
        return None
    indent = before[: before.index("-")]
    return Edit(
        file=first.source.name, start=start, end=start, text=f"{indent}- if: $CI_COMMIT_TAG\n"
    )


def _anyone(facts: LintFacts) -> Iterator[Finding]:
    flow = facts.config.workflow.rules
    for job in facts.jobs:
        if not (*uploads(job), *releases(job)) or job.job.when == "manual":
            continue
        if job.job.only is not None or job.job.except_ is not None:
            continue
        variables = _top(facts) | branch_pipeline("some-feature")
        if flow is not None and decides(flow, variables) is None:
            continue
        rules = job.job.rules
        found = decides(rules, variables) if rules is not None else None
        if rules is not None and (found is None or found.when == "manual"):
            continue
        if found is not None and (found.changes or found.exists):
            continue
        yield Finding(
            message="every push to every branch publishes",
            mark=job.mark("rules", "script"),
            hint='rules: - if: $CI_COMMIT_TAG =~ /^v\\d/ && $CI_COMMIT_REF_PROTECTED == "true"',
            job=job.name,
        )


RULES = (
    Rule(
        id="GLU414",
        title="a release job that no pipeline reaches",
        level="error",
        check=_never,
        fix="safe",
    ),
    Rule(
        id="GLU415",
        title="publishing from every branch",
        level="warning",
        check=_anyone,
    ),
)
