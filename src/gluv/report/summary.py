"""The end of a run: what failed and its last lines, timings, what differed from GitLab."""

import shlex
from textwrap import fill, indent

from gluv.report.paint import Paint
from gluv.report.plain import readable
from gluv.report.run_state import JobState, RunState
from gluv.report.statuses import SYMBOLS, duration
from gluv.report.stop import render_hint

MOST_NAMES = 4
"""Jobs named beside what differed in them."""


def render_summary(state: RunState, paint: Paint, *, width: int = 100) -> str:
    """The summary as text; ends with one honest paragraph about differences."""
    parts = [_failures(state, paint), _table(state, paint, width), _notes(state, paint)]
    parts += [_manual(state, paint), _differences(state, width), _verdict(state, paint)]
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
        title = paint(f"{job.name}: {_failure(job)}", "red", "bold")
        blocks.append("\n".join([title, *(indent(line, "  ") for line in lines)]))
    return "\n\n".join(blocks)


def _failure(job: JobState) -> str:
    done = job.finished
    if done is None or done.exit_code is None:
        return done.reason if done and done.reason else "failed"
    allowed = ", allowed to fail" if done.allowed_to_fail else ""
    return f"{done.reason or 'failed'}, exit code {done.exit_code}{allowed}"


def _table(state: RunState, paint: Paint, width: int) -> str:
    # One long name does not push the others' states out of the screen.
    most = max(width - 32, 20)
    names = [len(job.name) for job in state.jobs.values()]
    padding = max((length for length in names if length <= most), default=0)
    lines = []
    for stage in state.stages:
        lines.append(paint(stage, "bold"))
        for job in state.of_stage(stage):
            symbol, colour = SYMBOLS[job.status]
            took = duration(job.duration) if job.duration else ""
            status = "failed (allowed)" if _allowed(job) else job.status
            row = f"{job.name.ljust(padding)}  {status.ljust(16)}  {took}".rstrip()
            lines.append(f"  {paint(symbol, colour)} {row}")
    return "\n".join(lines)


def _allowed(job: JobState) -> bool:
    return job.status == "failed" and job.finished is not None and job.finished.allowed_to_fail


def _notes(state: RunState, paint: Paint) -> str:
    notes = [
        note
        for job in state.jobs.values()
        if job.finished and job.status != "failed"
        for note in job.finished.notes
    ]
    return "\n".join(f"{paint('!', 'yellow', 'bold')} {note}" for note in notes)


def _manual(state: RunState, paint: Paint) -> str:
    manual = [job.name for job in state.jobs.values() if job.status == "manual"]
    if not manual:
        return ""
    lines = [f"  gluv run {shlex.quote(name)}" for name in manual]
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
    return paint(text, colour, "bold")
