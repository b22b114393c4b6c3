"""A release as people see it."""

import io

from gluv.release.outcome import Outcome, Published
from gluv.release.stop import Step
from gluv.report.paint import Paint
from gluv.report.release import UploadProgress, render_outcome, render_step


def test_a_step_is_a_line() -> None:
    paint = Paint(False)
    assert render_step(Step(name="tag", state="done", text="fits"), paint) == "✓ tag      fits"
    assert render_step(Step(name="upload", state="would", text="go"), paint) == (
        "→ upload   would go"
    )


def test_the_table_names_file_hash_and_state() -> None:
    file = Published(
        name="a-1.0.tar.gz",
        project="a",
        version="1.0",
        sha256="ab" * 32,
        size=1_234_567,
        url="u",
        state="there already",
    )
    outcome = Outcome(tag="v1", version="1", index="https://i/simple", files=(file,), dry_run=True)
    lines = render_outcome(outcome, Paint(False)).splitlines()
    assert lines[1].split("  ")[:3] == ["a-1.0.tar.gz", "1.2 MB", "abababababab…"]
    assert lines[1].endswith("there already")
    assert "install  uv pip install --index https://i/simple a==1.0" in lines
    assert "nothing was uploaded" in lines[-1]


def test_progress_is_one_line_that_goes_away() -> None:
    stream = io.StringIO()
    progress = UploadProgress(stream, clock=lambda: 1.0)
    progress("a", 0, 100)
    progress("b", 50, 100)  # too soon to be drawn
    progress("a", 100, 100)
    assert stream.getvalue().split("\r\033[K") == [
        "",
        "↑   0 %  0 B of 100 B, 0 of 1 files",
        "↑  75 %  150 B of 200 B, 1 of 2 files",
    ]
    progress.clear()
    progress.clear()
    assert stream.getvalue().endswith("files\r\033[K")
