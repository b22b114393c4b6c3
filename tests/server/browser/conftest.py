"""A browser, a GitLab full of things, and a look at what the browser complained about."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from gluv.server import Listener, ServerSettings
from gluv.server.app import create_app
from tests.server.browser.chromium import find_chromium, launch_chromium
from tests.server.showcase import Showcase

TRIES = 4

expect.set_options(timeout=30_000)


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test again whose browser lost the network.

    Chromium drops connections when the machine gets or loses an address, as it does whenever a test
    of containers beside this one begins or ends.
    """
    if not str(item.path).startswith(str(Path(__file__).parent)):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for left in reversed(range(TRIES)):
        item._initrequest()  # type: ignore[attr-defined]
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        if not left or all("ERR_NETWORK_CHANGED" not in one.longreprtext for one in reports):
            break
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


class Site:
    """A GitLab that is running, and what is in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.show = Showcase(directory, time.time())
        self.listener = Listener()
        self.url = self.listener.url
        self.settings = ServerSettings(base_url=self.url)
        self.show.api = self.settings.api_url
        self.show.fill()
        self.listener.start(lambda: create_app(self.show.store, self.settings))
        self.root = f"{self.url}/{self.show.parrot.path}"

    def restart(self) -> None:
        """Stop and start the server on the same port."""
        port = self.listener.port
        self.listener.close()
        self.listener = Listener(port=port)
        self.listener.start(lambda: create_app(self.show.store, self.settings))

    def close(self) -> None:
        self.listener.close()
        assert self.listener.failure is None
        self.show.store.close()


# For this package only: while Playwright is open it holds the thread's event loop, and tests that
# run one of their own would find it taken.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if find_chromium() is None:
        pytest.skip("no Chromium here (apt-get install chromium)")
    with sync_playwright() as playwright:
        made = launch_chromium(playwright)
        yield made
        made.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all tests that only look."""
    made = Site(tmp_path_factory.mktemp("site"))
    yield made
    made.close()


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """One for a test that changes things."""
    made = Site(tmp_path)
    yield made
    made.close()


@pytest.fixture
def open_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Browser windows whose pages may ask nobody but the server and must not complain."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text) if said.type in ("error", "warning") else None
            ),
        )
        page.on(
            "request",
            lambda sent: (
                None
                if sent.url.startswith(("http://127.0.0.1:", "data:"))
                else complaints.append(f"asked {sent.url}")
            ),
        )

    def make(**options: object) -> BrowserContext:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})  # type: ignore[arg-type]
        context.set_default_timeout(30_000)
        context.on("page", watch)
        contexts.append(context)
        return context

    make.complaints = complaints  # type: ignore[attr-defined]
    yield make
    for context in contexts:
        context.close()
    if complaints:
        pytest.fail("the browser complains:\n" + "\n".join(complaints))


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Page:
    return open_context().new_page()
