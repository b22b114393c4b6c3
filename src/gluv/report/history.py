"""The runs of a project, newest first."""

from collections import Counter
from collections.abc import Sequence

from gluv.report.paint import Paint
from gluv.report.statuses import SYMBOLS, duration
from gluv.store.rows import JobRow, PipelineRow

Runs = Sequence[tuple[PipelineRow, tuple[JobRow, ...]]]

_ORDER = (
    "failed",
    "canceled",
    "running",
    "success",
    "manual",
    "skipped",
    "created",
    "pending",
    "waiting_for_resource",
)

_SHOWN = ("failed", "canceled", "running", "waiting_for_resource")


def render_history(runs: Runs, paint: Paint, *, now: float) -> str:
    """A line a run, then the jobs of the newest one that are neither good nor skipped.

    `now` in seconds since the epoch.
    """
    lines = []
    for row, jobs in runs:
        symbol, colour = SYMBOLS.get(row.status, ("?", "dim"))
        took = duration(row.duration) if row.duration is not None else ""
        kind = f"tag {row.ref}" if row.tag else row.ref
        lines.append(
            f"{paint(symbol, colour)} #{row.id:<4} {row.status:<9} {took:>12}  {_ago(row, now):<12}"
            f"  {kind} {row.sha[:8]}  {_counts(jobs)}".rstrip()
        )
    _, jobs = runs[0]
    bad = [job for job in latest(jobs) if job.status in _SHOWN]
    if bad:
        lines.append("")
    for job in bad:
        symbol, colour = SYMBOLS[job.status]
        code = "" if job.exit_code is None else f", exit code {job.exit_code}"
        why = f"  {job.reason}{code}" if job.reason else ""
        lines.append(f"  {paint(symbol, colour)} {job.name}  {job.status}{why}")
    return "\n".join(lines)


def history_data(runs: Runs) -> list[dict[str, object]]:
    """The same for machines; times in seconds since the epoch, durations in seconds."""
    return [
        {
            "id": row.id,
            "status": row.status,
            "source": row.source,
            "ref": row.ref,
            "tag": row.tag,
            "sha": row.sha,
            "created_at": row.created_at,
            "duration": row.duration,
            "jobs": [
                {
                    "id": job.id,
                    "name": job.name,
                    "stage": job.stage,
                    "status": job.status,
                    "reason": job.reason,
                    "exit_code": job.exit_code,
                    "duration": job.duration,
                }
                for job in latest(jobs)
            ],
        }
        for row, jobs in runs
    ]


def latest(jobs: Sequence[JobRow]) -> tuple[JobRow, ...]:
    """The last attempt at each job, in the pipeline's order."""
    return tuple({job.name: job for job in jobs}.values())


def _counts(jobs: Sequence[JobRow]) -> str:
    counts = Counter(job.status for job in latest(jobs))
    return ", ".join(f"{counts[status]} {status}" for status in _ORDER if counts[status])


def _ago(row: PipelineRow, now: float) -> str:
    minutes = max(0, int(now - row.created_at)) // 60
    if minutes < 1:
        return "just now"
    if minutes < 120:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 60 // 24} days ago"
