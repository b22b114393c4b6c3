"""A pipeline that has run, with logs, artifacts and reports, for tests of what shows it."""

from pathlib import Path

import msgspec

from gluv.store import JobRow, PipelineRow, Store
from gluv.store.artifacts import ARCHIVE, SIDECAR, Sidecar, artifacts_place, report_place

JUNIT = """\
<testsuite name="pytest" tests="4" time="0.6">
  <testcase classname="tests.test_a" name="test_good" file="tests/test_a.py" time="0.1"/>
  <testcase classname="tests.test_a" name="test_bad" time="0.2">
    <failure message="assert 1 == 2">the traceback</failure>
  </testcase>
  <testcase classname="tests.test_a" name="test_broken" time="nonsense">
    <error message="no fixture"/>
  </testcase>
  <testcase classname="tests.test_a" name="test_later"><skipped message="not yet"/></testcase>
</testsuite>
"""


def make_pipeline(
    store: Store,
    *,
    ref: str = "main",
    sha: str = "a" * 40,
    status: str = "success",
    source: str = "push",
    tag: bool = False,
    name: str | None = None,
    project_id: int | None = None,
    parent_job: int | None = None,
    variables: dict[str, str] | None = None,
) -> PipelineRow:
    """A pipeline that is over after a minute; still under way with the status `running`."""
    made = store.create_pipeline(
        source=source,
        ref=ref,
        tag=tag,
        sha=sha,
        name=name,
        project_id=project_id,
        parent_job=parent_job,
        variables=variables,
    )
    if status != "running":
        store.finish_pipeline(made.id, status, 60.0)
    found = store.pipeline(made.id)
    assert found is not None
    return found


def make_job(
    store: Store,
    pipeline: PipelineRow,
    name: str,
    *,
    status: str = "success",
    log: str = "",
    files: dict[str, bytes] | None = None,
    junit: str | None = None,
    reason: str = "",
    allow_failure: bool = False,
    bridge: bool = False,
    coverage: float | None = None,
) -> JobRow:
    """A job that is over, with a log, artifacts and a report of its tests if they are given."""
    job = store.create_job(
        pipeline_id=pipeline.id,
        name=name,
        stage="test",
        allow_failure=allow_failure,
        bridge=bridge,
    )
    store.start_job(job.id, f"glcbt-{job.id}")
    store.finish_job(
        job.id,
        status=status,
        exit_code=0,
        reason=reason,
        duration=2.5,
        coverage=coverage,
    )
    if log:
        store.log_path(job.id).write_text(log)
    if files is not None or junit is not None:
        _leave(artifacts_place(store.directory, job.id), files, junit)
    found = store.job(job.id)
    assert found is not None
    return found


def _leave(place: Path, files: dict[str, bytes] | None, junit: str | None) -> None:
    reports: dict[str, tuple[str, ...]] = {}
    if files is not None:
        (place / ARCHIVE).mkdir(parents=True)
    for path, content in (files or {}).items():
        target = place / ARCHIVE / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    if junit is not None:
        report_place(place, "junit").mkdir(parents=True)
        (report_place(place, "junit") / "junit.xml").write_text(junit)
        reports["junit"] = ("junit.xml",)
    sidecar = Sidecar(name="wheels", expire_at=2_000_000_000.0, reports=reports)
    (place / SIDECAR).write_bytes(msgspec.json.encode(sidecar))
