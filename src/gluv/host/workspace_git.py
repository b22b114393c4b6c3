"""A job's `.git`: real for every git command, unable to write into the user's repository.

Objects are shared through `objects/info/alternates`, which git only ever reads. `origin` is a
mirror that lives as long as the run: fetch and push work, and the user's repository hears nothing.
"""

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from gluv.errors import RepositoryUnusable
from gluv.host.copy import remove_tree
from gluv.host.git_reading import Reading
from gluv.host.process import Running

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

    With `locks` it may write what it learns into the index. Raises `RepositoryUnusable` with git's
    own words if it fails.
    """
    env = git_environment() | {"GIT_OPTIONAL_LOCKS": str(int(locks))}
    try:
        done = Running(["git", *map(str, args)], cwd=cwd, env=env).wait()
    except FileNotFoundError as error:
        raise RepositoryUnusable("git is not installed", hint="install git") from error
    if done.code:
        raise RepositoryUnusable(f"git {args[0]} failed: {done.text.stderr.strip()}")
    return os.fsdecode(done.stdout)


def read_source(reading: Reading) -> GitSource:
    """Everything that a `.git` for jobs depends on.

    Raises `RepositoryUnusable`.
    """
    facts = reading.facts
    boundary = frozenset(facts.shallow.read_text().split()) if facts.shallow.exists() else ()
    return GitSource(
        repository=facts.root,
        objects=facts.objects,
        format=facts.object_format,
        refs=facts.refs,
        peeled=facts.peeled,
        shallow=frozenset(boundary),
        head=facts.sha,
        files=reading.files,
    )


class History(msgspec.Struct, frozen=True):
    """The commits that a shallow clone has, and those of them whose parents it has not."""

    commits: frozenset[str]
    cut: frozenset[str]


def mirror_files(source: GitSource, extra: dict[str, str]) -> dict[str, bytes]:
    """A bare repository with the branches and tags that GitLab would have, and `extra` refs.

    A branch known only from a remote counts as a branch.
    """
    refs = {name: sha for name, sha in source.refs.items() if name.startswith("refs/tags/")}
    for name, sha in source.refs.items():
        if name.startswith("refs/remotes/") and not name.endswith("/HEAD"):
            refs["refs/heads/" + name.split("/", 3)[3]] = sha
    refs |= {name: sha for name, sha in source.refs.items() if name.startswith("refs/heads/")}
    return _files(source, refs | extra, source.shallow, head="ref: refs/heads/main", bare=True)


def git_files(
    source: GitSource, *, sha: str, refs: dict[str, str], history: History | None, origin: Path
) -> dict[str, bytes]:
    """A `.git` with a detached HEAD at `sha`, as GitLab Runner's fetch leaves it.

    `refs` are those of the refspecs; tags inside the fetched history follow, None for all of it.
    """
    tags = {
        name: object_id
        for name, object_id in source.refs.items()
        if name.startswith("refs/tags/")
        and (history is None or source.peeled.get(name, object_id) in history.commits)
    }
    shallow = source.shallow if history is None else history.cut
    return _files(source, tags | refs, shallow, head=sha, bare=False, origin=origin)


def _files(
    source: GitSource,
    refs: dict[str, str],
    shallow: Iterable[str],
    *,
    head: str,
    bare: bool,
    origin: Path | None = None,
) -> dict[str, bytes]:
    packed = ["# pack-refs with: peeled fully-peeled sorted"]
    for name, object_id in sorted(refs.items()):
        packed.append(f"{object_id} {name}")
        if name in source.peeled and source.refs.get(name) == object_id:
            packed.append(f"^{source.peeled[name]}")
    files = {
        "objects/info/alternates": f"{_line(str(source.objects))}\n",
        "HEAD": f"{head}\n",
        "packed-refs": "\n".join(packed) + "\n",
        "config": "\n".join(_config(source, bare, origin)) + "\n",
    }
    if cut := "".join(f"{commit}\n" for commit in sorted(shallow)):
        files["shallow"] = cut
    return {name: os.fsencode(text) for name, text in files.items()}


_DIRECTORIES = (
    *("", "objects", "objects/info", "objects/pack", "refs", "refs/heads", "refs/tags"),
    *("info", "hooks"),
)


def prepare_git(place: Path, files: dict[str, bytes], *, index: Path | None = None) -> None:
    """Make a directory hold exactly these files of a repository, and perhaps an index.

    A file that is right is left alone, another one gives way to a new one. Raises `OSError`.
    """
    wanted = {*files, "index"}
    for directory in _DIRECTORIES:
        inner = place / directory
        inner.mkdir(parents=True, exist_ok=True)
        with os.scandir(inner) as entries:
            for entry in list(entries):
                name = f"{directory}/{entry.name}" if directory else entry.name
                kept = _DIRECTORIES if entry.is_dir(follow_symlinks=False) else wanted
                if name not in kept or entry.is_symlink():
                    remove_tree(entry.path)
    if index is not None:
        files = files | {"index": index.read_bytes()}
    for name, content in files.items():
        path = place / name
        if not path.exists() or path.read_bytes() != content:
            path.unlink(missing_ok=True)
            path.write_bytes(content)


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
        yield f"\turl = {_quoted(str(origin))}"
        yield "\tfetch = +refs/heads/*:refs/remotes/origin/*"


def _line(path: str) -> str:
    """A path as one line; as it is where that can be, for readers that know no quotes."""
    return _quoted(path) if "\n" in path else path


def _quoted(text: str) -> str:
    """A text in quotes, with git's escapes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def read_history(source: GitSource, sha: str, depth: int) -> History:
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
    return History(frozenset(seen), frozenset(cut))


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
