"""Cache keys as GitLab and the runner make them."""

import posixpath
import re

from gluv.config.keywords.cache import Cache, CacheKeyFiles
from gluv.expr.globs import compile_globs
from gluv.plan.context import Context
from gluv.plan.model import PlannedCache
from gluv.plan.scope import Scope

_ENCODED = re.compile(r"%2[fe]", re.IGNORECASE)


def planned_caches(
    caches: tuple[Cache, ...],
    scope: Scope,
    context: Context,
    digests: dict[CacheKeyFiles, str],
) -> tuple[PlannedCache, ...]:
    """Every cache of a job with its final key.

    The key is expanded, then gets `-<n>` if the caches were cleared, then `-protected` or
    `-non_protected` (GitLab's separate caches, on by default). Fallback keys get the same.
    `digests` keeps what was read of files for the next job with the same cache.
    """
    return tuple(
        PlannedCache(
            key=_final(cache_key(cache, index, context, digests), cache, scope, context),
            paths=cache.paths,
            untracked=cache.untracked,
            when=cache.when,
            policy=scope.final(cache.policy),
            unprotect=cache.unprotect,
            fallback_keys=tuple(_final(key, cache, scope, context) for key in cache.fallback_keys),
        )
        for index, cache in enumerate(caches)
    )


def cache_key(cache: Cache, index: int, context: Context, digests: dict[CacheKeyFiles, str]) -> str:
    """The key before expansion: as written, or prefix and digest for `key:files`."""
    key = cache.key
    if key is None:
        return "default"
    if isinstance(key, str):
        return key
    prefix = key.prefix if key.prefix else default_prefix(index, key.files)
    if key not in digests:
        digests[key] = files_digest(key, context)
    return f"{prefix}-{digests[key]}"


def default_prefix(index: int, files: tuple[str, ...]) -> str:
    """GitLab's prefix where none is given: the entry's index and the files' names to the dot."""
    names = "_".join(name.split(".", 1)[0] for name in files)
    return f"{index}_{names}"


def files_digest(key: CacheKeyFiles, context: Context) -> str:
    """SHA-1 over the sorted git ids of the files at the pipeline's commit; `default` if none is.

    Not the files' content and not the working tree: uncommitted changes do not count.
    """
    repository = context.repository
    find = repository.last_commit if key.by_commits else repository.blob_id
    paths: list[str] = []
    for name in dict.fromkeys(key.files):
        if "*" in name and not key.by_commits:
            paths.extend(filter(compile_globs((name,)), repository.files()))
        elif name:
            paths.append(name)
    ids = {found for found in map(find, paths) if found}
    if not ids:
        return "default"
    import hashlib

    return hashlib.sha1("-".join(sorted(ids)).encode()).hexdigest()


def _final(key: str, cache: Cache, scope: Scope, context: Context) -> str:
    expanded = scope.final(key)
    if context.cache_clear_count:
        expanded = f"{expanded}-{context.cache_clear_count}"
    protected = context.protected and not cache.unprotect
    return sanitised(f"{expanded}-{'protected' if protected else 'non_protected'}")


def sanitised(key: str) -> str:
    """What the runner makes of a key before it becomes a path: nothing may climb out."""
    decoded = _ENCODED.sub(lambda found: "/" if found[0][2] in "fF" else ".", key)
    clean = posixpath.normpath("/" + decoded.replace("\\", "/")).lstrip("/")
    return clean.rstrip()
