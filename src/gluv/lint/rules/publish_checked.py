"""GLU410, GLU419: whether the tag is the version."""

import re
from collections.abc import Iterator

from gluv.lint.facts import JobFacts, LintFacts
from gluv.lint.fixes import fix, set_variable
from gluv.lint.model import Finding, Rule
from gluv.lint.publishing import uploads

_COMPARES = re.compile(
    r"\[\[?\s|\btest\s|\bgrep\b|\bcase\b|\bassert\b|\buv version\b|\bexit 1\b|sed -i"
)


_VERSIONERS = ("semantic-release", "cz", "bump-my-version", "bumpversion", "bumpver", "tbump")


def _tag_only(job: JobFacts) -> bool:
    rules = job.job.rules
    if rules:
        admitted = [rule for rule in rules if rule.when != "never"]
        return bool(admitted) and all("CI_COMMIT_TAG" in (rule.if_ or "") for rule in admitted)
    only = job.job.only
    return only is not None and "tags" in (only.refs or ())


def _unchecked(facts: LintFacts) -> Iterator[Finding]:
    project = facts.project.project
    if "version" not in project:
        return
    for job in facts.jobs:
        if not _tag_only(job) or any(job.calls("gluv")):
            continue
        if any(any(other.calls(*_VERSIONERS)) for other in facts.jobs):
            continue  # what makes the tag writes the version too
        scripts = [
            str(item.value)
            for other in facts.jobs
            for section in ("before_script", "script")
            for item in other.items(section)
        ]
        if any("CI_COMMIT_TAG" in text and _COMPARES.search(text) for text in scripts):
            continue
        if any(
            "CI_COMMIT_TAG" in text and re.search(r"\.(?:sh|py)\b|make|just", text)
            for text in scripts
        ):
            continue
        upload = next(uploads(job), None)
        if upload is not None:
            yield Finding(
                message=f"nothing compares the tag with version {project['version']} of "
                "pyproject.toml: any tag publishes it",
                mark=upload.mark,
                hint='compare them first: test "$CI_COMMIT_TAG" = "v$(uv version --short)"; '
                "gluv release does",
                job=job.name,
            )


_SCM = frozenset(
    ("hatch-vcs", "setuptools-scm", "versioningit", "dunamai", "uv-dynamic-versioning")
)


def _shallow(facts: LintFacts) -> Iterator[Finding]:
    project = facts.project
    if "version" not in (project.project.get("dynamic") or ()):
        return
    scm = [each.name for each in project.build_requires() if each.name in _SCM]
    if not scm:
        return
    for job in facts.uv_jobs:
        build = next((each for each in job.uv("build")), None)
        if build is None or job.sets("GIT_DEPTH"):
            continue
        if any(each.program == "git" and "fetch" in each.text for each in job.commands):
            continue
        yield Finding(
            message=f"{scm[0]} counts commits since the last tag, but GitLab fetches only the "
            "newest 20",
            mark=build.mark,
            hint='set GIT_DEPTH: "0"',
            fix=fix("fetch everything", set_variable(job, "GIT_DEPTH", '"0"')),
            job=job.name,
        )


RULES = (
    Rule(
        id="GLU410",
        title="a tag that nobody compares with the version",
        level="warning",
        check=_unchecked,
    ),
    Rule(
        id="GLU419",
        title="a version from git in a shallow clone",
        level="warning",
        check=_shallow,
        fix="safe",
    ),
)
