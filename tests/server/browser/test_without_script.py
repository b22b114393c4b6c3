"""The pages where JavaScript is switched off: everything can be read, nothing pretends to work."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.server.browser.conftest import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(open_context: Callable[..., BrowserContext]) -> Page:
    return open_context(java_script_enabled=False).new_page()


def test_a_pipeline_and_its_matrix_are_read(site: Site, plain: Page) -> None:
    plain.goto(f"{site.root}/-/pipelines/{site.show.failed_pipeline.id}")
    plain.locator(".fold summary").click()
    expect(plain.get_by_role("link", name="test: [3.13]")).to_be_visible()
    expect(plain.locator("time").first).to_contain_text("UTC")
    plain.get_by_role("link", name="Needs", exact=True).click()
    assert plain.locator(".edges path").count() > 0
    expect(plain.locator("button:visible")).to_have_count(0)


def test_a_log_folds_and_leads_to_the_error(site: Site, plain: Page) -> None:
    plain.goto(f"{site.root}/-/jobs/{site.show.failed_job.id}")
    section = plain.locator(".section", has_text="Getting source")
    section.locator("summary").click()
    expect(section.locator(".run")).to_be_hidden()
    plain.get_by_role("link", name="Jump to the error").click()
    expect(plain.locator(".line:target")).to_contain_text("AssertionError")
    expect(plain.locator("button:visible")).to_have_count(0)


def test_a_running_job_says_how_to_see_more(site: Site, plain: Page) -> None:
    plain.goto(f"{site.root}/-/jobs/{site.show.running_job.id}")
    expect(plain.get_by_text("reload the page to see more")).to_be_visible()


def test_a_long_log_shows_its_end_and_the_way_to_the_rest(own_site: Site, plain: Page) -> None:
    show = own_site.show
    path = show.store.log_path(show.failed_job.id)
    path.write_text("".join(f"line {number}\n" for number in range(1, 20_001)))
    plain.goto(f"{own_site.root}/-/jobs/{show.failed_job.id}")
    expect(plain.locator("#L20000")).to_be_visible()
    expect(plain.locator("#L19001")).to_be_attached()
    assert plain.locator(".log .line").count() <= 1_500
    plain.get_by_role("link", name="Show lines 5,001 to 5,500").click()
    expect(plain.locator("#L5001")).to_be_in_viewport()
    plain.get_by_role("link", name="as text").click()
    expect(plain.locator("body")).to_contain_text("line 12345")


def test_packages_are_searched_and_installed(site: Site, plain: Page) -> None:
    plain.goto(f"{site.root}/-/packages")
    plain.get_by_role("searchbox").fill("word-2")
    plain.get_by_role("button", name="Search").click()
    plain.get_by_role("link", name="parrot-word-2").click()
    expect(plain.locator(".way pre").nth(1)).to_contain_text("uv pip install")
    plain.locator("summary", has_text="The group aviary/birds").click()
    expect(plain.get_by_role("group", name="uv.toml, The group")).to_be_visible()
