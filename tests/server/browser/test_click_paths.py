"""A person's way through every page, with a real mouse in a real Chromium."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.server.browser.conftest import Site

pytestmark = pytest.mark.browser


def test_from_the_front_page_to_a_failed_test(site: Site, page: Page) -> None:
    page.goto(site.url)
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    page.get_by_role("link", name="Parrot", exact=True).click()
    page.get_by_role("link", name="Pipelines", exact=True).click()
    page.get_by_label("Status").select_option("failed")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".run-row")).to_have_count(2)
    page.get_by_role("link", name="Talk back to strangers").click()
    expect(page.locator(".tests")).to_contain_text("tests.test_talk::test_talks_back")
    expect(page.locator(".page-head")).to_contain_text("2 of 512 tests failed")
    page.get_by_role("link", name="test: [3.14]").click()
    expect(page.locator(".page-head h1")).to_have_text("test: [3.14]")
    expect(page.locator(".job-side")).to_contain_text("python3.12-trixie-slim")
    page.get_by_role("link", name="Jump to the error").click()
    expect(page.locator(".log .picked")).to_contain_text("AssertionError")


def test_a_matrix_is_one_node_that_unfolds(site: Site, page: Page) -> None:
    page.goto(f"{site.root}/-/pipelines/{site.show.failed_pipeline.id}")
    expect(page.locator(".folded")).to_be_hidden()
    page.locator(".fold summary").click()
    expect(page.locator(".folded li")).to_have_count(4)
    page.keyboard.press("Escape")
    expect(page.locator(".folded")).to_be_hidden()
    page.locator(".fold summary").click()
    page.locator(".folded").get_by_role("link", name="test: [3.12]").click()
    expect(page.locator(".page-head h1")).to_have_text("test: [3.12]")


def test_needs_are_drawn_and_pointing_at_a_job_shows_its_own(site: Site, page: Page) -> None:
    page.goto(f"{site.root}/-/pipelines/{site.show.running_pipeline.id}")
    page.get_by_role("link", name="Needs", exact=True).click()
    expect(page.locator(".edges path")).to_have_count(9)
    page.get_by_title("publish: Created").hover()
    expect(page.locator(".edges .near")).to_have_count(4)
    expect(page.locator(".node.far").first).to_contain_text("lint")
    page.get_by_role("link", name="List", exact=True).click()
    expect(page.get_by_role("row", name="e2e")).to_have_count(2)
    expect(page.get_by_text("an earlier attempt")).to_be_visible()


def test_up_and_down_between_a_pipeline_and_its_child(site: Site, page: Page) -> None:
    page.goto(f"{site.root}/-/pipelines/{site.show.running_pipeline.id}")
    page.get_by_role("link", name="child pipeline").click()
    expect(page.locator(".node")).to_contain_text("rust-free")
    page.get_by_role("link", name="cage in #").click()
    expect(page.locator(".page-head h1")).to_contain_text("Teach the parrot")


def test_artifacts_are_browsed_read_and_downloaded(site: Site, page: Page, tmp_path: Path) -> None:
    page.goto(f"{site.root}/-/jobs/{site.show.failed_job.id}")
    page.get_by_role("link", name="Browse").click()
    page.get_by_role("link", name="htmlcov/").click()
    page.get_by_role("link", name="index.html", exact=True).click()
    expect(page.locator(".source-code")).to_contain_text("<script>alert(1)</script>")
    page.get_by_role("link", name="Raw", exact=True).click()
    # A page that a job made is shown as text, and nothing in it runs.
    expect(page.locator("body")).to_contain_text("<script>alert(1)</script>")
    page.go_back()
    page.get_by_role("link", name="archive").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download all as zip").click()
    waiting.value.save_as(tmp_path / "all.zip")
    assert waiting.value.suggested_filename == "parrot.zip"
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        assert archive.read("notes with spaces.txt").decode() == "héllo\n"


def test_a_package_is_found_and_its_install_line_copied(
    site: Site, open_context: Callable[..., BrowserContext]
) -> None:
    context = open_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{site.root}/-/packages")
    page.keyboard.press("/")
    page.keyboard.type("Parrot_word-3")
    page.keyboard.press("Enter")
    expect(page.locator(".rows .row")).to_have_count(1)
    page.get_by_role("link", name="Clear").click()
    page.get_by_role("link", name="parrot", exact=True).nth(1).click()
    expect(page.locator("h1")).to_contain_text("1.0.0")
    # The README is the whole one, with its table, and its picture is only a link.
    expect(page.locator(".prose table")).to_contain_text("when it wants")
    expect(page.locator(".prose img")).to_have_count(0)
    page.get_by_role("button", name="Copy uv pip, This project").click()
    expect(page.locator("#said")).to_have_text("Copied")
    index = f"{site.settings.api_url}/projects/1/packages/pypi/simple"
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"uv pip install --index-url {index} parrot"
    page.locator("summary", has_text="The group aviary/birds").click()
    expect(page.locator(".way pre:visible").first).to_contain_text("/groups/")
    page.get_by_role("link", name="0.2.0", exact=True).click()
    expect(page.get_by_text("This is not the newest version")).to_be_visible()
    expect(page.locator(".way pre").nth(1)).to_contain_text("parrot==0.2.0")


def test_a_release_leads_to_its_assets(site: Site, page: Page) -> None:
    page.goto(site.root)
    page.get_by_role("link", name="Parrot 1.0.0").click()
    expect(page.locator(".prose")).to_contain_text("parrot --slowly takes its time")
    expect(page.get_by_role("link", name="tar.bz2", exact=True)).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="parrot-1.0.0").click()
    assert waiting.value.suggested_filename == "parrot-1.0.0-py3-none-any.whl"
    page.get_by_role("link", name="Releases", exact=True).click()
    expect(page.locator("article")).to_contain_text("on parrot.example")


def test_a_group_shows_its_projects_and_packages(site: Site, page: Page) -> None:
    page.goto(site.root)
    page.get_by_role("link", name="aviary/birds").click()
    expect(page.locator(".card")).to_have_count(2)
    page.get_by_role("link", name="Packages", exact=True).click()
    page.get_by_role("link", name="cage-door").click()
    expect(page.locator("h1")).to_contain_text("0.4.1")
