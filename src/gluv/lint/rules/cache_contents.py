"""GLU304, GLU305, GLU311, GLU312: what is kept, and how long that takes."""

from collections.abc import Iterator

from gluv.lint.caches import caches, keeps_uv, uv_cache
from gluv.lint.commands import Command
from gluv.lint.facts import JobFacts, LintFacts, scalar
from gluv.lint.fixes import fix
from gluv.lint.model import Edit, Finding, Rule
from gluv.lint.spans import insert_entry, remove_item, replace_value
from gluv.text.nodes import SeqNode

_FILLS = ("sync", "run", "pip install", "pip sync", "build", "tool run", "tool install", "add")


def _full(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.uv_jobs:
        if any(job.uv("cache prune")) or any(job.uv("cache clean")):
            continue
        for cache in caches(job):
            if cache.cache.policy != "pull" and keeps_uv(job, job.legs[0], cache):
                yield Finding(
                    message="the whole cache is kept, wheels from PyPI too: packing many small "
                    "files often takes longer than to download them",
                    mark=cache.node.mark,
                    hint="end with `uv cache prune --ci`: measured with pandas and scipy, 404 MB "
                    "and 16 s of packing become 15 MB; with torch, keep the whole cache",
                    job=job.name,
                )


def _early(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.uv_jobs:
        for command in job.uv("cache prune"):
            if not command.has("--ci") or command.section == "after_script":
                continue
            later = [
                other
                for other in job.uv(*_FILLS)
                if other.order > command.order and not other.has("--no-cache")
            ]
            if later:
                yield Finding(
                    message="the cache is pruned before uv fills it again: "
                    f"`{later[0].text}` comes later",
                    mark=command.mark,
                    hint="prune in after_script: then it happens after a failure too",
                    fix=fix("move it to after_script", *_to_the_end(job, command)),
                    job=job.name,
                )


def _to_the_end(job: JobFacts, command: Command) -> list[Edit | None]:
    items = job.node.get(command.section)
    whole = str(command.node.value).strip() == command.text
    if not isinstance(items, SeqNode) or not whole or "after_script" in job.node.items:
        return [None]
    return [
        remove_item(command.node, len(items.items)),
        insert_entry(job.node, f"after_script:\n  - {command.text}"),
    ]


def _symlinks(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.uv_jobs:
        value = scalar(job.variable("UV_LINK_MODE"))
        if value is not None and value.value == "symlink":
            yield Finding(
                message="an environment of links into the cache breaks when the cache is pruned",
                mark=value.mark,
                hint="copy works everywhere",
                fix=fix("copy", replace_value(value, "copy")),
            )


def _none(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.uv_jobs:
        first = next(job.uv("sync", "run", "pip install", "pip sync"), None)
        if first is None or job.job.cache or uv_cache(job, job.legs[0]) is not None:
            continue
        if first.has("--no-project", "--no-cache") or job.sets("UV_NO_CACHE"):
            continue
        yield Finding(
            message="every run downloads all packages again",
            mark=first.mark,
            hint="keep uv's cache: cache, UV_CACHE_DIR: .uv-cache, key of uv.lock",
            job=job.name,
        )


RULES = (
    Rule(
        id="GLU304",
        title="a cache that is kept whole",
        level="info",
        check=_full,
        advice=True,
    ),
    Rule(
        id="GLU305",
        title="a cache that is pruned too early",
        level="warning",
        check=_early,
        fix="safe",
    ),
    Rule(
        id="GLU311",
        title="an environment of links into the cache",
        level="warning",
        check=_symlinks,
        fix="safe",
    ),
    Rule(id="GLU312", title="no cache", level="info", check=_none, advice=True),
)
