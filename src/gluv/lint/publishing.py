"""Where the publishing commands of a job publish to, and as whom."""

import re
from collections.abc import Iterator

from gluv.expr.expand import expand
from gluv.lint.commands import Command
from gluv.lint.facts import JobFacts, LegFacts

_GITLAB = re.compile(r"CI_API_V4_URL|/api/v4/(?:projects|groups)/|/packages/pypi")


def is_gitlab(url: str) -> bool:
    """Whether a URL is that of a GitLab package registry."""
    return _GITLAB.search(url) is not None


def uploads(job: JobFacts) -> Iterator[Command]:
    """Its commands that upload distributions: `uv publish`, `twine upload`, `gluv release`."""
    for command in job.commands:
        if _dry(command):
            continue
        first = command.arguments[0].text if command.arguments else ""
        if (command.sub == "publish" and command.program == "uv") or (command.program, first) in {
            ("twine", "upload"),
            ("gluv", "release"),
        }:
            yield command


def releases(job: JobFacts) -> Iterator[Command]:
    """Its commands that make a release: glab, release-cli, `gluv release`."""
    for command in job.commands:
        words = [word.text for word in command.arguments[:2]]
        if (command.program == "glab" and words == ["release", "create"]) or (
            command.program == "release-cli" and "create" in words
        ):
            yield command


def publish_url(job: JobFacts, leg: LegFacts, command: Command) -> str | None:
    """Where an upload goes: "" is PyPI, None where it cannot be known."""
    if command.program == "twine":
        found = command.values.get("--repository-url") or command.call.env.get(
            "TWINE_REPOSITORY_URL"
        )
        found = found or leg.variables.get("TWINE_REPOSITORY_URL")
        named = command.has("--repository", "-r") or job.sets("TWINE_REPOSITORY")
        unknown = named or "TWINE_REPOSITORY_URL" in job.elsewhere
    else:
        found = command.values.get("--publish-url") or command.call.env.get("UV_PUBLISH_URL")
        found = found or leg.variables.get("UV_PUBLISH_URL")
        index = command.values.get("--index") or leg.variables.get("UV_PUBLISH_INDEX")
        if index and not found:
            urls = [
                entry.get("publish-url")
                for entry in job.facts.project.indexes
                if entry.get("name") == index
            ]
            found = str(urls[0]) if urls and urls[0] else None
        found = found or job.facts.project.uv.get("publish-url")
        unknown = bool(index) or "UV_PUBLISH_URL" in job.elsewhere
    if isinstance(found, str) and found:
        return expand(found, leg.variables)
    return None if unknown or "*" in job.elsewhere else ""


def check_url(job: JobFacts, leg: LegFacts, command: Command) -> str | None:
    """The index that an upload is compared with; None without one, "?" where it is not known."""
    found = command.values.get("--check-url") or command.call.env.get("UV_PUBLISH_CHECK_URL")
    found = found or leg.variables.get("UV_PUBLISH_CHECK_URL")
    found = found or job.facts.project.uv.get("check-url")
    if isinstance(found, str) and found:
        return expand(found, leg.variables)
    if command.has("--index") or job.sets("UV_PUBLISH_INDEX") or job.sets("UV_PUBLISH_CHECK_URL"):
        return "?"
    return None


def _dry(command: Command) -> bool:
    return command.has("--dry-run", "--help", "-h")
