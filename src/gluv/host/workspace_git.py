"""A job's `.git`: real for every git command, unable to write into the user's repository.

Objects are shared through `objects/info/alternates`, which git only ever reads. `origin` is a
mirror that lives as long as the run: fetch and push work, and the user's repository hears nothing.
"""

import contextlib
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from gluv.errors import RepositoryUnusable

_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8"}


class GitSource(msgspec.Struct, frozen=True, kw_only=True):
    """The user's repository as a run saw it; `refs` maps full names to object ids.

    `head` is the commit that is checked out, `files` the paths of its work tree that git does not
    ignore, as `ls-files` prints them (a repository inside of it ends with a slash).
    """

    repository: Path
    objects: Path
    format: str
    refs: dict[str, str]
    peeled: dict[str, str]
    shallow: frozenset[str]
    head: str
    files: tuple[str, ...]


def git_environment() -> dict[str, str]:
    """The caller's environment for gluv's own git calls, without settings of another repository."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return kept | {key: os.environ[key] for key in _KEPT if key in os.environ} | _ENVIRONMENT


_KEPT = ("GIT_SSL_CAINFO", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")


def git(*args: str | Path, cwd: Path, locks: bool = False) -> str:
    """What a git command prints; bytes that are no UTF-8 survive as in file names.

    Raises `RepositoryUnusable` with git's own words if it fails.
    """
    return git_together(args, cwd=cwd, locks=locks)[0]


def git_together(*commands: Sequence[str | Path], cwd: Path, locks: bool = False) -> list[str]:
    """What several git commands print that run at the same time. Raises as `git` does.

    With `locks` they may write what they learn into the index.
    """
    env = git_environment() | {"GIT_OPTIONAL_LOCKS": str(int(locks))}
    with contextlib.ExitStack() as stack:
        try:
            started = [
                stack.enter_context(
                    subprocess.Popen(
                        ["git", *map(str, command)],
                        cwd=cwd,
                        env=env,
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE,
                        # Ctrl-C in a terminal is for gluv, which ends in good order.
                        process_group=0,
                    )
                )
                for command in commands
            ]
        except FileNotFoundError as error:
            raise RepositoryUnusable("git is not installed", hint="install git") from error
        # One that fills its pipe waits until its turn to be read.
        ended = [process.communicate() for process in started]
    for command, process, (_, said) in zip(commands, started, ended, strict=True):
        if process.returncode:
            words = said.decode(errors="replace").strip()
            raise RepositoryUnusable(f"git {command[0]} failed: {words}")
    return [os.fsdecode(printed) for printed, _ in ended]


def read_source(repository: Path) -> GitSource:
    """Everything that `write_git_directory` needs to know of the repository."""
    asked = ("--git-path", "objects", "--git-path", "shallow", "--show-object-format")
    told, listing, head, files = git_together(
        ("rev-parse", *asked),
        (
            "for-each-ref",
            "--format=%(refname) %(objectname) %(*objectname)",
            "refs/heads",
            "refs/tags",
            "refs/remotes",
        ),
        ("rev-parse", "HEAD"),
        ("ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        cwd=repository,
    )
    *paths, kind = told.splitlines()
    objects, shallow = ((repository / path).resolve() for path in paths)
    refs: dict[str, str] = {}
    peeled: dict[str, str] = {}
    for line in listing.splitlines():
        name, object_id, *target = line.split(" ")
        refs[name] = object_id
        if target and target[0]:
            peeled[name] = target[0]
    boundary = frozenset(shallow.read_text().split()) if shallow.exists() else frozenset()
    return GitSource(
        repository=repository,
        objects=objects,
        format=kind,
        refs=refs,
        peeled=peeled,
        shallow=boundary,
        head=head.strip(),
        files=tuple(files.split("\0")),
    )


def write_mirror(path: Path, source: GitSource, extra: dict[str, str]) -> None:
    """A bare repository with the branches and tags that GitLab would have, and `extra` refs.

    A branch known only from a remote counts as a branch.
    """
    refs = {name: sha for name, sha in source.refs.items() if name.startswith("refs/tags/")}
    for name, sha in source.refs.items():
        if name.startswith("refs/remotes/") and not name.endswith("/HEAD"):
            refs["refs/heads/" + name.split("/", 3)[3]] = sha
    refs |= {name: sha for name, sha in source.refs.items() if name.startswith("refs/heads/")}
    _write(path, source, refs | extra, source.shallow, head="ref: refs/heads/main", bare=True)


def write_git_directory(
    path: Path, source: GitSource, *, sha: str, refs: dict[str, str], depth: int, origin: Path
) -> None:
    """A `.git` with a detached HEAD at `sha`, as GitLab Runner's fetch leaves it.

    `refs` are those of the refspecs; tags inside the fetched history follow. `depth` cuts the
    history after so many commits, 0 keeps all of it.
    """
    shallow, history = source.shallow, None
    if depth > 0:
        history, shallow = _history(source, sha, depth)
    tags = {
        name: object_id
        for name, object_id in source.refs.items()
        if name.startswith("refs/tags/")
        and (history is None or source.peeled.get(name, object_id) in history)
    }
    _write(path, source, tags | refs, shallow, head=sha, bare=False, origin=origin)


def _write(
    path: Path,
    source: GitSource,
    refs: dict[str, str],
    shallow: Iterable[str],
    *,
    head: str,
    bare: bool,
    origin: Path | None = None,
) -> None:
    for directory in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info", "hooks"):
        (path / directory).mkdir(parents=True, exist_ok=True)
    (path / "objects/info/alternates").write_text(f"{source.objects}\n")
    (path / "HEAD").write_text(f"{head}\n")
    packed = ["# pack-refs with: peeled fully-peeled sorted"]
    for name, object_id in sorted(refs.items()):
        packed.append(f"{object_id} {name}")
        if name in source.peeled and source.refs.get(name) == object_id:
            packed.append(f"^{source.peeled[name]}")
    (path / "packed-refs").write_text("\n".join(packed) + "\n")
    if cut := "".join(f"{commit}\n" for commit in sorted(shallow)):
        (path / "shallow").write_text(cut)
    (path / "config").write_text("\n".join(_config(source, bare, origin)) + "\n")


def _config(source: GitSource, bare: bool, origin: Path | None) -> Iterator[str]:
    wide = source.format != "sha1"
    yield "[core]"
    yield f"\trepositoryformatversion = {int(wide)}"
    yield f"\tbare = {str(bare).lower()}"
    # Copies of a workspace keep size and time of change, nothing else of a file's status.
    yield "\tcheckStat = minimal"
    yield "\ttrustctime = false"
    yield "[gc]\n\tauto = 0"
    if wide:
        yield f"[extensions]\n\tobjectFormat = {source.format}"
    if origin is not None:
        yield '[remote "origin"]'
        yield f"\turl = {origin}"
        yield "\tfetch = +refs/heads/*:refs/remotes/origin/*"


def _history(source: GitSource, sha: str, depth: int) -> tuple[frozenset[str], frozenset[str]]:
    """The commits within `depth` of `sha`, and those of them whose parents are cut off."""
    seen: set[str] = {sha}
    edge = [sha]
    cut: set[str] = set()
    reader = subprocess.Popen(
        ["git", "cat-file", "--batch"],
        cwd=source.repository,
        env=git_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with reader:
        for level in range(1, depth + 1):
            following: list[str] = []
            for commit in edge:
                parents = () if commit in source.shallow else _parents(reader, commit)
                if commit in source.shallow or (level == depth and parents):
                    cut.add(commit)
                    continue
                new = [parent for parent in parents if parent not in seen]
                seen.update(new)
                following += new
            edge = following
        if reader.stdin is not None:
            reader.stdin.close()
    return frozenset(seen), frozenset(cut)


def _parents(reader: "subprocess.Popen[bytes]", commit: str) -> tuple[str, ...]:
    assert reader.stdin is not None
    assert reader.stdout is not None
    reader.stdin.write(commit.encode() + b"\n")
    reader.stdin.flush()
    header = reader.stdout.readline().split()
    if len(header) != 3:
        return ()
    body = reader.stdout.read(int(header[2]) + 1)
    lines = body.split(b"\n\n", 1)[0].split(b"\n")
    return tuple(line[7:].decode() for line in lines if line.startswith(b"parent "))
