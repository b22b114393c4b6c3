"""Every rule has a page; what the page calls bad yields the rule, what it calls good does not."""

import pytest

from gluv.lint.options import LintOptions
from gluv.lint.registry import RULES
from tests.lint.bench import ALL_PAGES, CI, PAGES, Page, ids, lint, mended, read

_FIX = {
    "none": "There is no fix.",
    "safe": "There is a safe fix.",
    "unsafe": "There is an unsafe fix.",
}


@pytest.fixture(params=ALL_PAGES, ids=lambda page: page.rule)
def page(request: pytest.FixtureRequest) -> Page:
    found: Page = request.param
    return found


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert {page.rule for page in ALL_PAGES} == set(RULES)


def test_the_index_lists_every_rule() -> None:
    index = (PAGES / "README.md").read_text()
    for rule in RULES.values():
        fix = "" if rule.fix == "none" else rule.fix
        level = f"{rule.level}, off" if rule.advice else rule.level
        assert f"| [{rule.id}]({rule.id}.md) | {rule.title} | {level} | {fix} |" in index


def test_the_page_says_what_the_rule_is(page: Page) -> None:
    rule = RULES[page.rule]
    assert page.text.startswith(f"# {rule.id}: {rule.title}\n")
    assert _FIX[rule.fix] in page.text
    assert ("runs only where it is selected" in page.text) == rule.advice
    level = "advice" if rule.level == "info" else rule.level
    assert f"This rule is {'an ' if level == 'error' else 'a '}{level}." in page.text or (
        level == "advice" and "This rule is advice." in page.text
    )


def test_the_bad_example_yields_the_rule_and_the_good_one_does_not(page: Page) -> None:
    only = LintOptions(select=(page.rule,))
    assert page.rule in ids(lint(page.bad, only))
    assert ids(lint(page.good, only)) == []


def test_the_good_example_is_good(page: Page) -> None:
    assert ids(lint(page.good, LintOptions())) == []


def test_every_finding_stands_where_the_file_has_something(page: Page) -> None:
    for each in lint(page.bad):
        mark = each.finding.mark
        assert mark is not None, each.finding.message
        lines = page.bad[mark.file].splitlines()
        assert lines[mark.line - 1][mark.column - 1 :].strip()


def test_a_fix_mends_the_bad_example(page: Page) -> None:
    rule = RULES[page.rule]
    only = LintOptions(select=(page.rule,))
    after = mended(page.bad, only)
    if rule.fix == "none":
        assert after == page.bad
        return
    assert after != page.bad
    assert ids(lint(after, only)) == []
    assert (mended(page.bad, only, unsafe=False) != page.bad) == (rule.fix == "safe")


def test_a_second_fix_changes_nothing(page: Page) -> None:
    once = mended(page.bad)
    assert mended(once) == once


def test_windows_line_ends_stay(page: Page) -> None:
    files = {name: text.replace("\n", "\r\n") for name, text in page.bad.items()}
    assert {name: text.replace("\r\n", "\n") for name, text in mended(files).items()} == mended(
        page.bad
    )
    assert all("\n" not in text.replace("\r\n", "") for text in mended(files).values())


def test_a_fix_leaves_the_shape_of_the_pipeline(page: Page) -> None:
    before, after = read(page.bad).config, read(mended(page.bad)).config
    assert before is not None
    assert after is not None
    assert list(before.jobs) == list(after.jobs)
    assert before.stages == after.stages
    for name, job in before.jobs.items():
        assert after.jobs[name].rules is not None or job.rules is None
        for keyword in ("stage", "needs", "parallel", "artifacts", "when", "release"):
            assert getattr(after.jobs[name], keyword) == getattr(job, keyword)


def test_an_ignored_line_says_nothing(page: Page) -> None:
    only = LintOptions(select=(page.rule,))
    files = dict(page.bad)
    for _ in range(5):
        found = [each.finding.mark for each in lint(files, only)]
        if not found:
            break
        mark = found[0]
        assert mark is not None
        lines = files[mark.file].split("\n")
        if mark.file == CI and "|" not in lines[mark.line - 1]:
            lines[mark.line - 1] += f"  # gluv: ignore[{page.rule}]"
        else:
            lines.insert(mark.line - 1, f"# gluv: ignore[GLU999, {page.rule}]")
        files[mark.file] = "\n".join(lines)
    assert ids(lint(files, only)) == []
