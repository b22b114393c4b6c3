"""A running pipeline in a terminal: stages and jobs with state, duration and what happens."""

import time

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gluv.execute import events as ev
from gluv.report.run_state import JobState, RunState
from gluv.report.statuses import SYMBOLS, duration

_SECTIONS = {
    "prepare_executor": "preparing",
    "prepare_script": "preparing the environment",
    "get_sources": "getting the source",
    "restore_cache": "restoring cache",
    "download_artifacts": "downloading artifacts",
    "step_script": "script",
    "release": "creating the release",
    "after_script": "after_script",
    "archive_cache": "saving cache",
    "upload_artifacts_on_success": "uploading artifacts",
    "upload_artifacts_on_failure": "uploading artifacts",
    "cleanup_file_variables": "cleaning up",
}

_BESIDES_NAME = 36
"""Columns for a duration, what happens, and the space between."""


_BEFORE_NAME = 4
"""Columns before a name: the indent and the symbol."""


class LiveView:
    """Draws the state in place, ten times a second; as many jobs as the screen holds."""

    def __init__(self, state: RunState, console: Console) -> None:
        self.state = state
        self.console = console
        self.said: set[str] = set()
        self.live = Live(
            get_renderable=self._draw, console=console, refresh_per_second=10, transient=True
        )

    def __enter__(self) -> "LiveView":
        self.live.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self.live.__exit__(None, None, None)

    def see(self, event: ev.AnyEvent) -> None:
        """Say once what was provided, above the picture; the rest is drawn from the state."""
        if isinstance(event, ev.JobPrepared) and event.what not in self.said:
            self.said.add(event.what)
            self.console.print(Text(f"  {event.what}", style="dim"))

    def _draw(self) -> RenderableType:
        jobs = list(self.state.jobs.values())
        room = max(self.console.height - len(self.state.stages) - 3, 3)
        folded = len(jobs) > room
        table = Table.grid(padding=(0, 2))
        # A long name gives way to the state, not the other way round.
        widest = max(self.console.width - _BESIDES_NAME, 16)
        table.add_column(no_wrap=True, overflow="ellipsis", max_width=widest)
        table.add_column(justify="right", no_wrap=True, min_width=6)
        table.add_column(no_wrap=True, overflow="ellipsis")
        shown = _worth_a_row(jobs, room) if folded else {job.name for job in jobs}
        for stage in self.state.stages:
            members = self.state.of_stage(stage)
            table.add_row(Text(f"{stage}{_count(members) if folded else ''}", style="bold"))
            for job in members:
                if job.name in shown:
                    table.add_row(*self._row(job, widest - _BEFORE_NAME))
        elapsed = time.time() - self.state.started if self.state.started else 0.0
        return Group(table, Text(f"{duration(elapsed)}  Ctrl-C cancels", style="dim"))

    def _row(self, job: JobState, room: int) -> tuple[Text, Text, Text]:
        symbol, colour = SYMBOLS[job.status]
        name = Text("  ").append(symbol, style=colour).append(f" {_cut(job.shown, room)}")
        active = job.status in ("preparing", "running")
        took = time.time() - job.started if active and job.started is not None else job.duration
        told = active or job.status == "waiting_for_resource"
        what = _SECTIONS.get(job.what, job.what) if told else ""
        return name, Text(duration(took) if took else ""), Text(what, style="dim")


def _cut(name: str, room: int) -> str:
    """A name without its middle if it is too long: its end tells a matrix's jobs apart."""
    if len(name) <= room:
        return name
    head = (room - 1) // 2
    return f"{name[:head]}…{name[len(name) - (room - 1 - head) :]}"


def _worth_a_row(jobs: list[JobState], room: int) -> set[str]:
    """Of more jobs than there is room for: those that run or wait, then those that failed last."""
    worth = ("preparing", "running", "waiting_for_resource")
    active = [job.name for job in jobs if job.status in worth]
    failed = [job for job in jobs if job.status == "failed" and job.finished is not None]
    failed.sort(key=lambda job: job.finished.at if job.finished else 0.0, reverse=True)
    return {*active[:room], *(job.name for job in failed[: max(room - len(active), 0)])}


def _count(members: list[JobState]) -> str:
    done = sum(job.finished is not None for job in members)
    failed = sum(job.status == "failed" for job in members)
    return f"  {done}/{len(members)}{f', {failed} failed' if failed else ''}"
