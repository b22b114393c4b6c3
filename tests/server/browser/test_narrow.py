"""What fits on a telephone: tabs, the stages of a pipeline."""

import pytest
from playwright.sync_api import Page, expect

from tests.server.browser.conftest import Site
from tests.server.browser.test_accessibility import address

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [360, 390])
def test_every_tab_is_seen_on_a_narrow_page(site: Site, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address(site, "release"))
    tabs = page.locator(".tabs a")
    expect(tabs).to_have_count(4)
    for tab in tabs.all():
        expect(tab).to_be_in_viewport(ratio=1)


def test_stages_stand_one_below_the_other_on_a_narrow_page(site: Site, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(address(site, "pipeline"))
    cut = page.evaluate(
        "[...document.querySelectorAll('.node-name')].filter(one => one.offsetParent"
        " && one.scrollWidth > one.clientWidth).map(one => one.textContent)"
    )
    assert cut == []
    graph = page.locator(".graph")
    assert graph.evaluate("one => one.scrollWidth <= one.clientWidth")
    lefts = {round(one.bounding_box()["x"]) for one in page.locator(".column").all()}  # type: ignore[index]
    assert len(lefts) == 1


def test_a_table_in_a_readme_is_closed_below(site: Site, page: Page) -> None:
    page.goto(address(site, "package"))
    cell = page.locator(".prose table tbody tr").last.locator("td").first
    expect(cell).to_have_css("border-bottom-width", "1px")


def test_notes_keep_off_what_stands_above_them(site: Site, page: Page) -> None:
    page.goto(address(site, "releases"))
    gap = page.evaluate(
        "document.querySelector('.release .prose').getBoundingClientRect().top"
        " - document.querySelector('.release .meta').getBoundingClientRect().bottom"
    )
    assert gap >= 10
