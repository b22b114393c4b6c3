"""What the reports of a job say, read once."""

from gluv.server.call import Call
from gluv.trace.junit import TestCounts, read_junit


def tests_of(call: Call, job_id: int) -> TestCounts | None:
    """The tests of a job's junit reports, None without any."""
    directory = call.gitlab.store.artifacts.report(job_id, "junit")
    try:
        written = directory.stat().st_mtime_ns
    except OSError:
        return None
    counts: TestCounts | None = call.gitlab.memory.reports.get(
        (job_id, written), lambda: read_junit(directory)[0]
    )
    return counts
