"""Pages that change while somebody looks, whichever process runs the pipeline."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.server.browser.conftest import Site

pytestmark = pytest.mark.browser

ELSEWHERE = """
import sys
from pathlib import Path
from gluv.store import Store
store = Store.open(Path(sys.argv[1]))
exec(sys.argv[2])
store.close()
"""


def elsewhere(site: Site, code: str) -> None:
    """Run code with the store in another process."""
    directory = site.show.store.directory
    subprocess.run([sys.executable, "-c", ELSEWHERE, directory, code], check=True)


def test_a_pipeline_of_another_process_comes_to_the_list(own_site: Site, page: Page) -> None:
    page.goto(f"{own_site.root}/-/pipelines")
    expect(page.locator(".live")).to_have_text("Live")
    before = page.locator(".run-row").count()
    elsewhere(
        own_site,
        "store.create_pipeline(source='push', ref='news', tag=False, sha='c' * 40, name='Fresh')",
    )
    expect(page.locator(".run-row")).to_have_count(before + 1)
    expect(page.locator(".run-row").first).to_contain_text("Fresh")


def test_the_graph_of_a_running_pipeline_changes_and_is_told(own_site: Site, page: Page) -> None:
    show = own_site.show
    page.goto(f"{own_site.root}/-/pipelines/{show.running_pipeline.id}")
    node = page.locator(".node:has([title^='e2e:'])")
    expect(node).to_have_class("node running")
    page.locator(".fold summary").click()
    expect(page.locator(".live")).to_have_text("Live")
    elsewhere(
        own_site,
        f"store.finish_job({show.running_job.id}, status='failed', exit_code=1,"
        " reason='script_failure', duration=50.0)",
    )
    expect(node).to_have_class("node failed")
    # What was unfolded stays so.
    expect(page.locator(".folded")).to_be_visible()
    elsewhere(own_site, f"store.finish_pipeline({show.running_pipeline.id}, 'failed', 60.0)")
    expect(page.locator(".page-head .status")).to_have_text("Failed")
    expect(page.locator(".live")).to_have_text("Finished")
    expect(page.locator("#said")).to_contain_text("Failed")
    assert page.title().startswith("Failed")
    expect(page.locator(".failure").first).to_contain_text("e2e")


def test_a_log_grows_and_ends(own_site: Site, page: Page) -> None:
    job = own_site.show.running_job
    path = own_site.show.store.log_path(job.id)
    page.goto(f"{own_site.root}/-/jobs/{job.id}")
    expect(page.locator(".live")).to_have_text("Live")
    with path.open("a", newline="") as log:
        log.write("  \033[32m✓\033[0m scenario 8 <b>\n\033[33m12%")
        log.flush()
        expect(page.locator("details[data-running] .line").last).to_have_text(
            re.compile(r"^\d+12%$")
        )
        log.write("\r100%\033[0m\nsection_end:200:step_script\r\033[0K")
        log.write("section_start:200:after_script\r\033[0K\033[36;1mRunning after_script\033[0;m\n")
        log.write("bye\nsection_end:203:after_script\r\033[0K\033[32;1mJob succeeded\033[0;m\n")
    lines = page.locator(".log .line .text")
    expect(lines.last).to_have_text("Job succeeded")
    expect(page.locator(".section").last.locator("summary .took")).to_have_text("3 s")
    expect(page.locator("details[data-running]")).to_have_count(0)
    elsewhere(
        own_site,
        f"store.finish_job({job.id}, status='success', exit_code=0, reason='', duration=50.0)",
    )
    expect(page.locator(".page-head .status")).to_have_text("Passed")
    expect(page.locator(".live")).to_have_text("Finished")
    live = page.locator(".log").evaluate("log => log.innerText")
    page.reload()
    # Line by line the same as what the server shows of it now.
    assert page.locator(".log").evaluate("log => log.innerText") == live


def test_a_page_goes_on_where_it_was_after_the_server_started_anew(
    own_site: Site, page: Page
) -> None:
    job = own_site.show.running_job
    path = own_site.show.store.log_path(job.id)
    page.goto(f"{own_site.root}/-/jobs/{job.id}")
    expect(page.locator(".live")).to_have_text("Live")
    own_site.restart()
    with path.open("a") as log:
        log.write("written meanwhile\n")
    expect(page.locator(".log .text", has_text="written meanwhile")).to_have_count(1)
    expect(page.locator(".log .text", has_text="scenario 7")).to_have_count(1)
