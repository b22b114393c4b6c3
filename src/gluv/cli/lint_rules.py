"""Runs the uv rules on a configuration that was read, and mends what they find."""

import codecs
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gluv.cli.lint_images import catalogue_images
from gluv.cli.reading import Found, Readable
from gluv.config.model import Loaded
from gluv.errors import Problem
from gluv.host.files import write_whole
from gluv.lint.check import as_problem, check
from gluv.lint.edits import apply_fixes
from gluv.lint.facts import LintFacts
from gluv.lint.model import Diagnosis
from gluv.lint.options import LintOptions
from gluv.lint.project import ProjectFiles
from gluv.text.nodes import Source

_NAMES = (
    "pyproject.toml",
    "uv.toml",
    "uv.lock",
    ".python-version",
    ".gitignore",
    ".pre-commit-config.yaml",
)
_ROUNDS = 20  # fixes that touch each other's places are made one after the other


class Ruled(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules say, as problems, with the texts that their marks are in."""

    problems: tuple[Problem, ...]
    sources: dict[str, Source]


class Mended(msgspec.Struct, frozen=True, kw_only=True):
    """Texts before and after by file name, and how many fixes that took."""

    before: dict[str, str]
    after: dict[str, str]
    made: int


def apply_rules(found: Found, options: LintOptions) -> Ruled:
    """The findings in a valid configuration; nothing for one that GitLab refuses."""
    if not _usable(found.loaded) or found.loaded is None or found.project is None:
        return Ruled(problems=(), sources={})
    files = _project_files(found.project, {})
    diagnoses = _diagnose(found.loaded, files, options)
    marked = {each.finding.mark.file for each in diagnoses if each.finding.mark is not None}
    return Ruled(
        problems=tuple(as_problem(each) for each in diagnoses),
        sources={name: Source(name, files.texts[name]) for name in marked & files.texts.keys()},
    )


def mend(found: Found, options: LintOptions, *, unsafe: bool) -> Mended:
    """Make fixes until none is left; nothing is written.

    A round after which GitLab would refuse the file, or that only repeats itself, is not kept.
    """
    project, loaded = found.project, found.loaded
    before: dict[str, str] = {}
    texts: dict[str, str] = {}
    made = 0
    if project is None or loaded is None or not _usable(loaded):
        return Mended(before=before, after=texts, made=0)
    for _ in range(_ROUNDS):
        files = _project_files(project, texts)
        editable = _editable(project.root, loaded, files, texts)
        fixes = [
            each.finding.fix
            for each in _diagnose(loaded, files, options)
            if each.finding.fix is not None and (unsafe or each.finding.fix.safe)
        ]
        changed, count = apply_fixes(editable, fixes)
        if not changed:
            break
        trial = texts | changed
        again = project.reload(trial)
        if not _usable(again):
            break
        before = {name: editable[name] for name in changed} | before
        texts, loaded, made = trial, again, made + count
    return Mended(before=before, after=texts, made=made)


def write_mended(root: Path, mended: Mended) -> None:
    """Write the changed files whole; a byte order mark stays."""
    for name, text in mended.after.items():
        path = root / name
        mark = codecs.BOM_UTF8 if path.read_bytes().startswith(codecs.BOM_UTF8) else b""
        write_whole(path.resolve(), mark + text.encode(), mode=path.stat().st_mode & 0o777)


def _usable(loaded: Loaded | None) -> bool:
    return loaded is not None and loaded.valid and loaded.config is not None


def _diagnose(loaded: Loaded, files: ProjectFiles, options: LintOptions) -> tuple[Diagnosis, ...]:
    return check(LintFacts(loaded, files, catalogue_images()), options)


def _project_files(project: Readable, texts: Mapping[str, str]) -> ProjectFiles:
    paths = frozenset(project.paths()) if project.paths is not None else None
    members = [path for path in paths or () if path.endswith("/pyproject.toml")]
    names = [*_NAMES, *sorted(members)[:200]]
    found = {name: text for name in names if (text := _text(project.root / name)) is not None}
    found |= {name: text for name, text in texts.items() if name in found}
    return ProjectFiles(found, paths)


def _editable(
    root: Path, loaded: Loaded, files: ProjectFiles, texts: Mapping[str, str]
) -> dict[str, str]:
    """The texts that stand in files of the project just so (not in a commit, URL or pipe)."""
    found = dict(files.texts)
    for name, source in loaded.sources.items():
        if name in texts or ("://" not in name and _text(root / name) == source.text):
            found[name] = source.text
    return found


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().removeprefix(codecs.BOM_UTF8).decode()
    except (OSError, UnicodeDecodeError):
        return None
