"""What a terminal shows while a pipeline runs."""

import io

from rich.console import Console

from gluv.execute import events as ev
from gluv.report.live import LiveView
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
    assert "…  " in row
    assert row.rstrip().endswith("script")
    assert len(row.rstrip()) <= 80
