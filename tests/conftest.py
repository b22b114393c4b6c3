"""What every test shares: a skipped test in CI is a failure unless its reason is known."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

MAY_SKIP_IN_CI: tuple[str, ...] = (
    "the shared conformance data is not beside this checkout",
    "no Python 3.",  # a matrix over the machine's Pythons
    "no C compiler",
    "only root",
    "no docker here",
    "no docker with podman's socket here",
)
if os.geteuid() != 0 or shutil.which("apt-get") is None:
    MAY_SKIP_IN_CI += ("no podman here", "no Chromium here", "no strace here")
"""How the reasons begin for which a test may skip in CI; any other is a hole in the proof."""

_skipped: list[str] = []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root mounts a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note the tests that were skipped for a reason that CI should have met."""
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if not reason.startswith(MAY_SKIP_IN_CI):
            _skipped.append(f"{report.nodeid}: {reason}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in CI that skipped what should have run there."""
    if os.environ.get("CI") and _skipped and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say which skips failed the run."""
    yield
    if os.environ.get("CI") and _skipped:
        terminalreporter.section("skipped, but should run in CI")
        for line in _skipped:
            terminalreporter.write_line(line)
