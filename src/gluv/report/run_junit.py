"""The jobs of a run as a JUnit report: a suite a stage, a case a job."""

from gluv.report.run_state import JobState, RunState
from gluv.report.xml_text import escape


def render_junit(state: RunState) -> str:
    """The report; a job that may fail and did is a skipped case, as its pipeline passed.

    Jobs that did not run (skipped, manual, cancelled) are skipped cases too; times in seconds.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites name="gluv run">']
    for stage in dict.fromkeys(job.stage for job in state.jobs.values()):
        jobs = state.of_stage(stage)
        failed = sum(map(_failed, jobs))
        skipped = sum(job.status != "success" and not _failed(job) for job in jobs)
        lines.append(
            f'  <testsuite name="{escape(stage)}" tests="{len(jobs)}" failures="{failed}"'
            f' errors="0" skipped="{skipped}" time="{sum(job.duration for job in jobs):.3f}">'
        )
        for job in jobs:
            lines += _case(job)
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>", ""])


def _failed(job: JobState) -> bool:
    done = job.finished
    return job.status == "failed" and not (done is not None and done.allowed_to_fail)


def _case(job: JobState) -> list[str]:
    head = (
        f'    <testcase classname="{escape(job.stage)}" name="{escape(job.name)}"'
        f' time="{job.duration:.3f}"'
    )
    done = job.finished
    if job.status == "success" or done is None:
        return [f"{head}/>"]
    code = "" if done.exit_code is None else f", exit code {done.exit_code}"
    if not _failed(job):
        why = f"{job.status} (allowed to fail{code})" if job.status == "failed" else job.status
        return [f"{head}>", f'      <skipped message="{escape(why)}"/>', "    </testcase>"]
    text = escape("\n".join(done.last_lines)).replace("&#10;", "\n")
    message = escape(f"{done.reason or 'failed'}{code}")
    return [
        f"{head}>",
        f'      <failure message="{message}" type="{escape(done.reason)}">{text}</failure>',
        "    </testcase>",
    ]
