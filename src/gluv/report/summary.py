"""The end of a run: what failed and its last lines, timings, what differed from GitLab."""

import shlex
from textwrap import fill, indent, shorten

from gluv.report.paint import Paint
from gluv.report.readable import readable
from gluv.report.run_state import JobState, RunState
from gluv.report.statuses import SYMBOLS, duration
from gluv.report.stop import render_hint

MOST_NAMES = 4
"""Jobs named beside what differed in them."""

MOST_ROWS = 40
"""Jobs that have a row each; of more, those with nothing to tell share one."""

MOST_TESTS = 20
"""Failed tests of a job that are named."""


def render_summary(state: RunState, paint: Paint, *, width: int = 100, at: str = "") -> str:
    """The summary as text; ends with one honest paragraph about differences.

    `at` is what a command needs to find the project from here (` -C DIR`), empty in its folder.
    """
    parts = [_failures(state, paint), _table(state, paint, width), _notes(state, paint)]
    parts += [_tests(state, paint, width), _links(state, paint)]
    parts += [_environments(state, paint, at)]
    parts += [_manual(state, paint, at), _differences(state, width), _verdict(state, paint)]
    return "\n\n".join(part for part in parts if part)


def _failures(state: RunState, paint: Paint) -> str:
    blocks = []
    for job in state.jobs.values():
        if job.status != "failed" or job.finished is None:
            continue
        lines = [readable(line, colour=paint.enabled) for line in job.finished.last_lines]
        lines += job.finished.notes
        if job.finished.hint:
            lines.append(render_hint(job.finished.hint))
        title = paint(f"{job.shown}: {_failure(job)}", "red", "bold")
        blocks.append("\n".join([title, *(indent(line, "  ") for line in lines)]))
    return "\n\n".join(blocks)


def _failure(job: JobState) -> str:
    done = job.finished
    if done is None or done.exit_code is None:
        return done.reason if done and done.reason else "failed"
    allowed = ", allowed to fail" if done.allowed_to_fail else ""
    return f"{done.reason or 'failed'}, exit code {done.exit_code}{allowed}"


def _table(state: RunState, paint: Paint, width: int) -> str:
    fold = len(state.jobs) > MOST_ROWS
    # One long name does not push the others' states out of the screen.
    most = max(width - 32, 20)
    names = [len(job.shown) for job in state.jobs.values() if not (fold and _is_plain(job))]
    names += [len(f"{len(state.jobs)} jobs")] if fold else []
    padding = max((length for length in names if length <= most), default=0)
    lines = []
    for stage in state.stages:
        lines.append(paint(stage, "bold"))
        alike: dict[str, int] = {}
        for job in state.of_stage(stage):
            if fold and _is_plain(job):
                alike[job.status] = alike.get(job.status, 0) + 1
                continue
            symbol, colour = SYMBOLS[job.status]
            took = duration(job.duration) if job.duration else ""
            status = "failed (allowed)" if _allowed(job) else job.status
            more = _more(job)
            row = f"{job.shown.ljust(padding)}  {status.ljust(16)}  {took.ljust(8 if more else 0)}"
            row = f"{row}  {more}".rstrip()
            lines.append(f"  {paint(symbol, colour)} {row}")
        for ended, count in alike.items():
            symbol, colour = SYMBOLS[ended]
            counted = f"{count} job{'' if count == 1 else 's'}"
            lines.append(f"  {paint(symbol, colour)} {counted.ljust(padding)}  {ended}")
    return "\n".join(lines)


def _is_plain(job: JobState) -> bool:
    """Whether a job ended as hoped, or did not start, and has nothing to tell."""
    quiet = job.status in ("success", "skipped", "canceled", "created")
    return quiet and not _more(job) and not (job.finished and job.finished.notes)


def _more(job: JobState) -> str:
    """Coverage and tests of a job in a few words."""
    done = job.finished
    if done is None:
        return ""
    words = [f"from #{done.taken_from}"] if done.taken_from else []
    if done.tests is not None:
        failed = f", {done.tests.failed} failed" if done.tests.failed else ""
        words.append(f"{done.tests.total} tests{failed}")
    if done.coverage is not None:
        words.append(f"coverage {done.coverage:g} %")
    if done.covered is not None:
        words.append(f"{done.covered:.1f} % of lines covered")
    if done.quality is not None:
        findings = ", ".join(f"{count} {name}" for name, count in done.quality.items())
        words.append(f"code quality: {findings or 'nothing found'}")
    return ", ".join(words)


