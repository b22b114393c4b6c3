"""Threads that carry out jobs, made as they are needed and used again."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from gluv.execute.graph import Outcome
from gluv.plan.model import PlannedJob

Ended = tuple[PlannedJob, Outcome | BaseException]


class Crew:
    """At most `size` jobs at once, each in a thread; one thread hands out and waits."""

    def __init__(self, size: int, carry_out: Callable[[PlannedJob], Outcome]) -> None:
        self._size = size
        self._carry_out = carry_out
        self._given: SimpleQueue[PlannedJob | None] = SimpleQueue()
        self._ended: SimpleQueue[Ended] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self.busy = 0

    @property
    def is_free(self) -> bool:
        """Whether one more job may start."""
        return self.busy < self._size

    def start(self, job: PlannedJob) -> None:
        """Carry out a job now; only while the crew `is_free`.

        Where the system gives no more threads, the job waits for one of those that there are.
        Raises `RuntimeError` if there is none.
        """
        if self.busy == len(self._threads):
            self._grow()
        self.busy += 1
        self._given.put(job)

    def wait(self, seconds: float | None = None) -> Ended | None:
        """The next job that ends, with its outcome or with what was raised.

        None if no job ends in so many seconds.
        """
        try:
            ended = self._ended.get(timeout=seconds)
        except Empty:
            return None
        self.busy -= 1
        return ended

    def close(self) -> None:
        """Let the threads go once their jobs have ended."""
        for _ in self._threads:
            self._given.put(None)
        for thread in self._threads:
            thread.join()

    def _grow(self) -> None:
        thread = threading.Thread(target=self._serve, name=f"gluv-job-{self.busy + 1}")
        try:
            thread.start()
        except RuntimeError:
            if not self._threads:
                raise
            self._size = len(self._threads)
        else:
            self._threads.append(thread)

    def _serve(self) -> None:
        while (job := self._given.get()) is not None:
            try:
                outcome: Outcome | BaseException = self._carry_out(job)
            except BaseException as error:
                outcome = error
            self._ended.put((job, outcome))
