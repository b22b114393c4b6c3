"""GLU411, GLU413: which files are published."""

from collections.abc import Iterator

from gluv.lint.commands import Command
from gluv.lint.facts import JobFacts, LintFacts
from gluv.lint.fixes import fix
from gluv.lint.model import Edit, Finding, Rule
from gluv.lint.publishing import uploads
from gluv.lint.spans import replace_part


def _left_over(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.jobs:
        builds = [each for each in job.uv("build") if not each.has("--clear", "--out-dir", "-o")]
        if not builds or not any(uploads(job)):
            continue
        giver = next((other for other in facts.jobs if _gives_dist(job, other)), None)
        if giver is not None and not any(each.program in ("rm", "gluv") for each in job.commands):
            build = builds[0]
            yield Finding(
                message=f"dist/ already holds what {giver.name} built, and that is published too",
                mark=build.mark,
                hint="write uv build --clear, or dependencies: []",
                fix=fix("empty dist/ first", _with(build, "--clear")),
                job=job.name,
            )


def _with(command: Command, option: str) -> Edit | None:
    word = next((each for each in command.call.words if each.text == "build"), None)
    return replace_part(command.node, word.start, "build", f"build {option}") if word else None


def _gives_dist(job: JobFacts, other: JobFacts) -> bool:
    """Whether the artifacts of another job are in the `dist/` of this one."""
    artifacts = other.job.artifacts
    if other is job or artifacts is None:
        return False
    if not any(path.strip("./").startswith("dist") for path in artifacts.paths):
        return False
    if job.job.dependencies is not None:
        return other.name in job.job.dependencies
    if job.job.needs is not None:
        return any(need.job == other.name and need.artifacts for need in job.job.needs)
    stages = job.facts.config.stages
    return (
        other.job.stage in stages
        and job.job.stage in stages
        and stages.index(other.job.stage) < stages.index(job.job.stage)
    )


def _sources(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.jobs:
        if not any(uploads(job)):
            continue
        for build in job.uv("build"):
            if build.has("--wheel") and not build.has("--sdist"):
                yield Finding(
                    message="only wheels are published: who has no wheel for their system, or "
                    "wants to read the source, needs the sdist",
                    mark=build.mark,
                    hint="leave --wheel out",
                    job=job.name,
                )
            elif facts.project.uv.get("sources") and not build.has("--no-sources"):
                yield Finding(
                    message="the build uses [tool.uv.sources], which pip and others do not have",
                    mark=build.mark,
                    hint="write uv build --no-sources",
                    fix=fix("add --no-sources", _with(build, "--no-sources"), safe=False),
                    job=job.name,
                )


RULES = (
    Rule(
        id="GLU411",
        title="old files among those that are published",
        level="warning",
        check=_left_over,
        fix="safe",
    ),
    Rule(
        id="GLU413",
        title="a release without its sources",
        level="info",
        check=_sources,
        fix="unsafe",
        advice=True,
    ),
)
