"""Which commit a ref of a project is: branches, tags, commits and ranges of versions."""

from collections.abc import Mapping

import msgspec

from gluv.text.pattern import later

_SHA = later(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_VERSION = later(r"v?(\d+)\.(\d+)\.(\d+)(?:\+[0-9A-Za-z.-]+)?")
_RANGE = later(r"(\d+)(?:\.(\d+))?")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A commit, and the branch, tag or commit id that led to it; `fixed` if it will not move."""

    sha: str
    version: str
    fixed: bool


def parse_ls_remote(listing: str) -> dict[str, str]:
    """Ref to commit of what `git ls-remote` prints; annotated tags are peeled."""
    refs: dict[str, str] = {}
    for line in listing.splitlines():
        sha, _, name = line.partition("\t")
        # The peeled line follows the tag's own and replaces it.
        if name:
            refs[name.removesuffix("^{}")] = sha
    return refs


def find_ref(refs: Mapping[str, str], ref: str | None, *, versions: bool) -> Found | None:
    """What `ref` is among the refs of a project; None if it is nothing there.

    Tags come before branches, as in git. With `versions`, as in a component's address, also
    `~latest` (the highest release) and `1` or `1.2` (the highest release of that line).
    """
    if ref is None or ref == "HEAD":
        sha = refs.get("HEAD")
        return Found(sha=sha, version=_branch_of(refs, sha), fixed=False) if sha else None
    if _SHA.fullmatch(ref):
        return Found(sha=ref, version=ref, fixed=True)
    for prefix in ("refs/tags/", "refs/heads/", ""):
        sha = refs.get(prefix + ref)
        if sha is not None:
            fixed = prefix == "refs/tags/" and _VERSION.fullmatch(ref) is not None
            return Found(sha=sha, version=ref, fixed=fixed)
    return _release(refs, ref) if versions else None


def _release(refs: Mapping[str, str], wanted: str) -> Found | None:
    line = _RANGE.fullmatch(wanted)
    if line is None and wanted != "~latest":
        return None
    parts = tuple(int(part) for part in line.groups() if part is not None) if line else ()
    releases: list[tuple[tuple[int, ...], str, str]] = []
    for name, sha in refs.items():
        tag = name.removeprefix("refs/tags/")
        match = _VERSION.fullmatch(tag) if name.startswith("refs/tags/") else None
        if match is not None:
            numbers = tuple(int(part) for part in match.groups())
            if numbers[: len(parts)] == parts:
                releases.append((numbers, tag, sha))
    if not releases:
        return None
    _, tag, sha = max(releases)
    return Found(sha=sha, version=tag, fixed=False)


def _branch_of(refs: Mapping[str, str], sha: str | None) -> str:
    for name, target in refs.items():
        if target == sha and name.startswith("refs/heads/"):
            return name.removeprefix("refs/heads/")
    return "HEAD"
