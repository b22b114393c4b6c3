"""A run as a folder: the summary, a JUnit report, every log, every report of a job."""

import os
import shutil
from pathlib import Path
from urllib.parse import quote

from gluv.report.run_junit import render_junit
from gluv.report.run_state import RunState
from gluv.store import Store


def write_folder(folder: Path, state: RunState, summary: str, store: Store) -> None:
    """Write into an existing folder: `summary.txt`, `junit.xml`, `logs/<job>.log` and
    `reports/<job>/<kind>/...`; what an earlier run left there is replaced."""
    (folder / "summary.txt").write_text(f"{summary}\n", encoding="utf-8")
    (folder / "junit.xml").write_text(render_junit(state), encoding="utf-8")
    for name in ("logs", "reports"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "logs").mkdir()
    for job in state.jobs.values():
        if job.log and os.path.exists(job.log):
            shutil.copyfile(job.log, folder / "logs" / f"{file_name(job.name)}.log")
        reports = store.directory / f"artifacts/{job.job_id}/reports"
        if job.job_id and reports.is_dir():
            shutil.copytree(reports, folder / "reports" / file_name(job.name), symlinks=True)


def file_name(job: str) -> str:
    """A job's name as the name of one file: `test: [3.12]` stays, a slash does not."""
    name = quote(job, safe=" :[],+=@~")
    return f"%2E{name[1:]}" if name.startswith(".") else name
