"""The end of a run says what failed, what a green job hides, and what differed."""

from gluv.execute import events as ev
from gluv.plan.model import Plan, PlannedJob
from gluv.report.paint import Paint
from gluv.report.run_state import RunState
from gluv.report.summary import render_summary


def run_of(*events: ev.AnyEvent, jobs: tuple[str, ...] = ("test", "release-job")) -> RunState:
    stages = ("test", "release")
    plan = Plan(
        pipeline=None,
        stages=stages,
        jobs=tuple(
            PlannedJob(name=name, base_name=name, stage=stage)
            for name, stage in zip(jobs, stages, strict=False)
        ),
        skipped=(),
        problems=(),
    )
    state = RunState(plan)
    for event in events:
        state.see(event)
    return state


def test_a_failed_job_shows_its_last_lines_and_its_exit_code() -> None:
    state = run_of(
        ev.PipelineStarted(at=1.0, pipeline_id=7, jobs=("test",)),
        ev.JobStarted(at=1.0, job="test", job_id=1, log="x"),
        ev.JobFinished(
            at=3.0,
            job="test",
            status="failed",
            duration=2.0,
            exit_code=3,
            reason="script_failure",
            last_lines=("\x1b[31mboom\x1b[0m",),
        ),
        ev.JobFinished(at=3.0, job="release-job", status="skipped", duration=0.0),
        ev.PipelineFinished(at=3.0, status="failed", duration=2.0),
    )
    text = render_summary(state, Paint(False))
    assert "test: script_failure, exit code 3\n  boom" in text
    assert "» release-job  skipped" in text
    assert text.endswith("pipeline #7 failed in 2.0 s")


def test_the_ways_out_of_a_failure_stand_below_each_other() -> None:
    state = run_of(
        ev.JobFinished(
            at=3.0,
            job="test",
            status="failed",
            duration=2.0,
            notes=("it took 2 attempts (retry: 1)",),
            hint="1. this\n2. that",
        ),
    )
    text = render_summary(state, Paint(False))
    assert "  it took 2 attempts (retry: 1)\n  next: 1. this\n        2. that\n" in text


def test_a_long_name_does_not_push_the_states_of_the_others_out_of_the_screen() -> None:
    state = run_of(
        ev.JobFinished(at=3.0, job="test", status="success", duration=2.0),
        ev.JobFinished(at=3.0, job="n" * 90, status="success", duration=2.0),
        jobs=("test", "n" * 90),
    )
    text = render_summary(state, Paint(False), width=80)
    assert "  ✓ test  success           2.0 s" in text
    assert "  ✓ " + "n" * 90 + "  success           2.0 s" in text


def test_a_green_job_whose_after_script_failed_is_named() -> None:
    note = "it is green, as on GitLab, but its after_script failed: uv publish exited 2"
    state = run_of(
        ev.JobFinished(at=3.0, job="release-job", status="success", duration=2.0, notes=(note,)),
    )
    assert f"! release-job: {note}" in render_summary(state, Paint(False))


def test_differences_are_one_paragraph_and_name_jobs_only_when_not_all_are_meant() -> None:
    state = run_of(
        ev.JobStarted(at=1.0, job="test", job_id=1, log="x"),
        ev.JobStarted(at=1.0, job="release-job", job_id=2, log="y"),
        ev.Difference(at=1.0, what="images are provided natively", jobs=("test", "release-job")),
        ev.Difference(at=1.0, what="glab is provided by gluv", jobs=("release-job",)),
    )
    text = render_summary(state, Paint(False), width=1000)
    assert (
        "What differed from GitLab: images are provided natively; "
        "glab is provided by gluv (release-job)." in text
    )


def test_of_many_jobs_some_are_named() -> None:
    names = tuple("abcdefg")
    state = run_of(
        *(ev.JobStarted(at=1.0, job=name, job_id=1, log="x") for name in names),
        ev.Difference(at=1.0, what="five", jobs=names[:5]),
        ev.Difference(at=1.0, what="four", jobs=names[:4]),
    )
    text = render_summary(state, Paint(False))
    assert "five (a, b, c and 2 more); four (a, b, c, d)." in text


def test_manual_jobs_are_listed_with_the_command_that_runs_them() -> None:
    state = run_of(
        ev.JobFinished(at=3.0, job="deploy to prod", status="manual", duration=0.0),
        jobs=("deploy to prod",),
    )
    assert "gluv run 'deploy to prod'" in render_summary(state, Paint(False))


def test_a_manual_job_of_a_downstream_pipeline_is_not_offered() -> None:
    state = run_of(
        ev.DownstreamStarted(at=1.0, bridge="test", pipeline_id=8, jobs=("test > m",)),
        ev.JobFinished(at=3.0, job="test > m", status="manual", duration=0.0),
    )
    text = render_summary(state, Paint(False))
    assert "  test > m (of a downstream pipeline: it cannot be played here)" in text
    assert "gluv run" not in text


def test_a_bridge_whose_pipeline_waits_is_not_offered() -> None:
    state = run_of(
        ev.JobStarted(at=1.0, job="bridge", job_id=1, log=""),
        ev.DownstreamStarted(at=1.0, bridge="bridge", pipeline_id=8, jobs=("bridge > m",)),
        ev.JobFinished(at=3.0, job="bridge > m", status="manual", duration=0.0),
        ev.JobFinished(at=3.0, job="bridge", status="manual", duration=0.0),
        jobs=("bridge",),
    )
    text = render_summary(state, Paint(False))
    assert "  bridge > m (of a downstream pipeline: it cannot be played here)" in text
    assert "gluv run" not in text


def test_a_name_that_would_steer_the_terminal_does_not() -> None:
    name = "\x1b[31mred\nline\x1b]0;title\x07"
    state = run_of(
        ev.JobFinished(at=3.0, job=name, status="success", duration=2.0, notes=("note",)),
        ev.JobFinished(at=3.0, job="release-job", status="success", duration=2.0),
        jobs=(name, "release-job"),
    )
    text = render_summary(state, Paint(False))
    assert "! red\ufffdline\ufffd]0;title\ufffd: note" in text
    assert "  ✓ red\ufffdline\ufffd]0;title\ufffd  success" in text
    assert not any(sign in text for sign in "\x1b\x07")


def test_of_many_jobs_those_with_nothing_to_tell_share_a_row() -> None:
    names = tuple(f"job {number}" for number in range(300))
    plan = Plan(
        pipeline=None,
        stages=("test",),
        jobs=tuple(PlannedJob(name=name, base_name=name, stage="test") for name in names),
        skipped=(),
        problems=(),
    )
    state = RunState(plan)
    for number, name in enumerate(names):
        status: ev.JobStatus = "failed" if number == 7 else "skipped" if number > 297 else "success"
        covered = 80.0 if number == 9 else None
        done = ev.JobFinished(at=3.0, job=name, status=status, duration=1.0, coverage=covered)
        state.see(done)
    table = render_summary(state, Paint(False)).partition("\n\n")[2].splitlines()
    assert table == [
        "test",
        "  ✗ job 7     failed            1.0 s",
        "  ✓ job 9     success           1.0 s     coverage 80 %",
        "  ✓ 296 jobs  success",
        "  » 2 jobs    skipped",
    ]
