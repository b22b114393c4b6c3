"""Caches: trees in `.gluv/cache/`, one directory a key, replaced whole or not at all.

A key's directory holds generations and a file `current` that names the whole one. A save writes a
new generation, then changes `current` by a rename, then removes the old one: a kill at any moment
leaves a whole cache. What was done to its files since then is found (`cache_notes`). Readers and
writers of several runs keep apart by a lock on the key.
"""

import contextlib
import fcntl
import os
import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from gluv.execute.cache_notes import remove_notes, write_notes
from gluv.execute.cache_reuse import Workspace
from gluv.execute.log import JobLog
from gluv.execute.paths import find_paths
from gluv.execute.result import JobFailed
from gluv.host.copy import remove_tree
from gluv.host.files import write_whole
from gluv.plan.model import PlannedCache

PROTECTED = "-protected"
"""How the keys end of caches that only jobs of protected branches and tags have."""


def restore_caches(
    directory: Path,
    caches: Sequence[PlannedCache],
    workspace: Workspace,
    log: JobLog,
    *,
    expand: Callable[[str], str],
    last_resort: str | None = None,
) -> None:
    """Before the job: lay the first cache that exists over the project, entry by entry.

    The keys are tried in order: key, fallback keys, `last_resort` (`CACHE_FALLBACK_KEY`). A cache
    that is missing or unreadable is never an error. `expand` is the runner's expansion. Raises
    `JobFailed` for a policy that there is not.
    """
    if last_resort and _key(last_resort, expand).rstrip(". ").endswith(PROTECTED):
        key = _key(last_resort, expand)
        log.warn(f'CACHE_FALLBACK_KEY "{key}" not allowed to end in "{PROTECTED}"')
        last_resort = None
    for cache in caches:
        if not _has_work(cache):
            continue
        if "pull" not in _policy(cache, expand):
            log.note(f"Not downloading cache {_key(cache.key, expand)} due to policy")
            continue
        keys = [cache.key, *cache.fallback_keys, *([last_resort] if last_resort else [])]
        for raw in keys:
            key = _key(raw, expand)
            if not key:
                continue
            log.note(f"Checking cache for {key}...")
            log.say(
                "No URL provided, cache will not be downloaded from shared cache server. "
                "Instead a local version of cache will be extracted."
            )
            log.flush()
            if _extract(_place(directory, key), workspace, log):
                log.note("Successfully extracted cache")
                break
            log.note("Failed to extract cache")


def save_caches(
    directory: Path,
    caches: Sequence[PlannedCache],
    workspace: Workspace,
    log: JobLog,
    *,
    success: bool,
    expand: Callable[[str], str],
    expand_path: Callable[[str], str],
) -> None:
    """After the job: replace what each key held by what its paths mean now.

    `when` and `policy` decide whether; nothing found leaves the old cache as it is.
    """
    for cache in caches:
        if not _has_work(cache) or not _wanted(cache.when, success=success):
            continue
        key = _key(cache.key, expand)
        if "push" not in _policy(cache, expand):
            log.note(f"Not uploading cache {key} due to policy")
            continue
        log.note(f"Creating cache {key}...")
        log.flush()
        found = find_paths(
            workspace.project, cache.paths, expand=expand_path, untracked=cache.untracked
        )
        for warns, sentence in found.said:
            (log.warn if warns else log.say)(sentence)
        if found.paths:
            log.say(
                "No URL provided, cache will be not uploaded to shared cache server. "
                "Cache will be stored only locally."
            )
            try:
                _store(_place(directory, key), workspace, found.paths)
            except OSError as error:
                log.warn(f"{error}")
                log.note("Failed to create cache")
                continue
        log.note("Created cache")


def has_restores(caches: Sequence[PlannedCache]) -> bool:
    """Whether there is a cache to look for at all."""
    return any(map(_has_work, caches))


def has_saves(caches: Sequence[PlannedCache], *, success: bool) -> bool:
    """Whether a job with this result has a cache to save."""
    return any(_has_work(cache) and _wanted(cache.when, success=success) for cache in caches)


def _has_work(cache: PlannedCache) -> bool:
    return bool(cache.paths or cache.untracked)


def _policy(cache: PlannedCache, expand: Callable[[str], str]) -> frozenset[str]:
    """What the policy allows. As in GitLab Runner (`CheckPolicy`) an empty one allows both."""
    policy = expand(cache.policy)
    if policy not in ("", "pull", "push", "pull-push"):
        key = _key(cache.key, expand)
        words = f" (system failure): unknown cache policy {policy} for {key}"
        raise JobFailed("runner_system_failure", words)
    return frozenset((policy or "pull-push").split("-"))


def _wanted(when: str, *, success: bool) -> bool:
    return when == "always" or (when == "on_success") == success


def _key(raw: str, expand: Callable[[str], str]) -> str:
    """A key as GitLab Runner makes it safe: decoded slashes, no `..`, no blanks at its end."""
    key = re.sub(r"%2f", "/", expand(raw).replace("\\", "/"), flags=re.IGNORECASE)
    key = re.sub(r"%2e", ".", key, flags=re.IGNORECASE)
    return posixpath.normpath("/" + key).lstrip("/").rstrip()


def _place(directory: Path, key: str) -> Path:
    """The directory of a key: one name, whatever the key holds."""
    name = quote(key, safe=" +=@~,")
    return directory / ("%2E" + name[1:] if name.startswith(".") else name)


@contextlib.contextmanager
def _locked(place: Path, kind: int) -> Iterator[None]:
    place.mkdir(parents=True, exist_ok=True)
    handle = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, kind)
        yield
    finally:
        os.close(handle)


def _current(place: Path) -> str | None:
    try:
        name = (place / "current").read_bytes().decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    return name if re.fullmatch(r"[0-9a-f]{32}", name) and (place / name).is_dir() else None


def _extract(place: Path, workspace: Workspace, log: JobLog) -> bool:
    if not place.is_dir():
        log.warn("Cache file does not exist")
        return False
    try:
        with _locked(place, fcntl.LOCK_SH):
            name = _current(place)
            if name is None:
                log.warn("Cache file does not exist")
                return False
            workspace.restore(place, name)
    except OSError as error:
        log.warn(f"{error}")
        return False
    return True


def _store(place: Path, workspace: Workspace, paths: Sequence[str]) -> None:
    name = os.urandom(16).hex()
    with _locked(place, fcntl.LOCK_EX):
        keep = _current(place)
        if keep is not None and workspace.holds(place, keep, paths):
            os.utime(place / "current")
            return
        for other in place.iterdir():
            if other.is_dir() and other.name != keep:
                remove_tree(other)
        remove_notes(place, keep)
        try:
            (place / name).mkdir()
            workspace.save(place, keep, paths, place / name)
            write_notes(place, name)
            write_whole(place / "current", f"{name}\n".encode())
        except BaseException:
            remove_tree(place / name)
            remove_notes(place, keep)
            raise
        if keep is not None:
            remove_tree(place / keep)
            remove_notes(place, name)
        # What is not known to be there is only laid again.
        with contextlib.suppress(OSError):
            workspace.saved(place, name)