def _tests(state: RunState, paint: Paint, width: int) -> str:
    """The failed tests by name, job by job."""
    lines: list[str] = []
    for job in state.jobs.values():
        tests = job.finished.tests if job.finished else None
        if tests is None or not tests.failed:
            continue
        lines.append(paint(f"failed tests of {job.shown}:", "bold"))
        for test in tests.failures[:MOST_TESTS]:
            said = test.name + (f": {test.message}" if test.message else "")
            lines.append(
                f"  {shorten(readable(said, colour=False), width - 2, placeholder=' ...')}"
            )
        if tests.failed > MOST_TESTS:
            lines.append(f"  and {tests.failed - MOST_TESTS} more")
    return "\n".join(lines)


def _links(state: RunState, paint: Paint) -> str:
    """What jobs have attached to themselves."""
    lines = [
        f"  {job.shown}: {link.label} {paint(link.url, 'cyan')}"
        for job in state.jobs.values()
        for link in (job.finished.links if job.finished else ())
    ]
    return "\n".join([paint("links:", "bold"), *lines]) if lines else ""


def _environments(state: RunState, paint: Paint, at: str) -> str:
    """Where this run deployed to, and the command that stops it again."""
    lines = []
    for job in state.jobs.values():
        one = job.finished.deployment if job.finished else None
        if one is None or one.action not in ("start", "stop"):
            continue
        if one.action == "stop":
            lines.append(f"  {one.name}: stopped by {job.shown}")
            continue
        url = f" {one.url}" if one.url else ""
        stop = f"  (to stop it: gluv run{at} {shlex.quote(one.on_stop)})" if one.on_stop else ""
        lines.append(f"  {one.name}{url}{stop}")
    return "\n".join([paint("environments:", "bold"), *lines]) if lines else ""


def _allowed(job: JobState) -> bool:
    return job.status == "failed" and job.finished is not None and job.finished.allowed_to_fail


def _notes(state: RunState, paint: Paint) -> str:
    notes = [
        f"{job.shown}: {note}"
        for job in state.jobs.values()
        if job.finished and job.status != "failed"
        for note in job.finished.notes
    ]
    return "\n".join(f"{paint('!', 'yellow', 'bold')} {note}" for note in notes)


def _manual(state: RunState, paint: Paint, at: str) -> str:
    # A bridge that has started waits for a manual job of its pipeline, which is in the list.
    manual = [job for job in state.jobs.values() if job.status == "manual" and job.started is None]
    if not manual:
        return ""
    lines = [
        f"  {job.shown} (of a downstream pipeline: it cannot be played here)"
        if job.downstream
        else f"  gluv run{at} {shlex.quote(job.shown)}"
        for job in manual
    ]
    return "\n".join([paint("manual jobs, not run:", "bold"), *lines])


def _differences(state: RunState, width: int) -> str:
    if not state.differences:
        return ""
    everywhere = len([job for job in state.jobs.values() if job.started is not None])
    clauses = []
    for what, jobs in state.differences.items():
        named = sorted(set(jobs))
        where = f" ({_listed(named)})" if named and len(named) < everywhere else ""
        clauses.append(f"{what}{where}")
    text = f"What differed from GitLab: {'; '.join(clauses)}."
    return fill(text, width, break_on_hyphens=False, break_long_words=False)


def _listed(names: list[str]) -> str:
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[: MOST_NAMES - 1])} and {len(names) - MOST_NAMES + 1} more"


def _verdict(state: RunState, paint: Paint) -> str:
    if state.finished is None:
        return ""
    words = {"success": "passed", "failed": "failed", "canceled": "was cancelled"}
    colour = {"success": "green", "failed": "red"}.get(state.finished.status, "yellow")
    verdict = words.get(state.finished.status, state.finished.status)
    text = f"pipeline #{state.pipeline_id} {verdict} in {duration(state.finished.duration)}"
    why = f": {state.finished.why}" if state.finished.why else ""
    return paint(text, colour, "bold") + why
