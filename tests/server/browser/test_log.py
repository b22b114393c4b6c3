"""A job's log in the browser: links, folding, search, following, and very long ones."""

import pytest
from playwright.sync_api import Page, expect

from tests.server.browser.conftest import Site

pytestmark = pytest.mark.browser


def test_lines_and_ranges_can_be_linked_to(site: Site, page: Page) -> None:
    page.goto(f"{site.root}/-/jobs/{site.show.failed_job.id}")
    page.locator("#L12 .number").click()
    assert page.url.endswith("#L12")
    expect(page.locator(".picked")).to_have_count(1)
    page.locator("#L15 .number").click(modifiers=["Shift"])
    assert page.url.endswith("#L12-15")
    expect(page.locator(".picked")).to_have_count(4)
    page.reload()
    expect(page.locator(".picked")).to_have_count(4)


def test_sections_fold(site: Site, page: Page) -> None:
    page.goto(f"{site.root}/-/jobs/{site.show.failed_job.id}")
    section = page.locator(".section", has_text="Getting source")
    line = section.locator(".run .line").first
    expect(line).to_be_visible()
    section.locator("summary .text").click()
    expect(line).to_be_hidden()
    # A link to a line inside unfolds it.
    page.evaluate("id => { location.hash = id }", line.get_attribute("id"))
    expect(line).to_be_visible()
    page.get_by_role("button", name="Fold all").click()
    expect(line).to_be_hidden()


def test_colours_stay_readable(site: Site, page: Page) -> None:
    page.goto(f"{site.root}/-/jobs/{site.show.failed_job.id}")
    red = page.locator(".log .f1").first.evaluate("e => getComputedStyle(e).color")
    assert red == "rgb(255, 123, 114)"
    true_colour = page.locator(".log .text span", has_text="test_talks_back").nth(1)
    assert true_colour.evaluate("e => getComputedStyle(e).color") == "rgb(135, 215, 95)"


def test_times_of_the_runner_are_shown_when_they_are_asked_for(own_site: Site, page: Page) -> None:
    show = own_site.show
    stamp = "2026-02-03T04:05:06.123456Z"
    show.store.log_path(show.failed_job.id).write_text(f"{stamp} 00O hello\n")
    page.goto(f"{own_site.root}/-/jobs/{show.failed_job.id}")
    expect(page.get_by_text(stamp)).to_be_hidden()
    page.get_by_role("button", name="Times").click()
    expect(page.get_by_text(stamp)).to_be_visible()


def test_a_printed_log_is_black_on_white(site: Site, page: Page) -> None:
    page.goto(f"{site.root}/-/jobs/{site.show.failed_job.id}")
    page.emulate_media(media="print")
    expect(page.locator(".log-tools")).to_be_hidden()
    expect(page.locator(".job-side")).to_be_hidden()
    colour = "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    assert page.locator(".log .f1").first.evaluate(colour) == ["rgb(0, 0, 0)", "rgba(0, 0, 0, 0)"]


def test_search_goes_from_match_to_match(site: Site, page: Page) -> None:
    page.goto(f"{site.root}/-/jobs/{site.show.failed_job.id}")
    page.keyboard.press("/")
    page.keyboard.type("TALKS_BACK")
    found = page.locator(".log-found")
    expect(found).to_have_text("1 of 3")
    page.keyboard.press("Enter")
    expect(found).to_have_text("2 of 3")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    expect(found).to_have_text("3 of 3")
    assert page.evaluate("CSS.highlights.get('log-match').size") == 3
    page.get_by_label("Search the log").fill("no such thing")
    expect(found).to_have_text("no match")


def test_a_log_of_200_000_lines_stays_usable(own_site: Site, page: Page) -> None:
    show = own_site.show
    path = show.store.log_path(show.failed_job.id)
    lines = "".join(f"\033[3{number % 8}mline {number}\033[0m\n" for number in range(1, 200_001))
    path.write_text(lines)
    page.goto(f"{own_site.root}/-/jobs/{show.failed_job.id}")
    expect(page.locator("#L200000")).to_be_attached()
    expect(page.locator(".log-note")).to_contain_text("200,000 lines")
    page.get_by_label("Search the log").fill("line 77777")
    expect(page.locator(".log-found")).to_have_text("1 of 1")
    expect(page.locator("#L77777")).to_be_in_viewport()
    for number in range(2_000, 74_000, 6_000):
        page.evaluate("number => { location.hash = `#L${number}` }", number)
        expect(page.locator(f"#L{number}")).to_be_in_viewport()
    # What was shown and is far away was given back.
    assert page.locator(".log .line").count() <= 10_000
    page.goto(f"{own_site.root}/-/jobs/{show.failed_job.id}#L4321")
    expect(page.locator("#L4321.picked")).to_be_in_viewport()
