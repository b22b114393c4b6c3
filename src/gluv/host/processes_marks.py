"""A mark that a job's processes keep whatever they do: no environment, session or parent sheds it.

It is the soft limit of real-time CPU time (`RLIMIT_RTTIME`): inherited by every child, asked for by
nobody, and so high, thousands of years, that it limits nothing. Only Linux has it.
"""

import binascii
import contextlib
import os
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

JOBS = 10**6
"""Marks of one run; the digits before them are the run's."""


def run_mark(slot: Path) -> int:
    """The mark of the run that holds a directory: twelve digits, the same for the same directory.

    One living run holds a directory, so no two of them share a mark.
    """
    return 10**11 + binascii.crc32(os.fsencode(slot))


def job_marks(slot: Path) -> Iterator[int]:
    """A mark of its own for each job step of a run."""
    first = run_mark(slot) * JOBS
    return (first + number % JOBS for number in count())


def mark_itself(mark: int | None) -> str:
    """The line by which a shell marks itself, before it starts anything; bash since 5.1 can."""
    return "" if mark is None else f"command ulimit -S -R {mark} 2> /dev/null || :\n"


def put_mark(pid: int, mark: int) -> None:
    """Mark a process and what it will start. Where that is not possible nothing happens.

    A child that it has started by then goes without.
    """
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(OSError, ValueError):
            _, hard = resource.prlimit(pid, resource.RLIMIT_RTTIME)
            if hard == resource.RLIM_INFINITY:
                resource.prlimit(pid, resource.RLIMIT_RTTIME, (mark, hard))


def read_mark(pid: int) -> int | None:
    """The limit of a process, None if it has none or is not ours to ask."""
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(OSError, ValueError):
            soft, _ = resource.prlimit(pid, resource.RLIMIT_RTTIME)
            return None if soft == resource.RLIM_INFINITY else soft
    return None
