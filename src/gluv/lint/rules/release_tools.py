"""GLU401, GLU402, GLU403: publishing where it cannot fail, and tools that are not there."""

from collections.abc import Iterator

from gluv.lint.facts import JobFacts, LintFacts
from gluv.lint.fixes import fix, image_node
from gluv.lint.model import Finding, Fix, Rule
from gluv.lint.publishing import releases, uploads
from gluv.lint.spans import move_items, replace_value
from gluv.text.nodes import SeqNode

_CLI = "registry.gitlab.com/gitlab-org/cli:latest"


def _after(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.jobs:
        for command in (*uploads(job), *releases(job)):
            if command.section == "after_script":
                name = f"{command.program} {command.sub or command.arguments[0].text}"
                yield Finding(
                    message=f"`{name}` in after_script: its failure leaves the job green, it has "
                    "five minutes, and it runs after a failed build too",
                    mark=command.mark,
                    hint="move it to the end of script; `gluv release` does all of it in one line",
                    fix=_into_script(job),
                    job=job.name,
                )


def _into_script(job: JobFacts) -> Fix | None:
    """Move the whole after_script to the end of script, if both are the job's own lists."""
    after, script = job.node.get("after_script"), job.node.get("script")
    key = job.node.keys.get("after_script")
    if not isinstance(after, SeqNode) or not isinstance(script, SeqNode) or key is None:
        return None
    if key.line < job.node.line or key.source is not job.node.source:
        return None
    edits = move_items(after, key, script)
    return fix("move it to the end of script", *edits, safe=False) if edits else None


def _no_tool(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.jobs:
        image = next(
            (
                leg.image
                for leg in job.legs
                if leg.image and leg.image.kind in ("uv", "python", "system")
            ),
            None,
        )
        if image is None or any(
            "glab" in word.text or "release-cli" in word.text or "releases" in word.text
            for command in job.commands
            if command.program not in ("glab", "release-cli")
            for word in command.call.words
        ):
            continue
        if job.job.release is not None:
            yield Finding(
                message=f"`release:` needs glab, and {image.text} has none: the job fails after "
                "its script",
                mark=job.mark("release"),
                hint=f"make the release in a job of its own with {_CLI}, or use `gluv release`",
                job=job.name,
            )
        for command in job.calls("glab", "release-cli"):
            yield Finding(
                message=f"{image.text} has no {command.program}",
                mark=command.mark,
                hint=f"call it in a job of its own with {_CLI}, or use `gluv release`",
                job=job.name,
            )


def _release_cli(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.jobs:
        node = image_node(job)
        if node is not None and any(
            leg.image and leg.image.kind == "release-cli" for leg in job.legs
        ):
            yield Finding(
                message="release-cli is deprecated, and removed in GitLab 20.0",
                mark=node.mark,
                hint=f"take {_CLI}",
                fix=fix(f"take {_CLI}", replace_value(node, _CLI))
                if not any(job.calls("release-cli"))
                else None,
                job=job.name,
            )
        for command in job.calls("release-cli"):
            yield Finding(
                message="release-cli is deprecated, and removed in GitLab 20.0",
                mark=command.mark,
                hint="write glab release create",
                job=job.name,
            )


RULES = (
    Rule(
        id="GLU401",
        title="publishing in after_script",
        level="error",
        check=_after,
        fix="unsafe",
    ),
    Rule(
        id="GLU402",
        title="a release in an image without glab",
        level="error",
        check=_no_tool,
    ),
    Rule(
        id="GLU403",
        title="release-cli",
        level="warning",
        check=_release_cli,
        fix="safe",
    ),
)
