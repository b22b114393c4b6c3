"""A description that may be a file, as GitLab reads `release:description`."""

from pathlib import Path

from gluv.release.glab_release import notes_text_or_file


def test_a_file_is_read_and_text_is_text(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "NOTES.md").write_text("from the file")
    (project / "two words").write_text("never read")
    (tmp_path / "secret").write_text("outside")
    assert notes_text_or_file("NOTES.md", project) == "from the file"
    assert notes_text_or_file("/NOTES.md", project) == "from the file"
    for text in ("two words", "missing.md", "../secret", str(tmp_path / "secret"), "x" * 5000):
        assert notes_text_or_file(text, project) == text
