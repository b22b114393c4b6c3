"""Every page in light and dark, wide and narrow: axe finds nothing serious, nothing overflows."""

from collections.abc import Callable
from importlib.resources import files

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.server.browser.conftest import Site

pytestmark = pytest.mark.browser

PAGES = (
    "front",
    "project",
    "group",
    "pipelines",
    "pipeline",
    "needs",
    "list",
    "job",
    "running job",
    "artifacts",
    "file",
    "packages",
    "package",
    "releases",
    "release",
    "commit",
    "tag",
    "empty",
    "missing",
    "locked",
)


def address(site: Site, name: str) -> str:
    """Where a page is."""
    show, root = site.show, site.root
    failed, job = f"{root}/-/pipelines/{show.failed_pipeline.id}", show.failed_job.id
    newest = show.store.listings.versions(show.parrot.id, "parrot")[-1].id
    return {
        "front": site.url,
        "project": root,
        "group": f"{site.url}/groups/aviary/birds",
        "pipelines": f"{root}/-/pipelines",
        "pipeline": failed,
        "needs": f"{root}/-/pipelines/{show.running_pipeline.id}?view=needs",
        "list": f"{failed}?view=list",
        "job": f"{root}/-/jobs/{job}",
        "running job": f"{root}/-/jobs/{show.running_job.id}",
        "artifacts": f"{root}/-/jobs/{job}/artifacts/browse/htmlcov",
        "file": f"{root}/-/jobs/{job}/artifacts/file/coverage.xml",
        "packages": f"{root}/-/packages",
        "package": f"{root}/-/packages/{newest}",
        "releases": f"{root}/-/releases",
        "release": f"{root}/-/releases/v1.0.0",
        "commit": f"{root}/-/commit/{show.shas[3]}",
        "tag": f"{root}/-/tags/v1.0.0",
        "empty": f"{site.url}/aviary/birds/cage/-/releases",
        "missing": f"{root}/-/jobs/99999",
        "locked": f"{site.url}/aviary/secret",
    }[name]


@pytest.fixture(scope="module")
def axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text()


WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_nothing_overflows(
    site: Site, open_context: Callable[..., BrowserContext], axe: str, name: str
) -> None:
    page = open_context(color_scheme="light", reduced_motion="reduce").new_page()
    if name in ("missing", "locked"):
        # The status is for the browser, which would ask for a token or complain.
        page.route(
            lambda url: url == address(site, name),
            lambda route: route.fulfill(response=route.fetch(), status=200),
        )
    page.goto(address(site, name))
    page.evaluate(axe)
    assert violations(page, {"type": "tag", "values": WCAG}) == []
    page.emulate_media(color_scheme="dark")
    # Another theme changes colours and nothing else.
    assert violations(page, {"type": "rule", "values": ["color-contrast"]}) == []
    for width in (360, 1600):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def violations(page: Page, only: dict[str, object]) -> list[tuple[str, str, list[str]]]:
    """What axe finds wrong, and where."""
    result = page.evaluate("only => axe.run(document, { runOnly: only })", only)
    assert result["passes"]
    return [
        (one["id"], one["impact"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in result["violations"]
    ]


def test_the_first_key_skips_to_the_content(site: Site, page: Page) -> None:
    page.goto(site.root)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_chosen_theme_is_there_before_the_page_is_seen(site: Site, page: Page) -> None:
    page.goto(site.root)
    button = page.get_by_role("button", name="Theme")
    button.click()
    button.click()
    expect(button).to_have_attribute("aria-label", "Theme: dark")
    # What the parser has when it comes to the body is what the first paint shows.
    page.add_init_script(
        "new MutationObserver((_, all) => { if (document.body && !window.first) {"
        " window.first = document.documentElement.dataset.theme; all.disconnect(); } })"
        ".observe(document, { childList: true, subtree: true })"
    )
    page.reload()
    assert page.evaluate("window.first") == "dark"
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(15, 16, 20)"
    page.get_by_role("button", name="Theme: dark").click()
    page.reload()
    expect(page.get_by_role("button", name="Theme: follows the system")).to_be_visible()
