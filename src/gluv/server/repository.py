"""The project's git repository as the API shows it: tags and commits, read only."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from gluv.host.git_archive import Format, archive
from gluv.host.git_objects import read_blob
from gluv.host.process import run

_HEADS = "refs/heads"
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_COMMIT = "%H%x00%h%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%s%x00%B"
_TAG = (
    "%(refname:strip=2)%00%(objectname)%00%(*objectname)%00%(objecttype)%00"
    "%(creatordate:unix)%00%(contents)%00%01"
)


def is_sha(ref: str) -> bool:
    """Whether this is the whole id of a commit."""
    return _SHA.fullmatch(ref) is not None


def is_valid_tag(name: str) -> bool:
    """Whether git would take this as the name of a tag."""
    return bool(_ask("check-ref-format", "--normalize", f"refs/tags/{name}").strip())


class GitTag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag: `sha` is its commit, `target` the object it names, `created_at` in epoch seconds."""

    name: str
    sha: str
    target: str
    message: str
    created_at: float


class GitCommit(msgspec.Struct, frozen=True, kw_only=True):
    """A commit; dates are ISO 8601."""

    id: str
    short_id: str
    parents: tuple[str, ...]
    author_name: str
    author_email: str
    authored_date: str
    committer_name: str
    committer_email: str
    committed_date: str
    title: str
    message: str


class Repository:
    """A git work tree; one that is None or no repository has no tags and no commits."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory

    @property
    def exists(self) -> bool:
        """Whether there is one here."""
        return self._directory is not None and (self._directory / ".git").exists()

    def tags(self) -> tuple[GitTag, ...]:
        """Every tag."""
        listed = self._git("for-each-ref", f"--format={_TAG}", "refs/tags")
        tags = []
        for record in listed.split("\0\1"):
            fields = record.lstrip("\n").split("\0")
            if len(fields) != 6:
                continue
            name, target, peeled, kind, created, contents = fields
            tags.append(
                GitTag(
                    name=name,
                    sha=peeled or target,
                    target=target,
                    message=contents.strip() if kind == "tag" else "",
                    created_at=float(created or 0),
                )
            )
        return tuple(tags)

    def tag(self, name: str) -> GitTag | None:
        """The tag of this name."""
        return next((tag for tag in self.tags() if tag.name == name), None)

    def resolve(self, ref: str) -> str | None:
        """The commit that a SHA, a branch or a tag names."""
        for candidate in (f"refs/heads/{ref}", f"refs/tags/{ref}", ref):
            found = self._git(
                "rev-parse", "--verify", "--quiet", "--end-of-options", f"{candidate}^{{commit}}"
            ).strip()
            if found:
                return found
        return None

    def commit(self, sha: str) -> GitCommit | None:
        """The commit with this id."""
        shown = self._git("log", "-1", f"--format={_COMMIT}", "--end-of-options", sha, "--")
        fields = shown.split("\0")
        if len(fields) != 11:
            return None
        return GitCommit(
            id=fields[0],
            short_id=fields[0][:8],
            parents=tuple(fields[2].split()),
            author_name=fields[3],
            author_email=fields[4],
            authored_date=fields[5],
            committer_name=fields[6],
            committer_email=fields[7],
            committed_date=fields[8],
            title=fields[9],
            message=fields[10].rstrip("\n") + "\n",
        )

    def branches(self) -> tuple[tuple[str, str], ...]:
        """Every branch with its commit, by name."""
        listed = self._git("for-each-ref", "--format=%(refname:strip=2)%00%(objectname)", _HEADS)
        found = [line.split("\0") for line in listed.splitlines()]
        return tuple((name, sha) for name, sha in found)

    def merged_into(self, branch: str) -> frozenset[str]:
        """The branches whose commits are all in another one."""
        merged = f"--merged=refs/heads/{branch}"
        listed = self._git("for-each-ref", merged, "--format=%(refname:strip=2)", _HEADS)
        return frozenset(listed.splitlines())

    def changed_lines(self, sha: str) -> tuple[int, int]:
        """How many lines a commit adds and removes."""
        shown = self._git("show", "--numstat", "--format=", "--end-of-options", sha, "--")
        numbers = [line.split("\t")[:2] for line in shown.splitlines() if line]
        added, removed = (
            sum(int(one[place]) for one in numbers if one[place].isdecimal()) for place in (0, 1)
        )
        return added, removed

    def blob(self, commit: str, path: str) -> tuple[str, int] | None:
        """The id and the size in bytes of a file of a commit."""
        listed = self._git("ls-tree", "-l", "-z", "--full-tree", commit, "--", f":(literal){path}")
        head, _, name = listed.rstrip("\0").partition("\t")
        fields = head.split()
        if name != path or len(fields) != 4 or fields[1] != "blob":
            return None
        return fields[2], int(fields[3])

    def read(self, commit: str, path: str) -> bytes | None:
        """A file of a commit."""
        return None if self._directory is None else read_blob(self._directory, commit, path)

    def has(self, commit: str, path: str) -> bool:
        """Whether a commit has a file or directory of this name."""
        wanted = f":(literal){path}"
        return bool(self._git("ls-tree", "--full-tree", "--name-only", commit, "--", wanted))

    def archive(self, commit: str, *, prefix: str, kind: Format, path: str = "") -> Iterator[bytes]:
        """The files of a commit, or those at `path`, in a folder called `prefix`."""
        if self._directory is None:
            return iter(())
        return archive(self._directory, commit, prefix=prefix, kind=kind, path=path)

    def last_change(self, commit: str, path: str) -> str:
        """The last commit up to this one that changed a file."""
        return self._git("log", "-1", "--format=%H", commit, "--", f":(literal){path}").strip()

    def titles(self, shas: Sequence[str]) -> dict[str, str]:
        """The titles of those of these commits that are there."""
        wanted = [sha for sha in shas if is_sha(sha)]
        shown = self._git(
            "log", "--no-walk=unsorted", "--ignore-missing", "--format=%H%x00%s", *wanted, "--"
        )
        # Without a commit git would tell of HEAD.
        lines = (line.partition("\0") for line in shown.splitlines()) if wanted else ()
        return {sha: title for sha, _, title in lines}

    def _git(self, *args: str) -> str:
        return "" if self._directory is None else _ask("-C", str(self._directory), *args)


def _ask(*args: str) -> str:
    """What git says, nothing if it refuses."""
    if any("\0" in arg for arg in args):
        return ""
    try:
        done = run(["git", *args])
    except OSError:
        return ""
    return done.stdout if done.code == 0 else ""
