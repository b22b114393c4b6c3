"""GLU306, GLU307, GLU308, GLU310: the keys of caches and who writes them."""

from collections.abc import Iterator

from gluv.lint.caches import CacheFacts, caches, keeps_uv
from gluv.lint.facts import JobFacts, LintFacts, references
from gluv.lint.fixes import fix
from gluv.lint.model import Edit, Finding, Rule
from gluv.lint.spans import insert_entry, replace_value
from gluv.text.nodes import MapNode, ScalarNode, SeqNode

_OF_JOB = {"CI_JOB_NAME", "CI_JOB_NAME_SLUG", "CI_NODE_INDEX", "CI_JOB_ID", "CI_JOB_IMAGE"}


def _one_key(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.uv_jobs:
        images = {leg.image_text for leg in job.legs}
        if len(images) < 2:
            continue
        moving = _moving(job)
        for cache in caches(job):
            if cache.cache.policy == "pull" or not keeps_uv(job, job.legs[0], cache):
                continue
            text = cache.files.prefix or "" if cache.files else str(cache.cache.key or "")
            named = references(text)
            # A variable of the key may itself be made of those of the matrix.
            if named & _OF_JOB or len({_shown(text, leg.variables) for leg in job.legs}) > 1:
                continue
            variables = "-".join(f"${name}" for name in moving)
            yield Finding(
                message=f"the {len(job.legs)} jobs of this matrix overwrite each other's cache: "
                "its key does not tell them apart",
                mark=cache.node.key_mark("key"),
                hint=f"name {variables} in the key" if moving else "name the image in the key",
                fix=fix(f"add {variables}", _named(cache, variables))
                if moving and not cache.shared
                else None,
                job=job.name,
            )


def _moving(job: JobFacts) -> list[str]:
    """The matrix variables that choose the image."""
    image = job.job.image
    names = references(image.name) if image else set()
    return [
        name for name in sorted(names) if len({leg.variables.get(name) for leg in job.legs}) > 1
    ]


def _shown(text: str, variables: dict[str, str]) -> str:
    from gluv.expr.expand import expand

    return expand(text, variables)


def _named(cache: CacheFacts, variables: str) -> Edit | None:
    key = cache.node.get("key")
    if isinstance(key, MapNode):
        prefix = key.get("prefix")
        if prefix is None:
            return insert_entry(key, f'prefix: "{variables}"')
        if isinstance(prefix, ScalarNode):
            return replace_value(prefix, f'"{prefix.value}-{variables}"')
        return None
    if isinstance(key, ScalarNode) and '"' not in str(key.value):
        return replace_value(key, f'"{key.value}-{variables}"')
    return insert_entry(cache.node, f'key: "{variables}"') if key is None else None


def _absent_files(facts: LintFacts) -> Iterator[Finding]:
    paths = facts.project.paths
    if paths is None:
        return
    for job in facts.jobs:
        for cache in caches(job):
            files = cache.files
            if files is None or any("$" in name or "*" in name for name in files.files):
                continue
            if any(facts.project.has(name) is not False for name in files.files):
                continue
            key = cache.node.get("key")
            items = key.get("files") if isinstance(key, MapNode) else None
            mark = items.mark if isinstance(items, SeqNode) else cache.node.mark
            yield Finding(
                message=f"there is no {' and no '.join(files.files)} in the repository: the key is "
                "`default`, for ever",
                mark=mark,
                hint=_present(paths),
                job=job.name,
            )


def _present(paths: frozenset[str]) -> str:
    for name in ("uv.lock", "requirements.txt", "pyproject.toml"):
        if name in paths:
            return f"there is {name}"
    return ""


def _fallback(facts: LintFacts) -> Iterator[Finding]:
    literal = {
        str(cache.cache.key) for job in facts.jobs for cache in caches(job) if cache.files is None
    }
    for job in facts.jobs:
        for cache in caches(job):
            if cache.files is None:
                continue
            for text in cache.cache.fallback_keys:
                if text not in literal and "$" not in text:
                    yield Finding(
                        message=f"no cache has the key `{text}`: a key of files ends in a hash, "
                        "and fallback_keys match whole keys, not how they begin",
                        mark=cache.node.key_mark("fallback_keys"),
                        hint="let a job on the default branch write a cache of exactly this key",
                        job=job.name,
                    )


def _tags(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.uv_jobs:
        rules = job.job.rules
        if not rules or not all(
            rule.if_ and rule.if_.startswith("$CI_COMMIT_TAG") for rule in rules
        ):
            continue
        if not any(_publishes(job)):
            continue
        for cache in caches(job):
            if "$CI_COMMIT_" in str(cache.cache.key).replace("{", ""):
                continue  # the tag's own
            if cache.cache.policy == "pull-push" and keeps_uv(job, job.legs[0], cache):
                yield Finding(
                    message="a release takes a cache that any branch may have written, and writes "
                    "it back",
                    mark=cache.node.mark,
                    hint="no cache in a job that publishes; at least policy: pull",
                    fix=fix("policy: pull", insert_entry(cache.node, "policy: pull"))
                    if not cache.shared and "policy" not in cache.node.items
                    else None,
                    job=job.name,
                )


def _publishes(job: JobFacts) -> Iterator[bool]:
    for command in job.commands:
        if command.sub == "publish" or command.program in ("twine", "gluv"):
            yield True


RULES = (
    Rule(
        id="GLU306",
        title="one cache key for all jobs of a matrix",
        level="warning",
        check=_one_key,
        fix="safe",
    ),
    Rule(
        id="GLU307",
        title="a cache key of files that are not there",
        level="warning",
        check=_absent_files,
    ),
    Rule(
        id="GLU308",
        title="a fallback key that matches nothing",
        level="warning",
        check=_fallback,
    ),
    Rule(
        id="GLU310",
        title="a release that shares its cache with branches",
        level="warning",
        check=_tags,
        fix="safe",
    ),
)
