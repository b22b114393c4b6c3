"""What a release says about itself: a file, the changelog's section, or the commits."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from packaging.version import InvalidVersion, Version

from gluv.errors import UsageWrong

CHANGELOGS = ("CHANGELOG.md", "CHANGES.md", "HISTORY.md", "NEWS.md", "CHANGELOG.rst", "CHANGES.rst")
MAX_COMMITS = 200


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """A description in Markdown, where it comes from, and whether somebody asked for it."""

    text: str
    origin: str
    asked_for: bool = False


def read_notes(
    root: Path,
    version: str,
    *,
    notes: str | None,
    changelog: str | None,
    commits: Callable[[], Notes],
) -> Notes:
    """The notes of a version: `notes` (a file), else its section in a changelog, else `commits`.

    Raises `UsageWrong` for a named file that cannot be read.
    """
    if notes is not None:
        text = _read(root / notes)
        return Notes(text=text.strip(), origin=notes, asked_for=True)
    names = (changelog,) if changelog is not None else CHANGELOGS
    for name in names:
        path = root / name
        if changelog is None and not path.is_file():
            continue
        section = find_section(_read(path), version)
        if section is not None:
            return Notes(text=section, origin=f"{name}, section {version}")
        if changelog is not None:
            raise UsageWrong(
                f"{changelog} has no section for {version}",
                hint=f"write one under a heading with {version} in it",
            )
    return commits()


def find_section(text: str, version: str) -> str | None:
    """The text under the heading that names the version, up to the next heading of its level.

    Headings are Markdown's (`## [1.2.0] - 2024-05-01`) or underlined ones; versions are compared by
    PEP 440. None without such a heading or without text under it.
    """
    lines = text.splitlines()
    headings = list(_headings(lines))
    for index, (_, body, level, title) in enumerate(headings):
        if not _names(title, version):
            continue
        end = next((at for at, _, other, _ in headings[index + 1 :] if other <= level), len(lines))
        section = "\n".join(lines[body:end]).strip()
        section = re.sub(r"\n*(?:^\[[^\]]+\]: \S+\n?)+\Z", "", section, flags=re.M).strip()
        return section or None
    return None


def from_commits(subjects: Iterable[str], *, since: str | None) -> Notes:
    """A list of commit titles, newest first, without merges' own."""
    shown = [line.strip() for line in subjects if line.strip()]
    text = "\n".join(f"- {_escape(line)}" for line in shown[:MAX_COMMITS])
    if len(shown) > MAX_COMMITS:
        text += f"\n- and {len(shown) - MAX_COMMITS} more"
    count = "1 commit" if len(shown) == 1 else f"{len(shown)} commits"
    return Notes(text=text, origin=count + (f" since {since}" if since else ""))


def _headings(lines: list[str]) -> Iterable[tuple[int, int, int, str]]:
    """(line, first line of the body, level, title); fenced code holds no headings."""
    fence = ""
    underlines: list[str] = []
    for at, line in enumerate(lines):
        mark = re.match(r" {0,3}(```+|~~~+)", line)
        if mark and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark[1]
            continue
        if fence:
            continue
        found = re.match(r"(#{1,6})\s+(.*?)\s*#*\s*$", line)
        if found:
            yield at, at + 1, len(found[1]), found[2]
            continue
        under = lines[at + 1].rstrip() if at + 1 < len(lines) else ""
        if line.strip() and re.fullmatch(r"([=\-~^\"'*+])\1{2,}", under):
            if under[0] not in underlines:
                underlines.append(under[0])
            yield at, at + 2, 10 + underlines.index(under[0]), line.strip()


def _names(title: str, version: str) -> bool:
    """Whether one of the words of a heading is the version."""
    words = re.findall(r"[0-9A-Za-z!+._\-]+", re.sub(r"\]\([^)]*\)", "]", title))
    return any(_equal(word.strip(".").lstrip("vV"), version) for word in words)


def _equal(word: str, version: str) -> bool:
    try:
        return Version(word) == Version(version)
    except InvalidVersion:
        return False


def _escape(title: str) -> str:
    """A commit's title as plain text of Markdown: no mention, no HTML, no emphasis by accident."""
    return re.sub(r"([\\`*_<>\[\]@])", r"\\\1", title)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageWrong(
            f"{path} cannot be read: {reason}", hint="name a file that is there, in UTF-8"
        ) from error
