"""`cache:`."""

import msgspec


class CacheKeyFiles(msgspec.Struct, frozen=True, kw_only=True):
    """`cache:key` with `files` (or `files_commits`) and `prefix`."""

    files: tuple[str, ...]
    prefix: str | None = None
    by_commits: bool = False


class Cache(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of `cache:`; a key of None is GitLab's `default`."""

    key: str | CacheKeyFiles | None = None
    paths: tuple[str, ...] = ()
    untracked: bool = False
    when: str = "on_success"
    policy: str = "pull-push"
    unprotect: bool = False
    fallback_keys: tuple[str, ...] = ()
