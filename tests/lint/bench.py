"""Lints texts without a repository, and reads the examples of the documentation."""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gluv.cli.lint_images import catalogue_images
from gluv.config import load
from gluv.config.fetch import FetchFailed
from gluv.config.model import Loaded
from gluv.lint.check import check
from gluv.lint.edits import apply_fixes
from gluv.lint.facts import LintFacts
from gluv.lint.model import Diagnosis
from gluv.lint.options import LintOptions
from gluv.lint.project import ProjectFiles
from gluv.text.nodes import Source

CI = ".gitlab-ci.yml"
PAGES = Path(__file__).parents[2] / "docs" / "lint"
EVERYTHING = LintOptions(select=("ALL",))
_BLOCK = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```$', re.M | re.S)


class Texts:
    """A fetcher whose repository is a dict; everything else cannot be had."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files

    def local(self, path: str) -> Source:
        if path not in self.files:
            raise FetchFailed(f"Local file `{path}` does not exist!")
        return Source(path, self.files[path])

    def local_files(self) -> tuple[str, ...]:
        return tuple(self.files)

    def remote(self, url: str) -> Source:
        raise FetchFailed("no network")

    def project(self, project: str, path: str, ref: str | None) -> Source:
        raise FetchFailed("no network")

    def template(self, name: str) -> Source:
        raise FetchFailed("no network")

    def component(self, address: str) -> Source:
        raise FetchFailed("no network")

    def artifact(self, job: str, path: str) -> Source:
        raise FetchFailed("no parent")


def read(files: Mapping[str, str]) -> Loaded:
    loaded = load(Source(CI, files[CI]), Texts(files))
    assert loaded.valid, [problem.message for problem in loaded.problems]
    return loaded


def lint(files: Mapping[str, str], options: LintOptions = EVERYTHING) -> tuple[Diagnosis, ...]:
    """The findings in a repository that consists of these files."""
    project = ProjectFiles(files, frozenset(files))
    return check(LintFacts(read(files), project, catalogue_images()), options)


def lint_ci(text: str, **files: str) -> list[str]:
    """The ids of the rules that speak about a pipeline alone, in order."""
    return ids(lint({CI: text, **files}, LintOptions()))


def ids(diagnoses: tuple[Diagnosis, ...]) -> list[str]:
    return [each.rule.id for each in diagnoses]


def mended(
    files: Mapping[str, str], options: LintOptions = EVERYTHING, *, unsafe: bool = True
) -> dict[str, str]:
    """The files after all fixes, round by round."""
    texts = dict(files)
    for _ in range(20):
        fixes = [
            each.finding.fix
            for each in lint(texts, options)
            if each.finding.fix is not None and (unsafe or each.finding.fix.safe)
        ]
        changed, _ = apply_fixes(texts, fixes)
        if not changed:
            return texts
        texts |= changed
    raise AssertionError("the fixes never end")


class Page(msgspec.Struct, frozen=True):
    """The examples of a rule's page."""

    rule: str
    text: str
    bad: dict[str, str]
    good: dict[str, str]


def read_page(path: Path) -> Page:
    text = path.read_text()
    _, _, examples = text.partition("\n## Bad\n")
    bad, _, good = examples.partition("\n## Good\n")
    return Page(
        path.stem,
        text,
        {found[1]: found[2] for found in _BLOCK.finditer(bad)},
        {found[1]: found[2] for found in _BLOCK.finditer(good)},
    )


ALL_PAGES = [read_page(path) for path in sorted(PAGES.glob("GLU*.md"))]
