"""Signing in once, at one place, for every page and every file."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.server.browser.conftest import Site
from tests.server.showcase import OWNER_TOKEN

pytestmark = pytest.mark.browser


def test_a_token_given_once_opens_every_page_and_file(
    own_site: Site, open_context: Callable[..., BrowserContext]
) -> None:
    show = own_site.show
    show.package("hush", "1.0", project=show.store.projects.named("aviary/secret"))
    # What a person would type into the browser's own question, and only there.
    credentials = {"username": "me", "password": OWNER_TOKEN, "origin": own_site.url}
    page = open_context(http_credentials=credentials).new_page()
    page.goto(own_site.url)
    expect(page.locator(".card")).to_have_count(3)
    page.get_by_role("link", name="Sign in").click()
    expect(page.locator(".card")).to_have_count(4)
    expect(page.locator(".who")).to_contain_text("ada")
    page.goto(own_site.url)
    expect(page.locator(".card")).to_have_count(4)
    page.get_by_role("link", name="secret").first.click()
    page.get_by_role("link", name="Packages", exact=True).click()
    page.get_by_role("link", name="hush", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="hush-1.0").click()
    assert waiting.value.suggested_filename == "hush-1.0-py3-none-any.whl"


def test_a_private_release_gives_its_files_to_who_signed_in(
    own_site: Site, open_context: Callable[..., BrowserContext]
) -> None:
    own_site.show.store.projects.change(own_site.show.parrot.id, visibility="private")
    credentials = {"username": "me", "password": OWNER_TOKEN, "origin": own_site.url}
    page = open_context(http_credentials=credentials).new_page()
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto(f"{own_site.root}/-/releases/v1.0.0")
    for name, file in (
        ("parrot-1.0.0", "parrot-1.0.0-py3-none-any.whl"),
        ("zip", "parrot-v1.0.0.zip"),
    ):
        with page.expect_download() as waiting:
            page.get_by_role("link", name=name, exact=True).click()
        assert waiting.value.suggested_filename == file
    # The registry below /api/ is another realm, for which browsers ask again.
    assert not [url for url in asked if "/api/" in url]
