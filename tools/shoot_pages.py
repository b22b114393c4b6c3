#!/usr/bin/env python3
"""Take the pictures of the web pages for docs/images: a store full of things, real Chromium.

.venv/bin/python tools/shoot_pages.py [DIRECTORY]
"""

import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))

from playwright.sync_api import sync_playwright  # noqa: E402
from tests.server.browser.chromium import launch_chromium  # noqa: E402
from tests.server.showcase import Showcase  # noqa: E402

from gluv.server import Listener, ServerSettings  # noqa: E402
from gluv.server.app import create_app  # noqa: E402

WIDTH = 1280


def main(target: Path) -> None:
    """Take each picture in light and dark."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        show = Showcase(Path(directory), time.time())
        listener = Listener()
        settings = ServerSettings(base_url=listener.url)
        show.api = settings.api_url
        show.fill()
        listener.start(lambda: create_app(show.store, settings))
        root = f"/{show.parrot.path}"
        release = f"{root}/-/releases/v1.0.0"
        newest = show.store.listings.versions(show.parrot.id, "parrot")[-1]
        shots = {
            "front": ("/", 640),
            "project": (root, 900),
            "pipeline": (f"{root}/-/pipelines/{show.failed_pipeline.id}", 1050),
            "needs": (f"{root}/-/pipelines/{show.running_pipeline.id}?view=needs", 700),
            "job": (f"{root}/-/jobs/{show.failed_job.id}", 900),
            "packages": (f"{root}/-/packages", 860),
            "package": (f"{root}/-/packages/{newest.id}", 1150),
            "release": (release, 860),
        }
        try:
            with sync_playwright() as playwright:
                browser = launch_chromium(playwright)
                for scheme in ("light", "dark"):
                    for name, (path, height) in shots.items():
                        page = browser.new_page(
                            viewport={"width": WIDTH, "height": height},
                            color_scheme="dark" if scheme == "dark" else "light",
                            reduced_motion="reduce",
                        )
                        page.goto(listener.url + path)
                        page.wait_for_timeout(400)
                        page.screenshot(path=target / f"pages-{name}-{scheme}.png")
                        page.close()
                browser.close()
        finally:
            listener.close()
            show.store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "docs" / "images")
