"""The threads of jobs, also where the system gives too few of them."""

import threading

import pytest

from gluv.execute.crew import Crew
from gluv.execute.graph import Outcome
from tests.execute.conftest import job


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many threads the system still gives."""
    left, start = [0], threading.Thread.start

    def give(thread: threading.Thread) -> None:
        if not left[0]:
            raise RuntimeError("can't start new thread")
        left[0] -= 1
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", give)
    return left


def test_jobs_take_turns_on_the_threads_that_there_are(threads: list[int]) -> None:
    threads[0] = 2
    crew = Crew(5, lambda job: Outcome(status="success"))
    waiting, ended = [job(f"j{number}", "true") for number in range(9)], []
    try:
        while waiting or crew.busy:
            if waiting and crew.is_free:
                crew.start(waiting.pop())
            elif (done := crew.wait(30)) is not None:
                ended.append(done[0].name)
    finally:
        crew.close()
    assert sorted(ended) == [f"j{number}" for number in range(9)]


def test_without_any_thread_there_is_no_crew(threads: list[int]) -> None:
    crew = Crew(5, lambda job: Outcome(status="success"))
    with pytest.raises(RuntimeError, match="can't start new thread"):
        crew.start(job("j", "true"))
    assert not crew.busy
    crew.close()
