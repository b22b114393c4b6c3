"""How a job can end."""

import errno

import msgspec

from gluv.errors import exhaustion
from gluv.execute.events import JobStatus


class JobFailed(Exception):
    """The job cannot go on: GitLab's failure reason, and the words after `Job failed`."""

    def __init__(self, reason: str, words: str, *, exit_code: int | None = None) -> None:
        super().__init__(words)
        self.reason = reason
        self.words = words
        self.exit_code = exit_code


class JobCanceled(Exception):
    """The user stopped the run while the job was under way."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at a job; `words` is what its log says at the end, `hint` the next step.

    `coverage` in percent is what the job's `coverage:` found in the log.
    """

    status: JobStatus
    exit_code: int | None = None
    reason: str = ""
    words: str = ""
    notes: tuple[str, ...] = ()
    hint: str = ""
    last_lines: tuple[str, ...] = ()
    coverage: float | None = None


def hint_for(error: OSError) -> str:
    """What to do about an error of the system; empty where that depends."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "free some space on that disk, and run again"
    lack = exhaustion(error)
    return lack.hint if lack else ""
