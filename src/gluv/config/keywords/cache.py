"""`cache:`."""

import re
from typing import Final

import msgspec

from gluv.config.keywords.reading import (
    Problems,
    absent,
    blank,
    likely,
    read_choice,
    read_flag,
    read_map,
    read_text,
    read_texts,
)
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode


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


CACHE_KEYS = ("key", "untracked", "paths", "when", "policy", "unprotect", "fallback_keys")
CACHE_LIMIT = 4
FALLBACK_LIMIT = 5
KEY_FILES_LIMIT = 10
KEY_COMMITS_LIMIT = 2
WHEN = ("on_success", "on_failure", "always")

# GitLab searches this anywhere in the value, so `pulling` passes too; so it does here.
_POLICY: Final = r"pull-push|push|pull|\$\w{1,255}"


def read_caches(node: Node, at: str, problems: Problems) -> tuple[Cache, ...]:
    """The entries of `cache:`, one or up to four."""
    # GitLab names one entry `cache` and the list of them `caches`.
    if type(node) is MapNode:
        return (_read_cache(node, at, problems),)
    several = f"{at}s config"
    if type(node) is not SeqNode:
        problems.refuse("wrong-type", f"{several} can only be a hash or an array", node)
        return ()
    if len(node.items) > CACHE_LIMIT:
        problems.refuse(
            "too-many",
            f"{several} no more than {CACHE_LIMIT} caches can be created",
            node.items[CACHE_LIMIT],
        )
    maps = (read_map(item, f"{at} config", problems) for item in node.items)
    return tuple(_read_cache(item, at, problems) for item in maps if item is not None)


def _read_cache(node: MapNode, at: str, problems: Problems) -> Cache:
    read_map(node, f"{at} config", problems, CACHE_KEYS)
    values = {key: value for key, value in node if key in CACHE_KEYS and not absent(value)}
    read: dict[str, object] = {}
    for key, value in values.items():
        result: object = None
        match key:
            case "key":
                result = _read_key(value, f"{at}:key", problems)
            case "untracked" | "unprotect":
                result = read_flag(value, f"{at}:{key} config", problems)
            case "paths":
                result = read_texts(value, f"{at}:paths config", problems)
            case "when":
                sentence = f"should be one of: {', '.join(WHEN)}"
                result = read_choice(value, f"{at} when", problems, WHEN, sentence)
            case "policy":
                result = _read_policy(value, f"{at} policy", problems)
            case "fallback_keys":
                result = _read_fallback_keys(value, at, problems)
        if result is not None:
            read[key] = result
    return Cache(**read)  # type: ignore[arg-type]


def _read_policy(node: Node, subject: str, problems: Problems) -> str | None:
    if blank(node) and isinstance(node, ScalarNode) and node.value is not False:
        return None
    policy = read_text(node, subject, problems)
    if policy is None or re.search(_POLICY, policy):
        return policy
    problems.refuse(
        "unknown-value",
        f"{subject} should be a variable or one of: pull-push, push, pull",
        node,
        likely(policy, ("pull-push", "push", "pull")),
    )
    return None


def _read_fallback_keys(node: Node, at: str, problems: Problems) -> tuple[str, ...] | None:
    keys = read_texts(node, f"{at}:fallback_keys config", problems)
    if keys is not None and len(keys) > FALLBACK_LIMIT:
        problems.refuse(
            "too-many",
            f"{at} fallback keys has to many entries (maximum {FALLBACK_LIMIT})",
            node,
        )
    return keys


def _read_key(node: Node, at: str, problems: Problems) -> str | CacheKeyFiles | None:
    if type(node) is ScalarNode and type(node.value) is str:
        _check_key(node.value, f"{at} config", node, problems)
        return node.value
    if type(node) is not MapNode:
        problems.refuse("wrong-type", f"{at} should be a hash, a string or a symbol", node)
        return None
    read_map(node, f"{at} config", problems, ("files", "files_commits", "prefix"))
    given = [key for key in ("files", "files_commits") if key in node.items]
    if len(given) != 1:
        problems.refuse(
            "conflicting-keys" if given else "missing-key",
            f"{at} config must use exactly one of these keys: files, files_commits",
            node,
        )
        return None
    by_commits = given[0] == "files_commits"
    files = _read_files(
        node.items[given[0]],
        f"{at}:{given[0]} config",
        KEY_COMMITS_LIMIT if by_commits else KEY_FILES_LIMIT,
        problems,
    )
    prefix_node = node.get("prefix")
    prefix = None
    if prefix_node is not None and not absent(prefix_node):
        subject = f"{at}:prefix config"
        if type(prefix_node) is ScalarNode and type(prefix_node.value) is str:
            prefix = prefix_node.value
            _check_key(prefix, subject, prefix_node, problems)
        else:
            problems.refuse("wrong-type", f"{subject} should be a string or symbol", prefix_node)
    return CacheKeyFiles(files=files, prefix=prefix, by_commits=by_commits) if files else None


def _read_files(node: Node, subject: str, limit: int, problems: Problems) -> tuple[str, ...]:
    files = read_texts(node, subject, problems)
    if files is None:
        return ()
    if not files:
        problems.refuse("blank", f"{subject} requires at least 1 item", node)
    elif len(files) > limit:
        problems.refuse("too-many", f"{subject} has too many items (maximum is {limit})", node)
    return tuple(file.lstrip("/") for file in files)


def _check_key(key: str, subject: str, node: Node, problems: Problems) -> None:
    from urllib.parse import unquote_plus

    path = unquote_plus(key)
    if "/" in path:
        problems.refuse("invalid-value", f'{subject} cannot contain the "/" character', node)
    elif path in (".", ".."):
        problems.refuse("invalid-value", f'{subject} cannot be "." or ".."', node)
