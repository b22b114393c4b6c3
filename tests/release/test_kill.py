"""SIGKILL at every step: what is left is completed by running again, to the same end."""

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.release.projects import commit, git, package
from tests.release.world import Broken, Ran, World, run

CALLS = 10
"""What a whole release of two files asks GitLab, at the least; the test of the calls lists them."""

THINGS = 10
"""What it does to files, and the programs it starts; checked below."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The end state of a release that nothing disturbs, and how much it took."""
    directory = tmp_path_factory.mktemp("whole")
    world = _world(directory)
    ran = _at(world, 0)
    assert ran.code == 0, ran.err
    things = re.search(r"things: (\d+)", ran.out)
    assert things is not None
    end = _end(world), len(world.calls), int(things[1])
    world.close()
    return end


def test_every_step_is_among_the_places(whole: Any) -> None:
    assert (whole[1], whole[2]) == (CALLS, THINGS)


@pytest.mark.parametrize("number", range(CALLS))
def test_killed_when_gitlab_has_acted(number: int, whole: Any, tmp_path: Path) -> None:
    world = _world(tmp_path)
    victim: list[subprocess.Popen[bytes]] = []

    def fault(count: int, method: str, path: str) -> Broken | None:
        if count == number:
            # GitLab acts first; the process is gone before the answer reaches it.
            return Broken(status=500, after=True, then=victim[0].kill)
        return None

    world.fault = fault
    victim.append(
        subprocess.Popen(
            world.command("--parallel", "1"),
            env=world.env(),
            cwd=world.repository,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    )
    assert victim[0].wait() == -signal.SIGKILL
    world.fault = None
    if number % 2:
        # Half of them as a retried job, which has a checkout of its own.
        git(world.repository, "clean", "-q", "-fdx")
    again = world.release()
    assert again.code == 0, again.err
    assert _end(world) == whole[0]
    world.close()


@pytest.mark.parametrize("number", range(1, THINGS + 1))
def test_killed_before_it_touches_a_file(number: int, whole: Any, tmp_path: Path) -> None:
    world = _world(tmp_path)
    assert _at(world, number).code == -signal.SIGKILL
    again = world.release()
    assert again.code == 0, again.err
    assert _end(world) == whole[0]
    world.close()


def _world(directory: Path) -> World:
    project = package(directory / "project", "demo-pkg")
    commit(project, "v1.0.0")
    return World(directory, project)


def _at(world: World, number: int) -> Ran:
    command = [sys.executable, "-m", "tests.release.kill_at", str(number), str(world.repository)]
    return run(command, world.env(PYTHONPATH=str(Path(__file__).parents[2])), world.repository)


def _end(world: World) -> Any:
    """What is left on GitLab and in the project, without the port."""
    texts = {
        name: (world.repository / name).read_text() for name in ("release.json", "release.env")
    }
    said = repr((world.state(), texts))
    stray = [path.name for path in world.repository.iterdir() if path.name.startswith(".release")]
    return said.replace(world.url, "URL"), stray
