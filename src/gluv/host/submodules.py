"""Submodules in a job's work tree: from the user's own `.git/modules`, else fetched by git."""

import os
import posixpath
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from gluv.errors import RepositoryUnusable
from gluv.host.process import run
from gluv.host.workspace_git import (
    GitSource,
    git,
    git_environment,
    git_files,
    prepare_git,
    read_history,
)


class Submodule(msgspec.Struct, frozen=True, kw_only=True):
    """One of `.gitmodules`: its name, its place in the tree, where it is from, its commit."""

    name: str
    path: str
    url: str
    sha: str


def list_submodules(tree: Path, paths: Sequence[str] = ()) -> tuple[Submodule, ...]:
    """The submodules of a work tree; `paths` are pathspecs that choose among them.

    Raises `RepositoryUnusable`.
    """
    if not (tree / ".gitmodules").is_file():
        return ()
    settings = git("config", "-z", "--file", ".gitmodules", "--list", cwd=tree)
    names: dict[str, dict[str, str]] = {}
    for entry in settings.split("\0"):
        key, _, value = entry.partition("\n")
        if found := re.fullmatch(r"submodule\.(.+)\.(path|url)", key, re.DOTALL):
            names.setdefault(found[1], {})[found[2]] = value
    commits: dict[str, str] = {}
    for line in git("ls-files", "-z", "--stage", "--", *paths, cwd=tree).split("\0"):
        if line.startswith("160000 "):
            about, _, path = line.partition("\t")
            commits[path] = about.split(" ")[1]
    return tuple(
        Submodule(name=name, path=each["path"], url=each["url"], sha=commits[each["path"]])
        for name, each in names.items()
        if "url" in each and each.get("path") in commits and _is_safe(name, each["path"])
    )


def _is_safe(name: str, path: str) -> bool:
    """As git itself: neither may lead out of where it belongs."""
    parts = {*name.split("/"), *path.split("/")}
    return ".." not in parts and not path.startswith(("/", "-")) and not name.startswith("/")


def absolute_url(url: str, base: str) -> str:
    """A URL of `.gitmodules`; `./` and `../` are relative to that of the repository."""
    if not url.startswith(("./", "../")):
        return url
    if base.startswith("/") or "://" in base:
        parts = urlsplit(base)
        path = posixpath.normpath(f"{parts.path}/{url}")
        return parts._replace(path=path).geturl()
    host, _, path = base.partition(":")
    return f"{host}:{posixpath.normpath(f'{path}/{url}')}"


def over_https(url: str) -> str:
    """The same by HTTPS (`GIT_SUBMODULE_FORCE_HTTPS`)."""
    found = re.fullmatch(r"(?:ssh://)?(?:[^@/]+@)?([^/:]+)(?::\d+/|[:/])(.+)", url)
    if found is None or re.match(r"(?!ssh:)\w+://", url) or url.startswith("/"):
        return url
    return f"https://{found[1]}/{found[2]}"


def lay_from_here(
    modules: Path, submodule: Submodule, tree: Path, directory: Path, *, url: str, depth: int
) -> bool:
    """Lay a submodule out of the user's `.git/modules`; False if its commit is not there.

    `directory` is the `.git` of the tree that holds it. Objects are shared as those of the main
    repository are, and nothing is written into the user's.
    """
    source = _read_bare(modules / submodule.name, submodule.sha)
    if source is None:
        return False
    made = directory / "modules" / submodule.name
    remotes = {
        name: sha for name, sha in source.refs.items() if name.startswith("refs/remotes/origin/")
    }
    history = read_history(source, submodule.sha, depth) if depth > 0 else None
    origin = modules / submodule.name
    prepare_git(
        made, git_files(source, sha=submodule.sha, refs=remotes, history=history, origin=origin)
    )
    place = tree / submodule.path
    place.mkdir(parents=True, exist_ok=True)
    config = ("config", "--file", made / "config")
    git(*config, "core.worktree", os.path.relpath(place, made), cwd=tree)
    git(*config, "remote.origin.url", url, cwd=tree)
    (place / ".git").write_text(f"gitdir: {os.path.relpath(made, place)}\n")
    git("reset", "--hard", "--quiet", cwd=place, locks=True)
    return True


def _read_bare(place: Path, sha: str) -> GitSource | None:
    """A repository without its work tree, if it has the commit."""
    if not (place / "objects").is_dir():
        return None
    at = ("--git-dir", str(place))
    try:
        git(*at, "cat-file", "-e", f"{sha}^{{commit}}", cwd=place)
        told = git(*at, "rev-parse", "--show-object-format", cwd=place)
        listed = "--format=%(refname) %(objectname) %(*objectname)"
        listing = git(*at, "for-each-ref", listed, cwd=place)
    except RepositoryUnusable:
        return None
    refs: dict[str, str] = {}
    peeled: dict[str, str] = {}
    for line in listing.splitlines():
        name, object_id, *target = line.split(" ")
        refs[name] = object_id
        if target and target[0]:
            peeled[name] = target[0]
    shallow = place / "shallow"
    return GitSource(
        repository=place,
        objects=(place / "objects").resolve(),
        format=told.strip(),
        refs=refs,
        peeled=peeled,
        shallow=frozenset(shallow.read_text().split()) if shallow.exists() else frozenset(),
        head=sha,
        files=(),
    )


def fetch_submodule(tree: Path, submodule: Submodule, *, url: str, options: Sequence[str]) -> str:
    """Let git fetch one, with the caller's own credentials; what went wrong, "" if nothing."""
    git("config", f"submodule.{submodule.name}.url", url, cwd=tree, locks=True)
    done = run(
        ["git", "submodule", "update", "--init", "--quiet", *options, "--", submodule.path],
        cwd=tree,
        env=git_environment(),
    )
    return "" if done.code == 0 else done.stderr.strip() or f"exit code {done.code}"


def activate(tree: Path, submodule: Submodule, url: str) -> None:
    """What `git submodule init` leaves in the configuration of the tree that holds it."""
    for key, value in (("active", "true"), ("url", url)):
        git("config", f"submodule.{submodule.name}.{key}", value, cwd=tree, locks=True)


def origin_url(repository: Path) -> str:
    """Where the user's repository comes from, its own path if from nowhere."""
    done = run(["git", "config", "remote.origin.url"], cwd=repository, env=git_environment())
    return done.stdout.strip() or str(repository)


def modules_of(objects: Path) -> Path:
    """Where the repository with this object store keeps the repositories of its submodules."""
    return objects.parent / "modules"


def checked_out(tree: Path, submodule: Submodule) -> Iterator[str]:
    """The commit that the user's own work tree has of a submodule, if it has any."""
    place = tree / submodule.path
    if (place / ".git").exists():
        done = run(["git", "rev-parse", "HEAD"], cwd=place, env=git_environment())
        if done.code == 0:
            yield done.stdout.strip()
