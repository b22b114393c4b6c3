"""What a terminal shows while a pipeline runs."""

import io

from rich.console import Console

from gluv.execute import events as ev
from gluv.plan.model import Plan, PlannedJob
from gluv.report.live import LiveView
from gluv.report.run_state import RunState
from tests.report.test_summary import run_of


def test_a_long_name_gives_way_to_the_state_of_its_job() -> None:
    name = "a name that is longer than any terminal is wide, and then some more of it"
    state = run_of(
        ev.PipelineStarted(at=1.0, pipeline_id=7, jobs=(name,)),
        ev.JobStarted(at=1.0, job=name, job_id=1, log="x"),
        ev.JobSection(at=1.0, job=name, section="step_script"),
        jobs=(name,),
    )
    screen = io.StringIO()
    console = Console(file=screen, width=80, height=24, force_terminal=True, color_system=None)
    with LiveView(state, console):
        pass
    row = next(line for line in screen.getvalue().splitlines() if "a name that" in line)
    assert "…" in row
    assert "some more of it  " in row
    assert row.rstrip().endswith("script")
    assert len(row.rstrip()) <= 80


def test_long_names_are_told_apart_by_their_ends() -> None:
    names = ("unit tests: [3.12, trixie-slim]", "unit tests: [3.13, trixie-slim]")
    state = run_of(ev.PipelineStarted(at=1.0, pipeline_id=7, jobs=names), jobs=names)
    screen = io.StringIO()
    console = Console(file=screen, width=60, height=24, force_terminal=True, color_system=None)
    with LiveView(state, console):
        pass
    rows = [line for line in screen.getvalue().splitlines() if "unit" in line]
    assert all("…" in row and "slim]" in row and len(row.rstrip()) <= 60 for row in rows), rows


def test_many_jobs_leave_room_for_those_that_run_and_failed_last() -> None:
    names = tuple(f"job {number}" for number in range(300))
    plan = Plan(
        pipeline=None,
        stages=("test",),
        jobs=tuple(PlannedJob(name=name, base_name=name, stage="test") for name in names),
        skipped=(),
        problems=(),
    )
    state = RunState(plan)
    for number, name in enumerate(names[:200]):
        state.see(ev.JobStarted(at=1.0, job=name, job_id=number, log="x"))
        status: ev.JobStatus = "failed" if number < 50 else "success"
        state.see(ev.JobFinished(at=2.0 + number, job=name, status=status, duration=1.0))
    for name in ("job 298", "job 299"):
        state.see(ev.JobStarted(at=1.0, job=name, job_id=7, log="x"))
        state.see(ev.JobSection(at=1.0, job=name, section="step_script"))
    screen = io.StringIO()
    console = Console(file=screen, width=80, height=24, force_terminal=True, color_system=None)
    with LiveView(state, console):
        pass
    picture = screen.getvalue().rpartition("test  200/300, 50 failed")[2]
    rows = [line.split("  ")[1].strip() for line in picture.splitlines() if "job " in line]
    assert rows[-2:] == ["● job 298", "● job 299"]
    assert rows[-3] == "✗ job 49"
    assert rows[0] == "✗ job 32"
    assert len(rows) == 20
