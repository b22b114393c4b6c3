import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from gluv.errors import NetworkUnavailable, StoreUnavailable
from gluv.toolchain.entry import keep, sound


class Maker:
    def __init__(self) -> None:
        self.made = 0

    def __call__(self, directory: Path) -> Mapping[str, str]:
        self.made += 1
        (directory / "sub").mkdir()
        (directory / "sub/file").write_text("whole")
        (directory / "sub/file").chmod(0o444)
        return {"made": str(self.made)}


def test_made_once(tmp_path: Path) -> None:
    make = Maker()
    place = tmp_path / "deep/entry"
    assert keep(place, make) == {"made": "1"}
    assert keep(place, make) == {"made": "1"}
    assert sound(place) == {"made": "1"}
    assert make.made == 1


@pytest.mark.parametrize("damage", ["changed", "shortened", "removed", "added", "listing"])
def test_a_damaged_entry_is_made_again(tmp_path: Path, damage: str) -> None:
    make = Maker()
    place = tmp_path / "entry"
    keep(place, make)
    file = place / "sub/file"
    match damage:
        case "changed":
            file.chmod(0o644)
            file.write_text("WHOLE")
            os.utime(file, (1, 1))
        case "shortened":
            file.chmod(0o644)
            file.write_text("")
        case "removed":
            file.unlink()
        case "added":
            (place / "sub/other").write_text("")
        case "listing":
            (place / ".gluv-entry.json").write_text("{")
    assert sound(place) is None
    assert keep(place, make) == {"made": "2"}
    assert file.read_text() == "whole"
    assert not (place / "sub/other").exists()


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    def fail(directory: Path) -> Mapping[str, str]:
        (directory / "half").write_text("")
        raise NetworkUnavailable("gone")

    with pytest.raises(NetworkUnavailable):
        keep(tmp_path / "entry", fail)
    assert [path.name for path in tmp_path.iterdir()] == [".entry.lock"]


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / ".entry.abcdef"
    left.mkdir()
    (left / "half").write_text("")
    keep(tmp_path / "entry", Maker())
    assert not left.exists()


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable) as caught:
        keep(tmp_path / "file/entry", Maker())
    assert "writable" in caught.value.hint


_PROGRAM = """
import sys, time
from pathlib import Path
from gluv.toolchain.entry import keep
place = Path(sys.argv[1])
def make(directory):
    (directory / "file").write_text(sys.argv[2])
    with (place.parent / "log").open("a") as log:
        log.write(sys.argv[2])
    return {"by": sys.argv[2]}
print(keep(place, make)["by"])
"""


def test_processes_at_the_same_time_make_it_once(tmp_path: Path) -> None:
    place = tmp_path / "entry"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(place), name], stdout=subprocess.PIPE, text=True
        )
        for name in "abc"
    ]
    said = {process.communicate()[0] for process in running}
    assert all(process.returncode == 0 for process in running)
    assert len(said) == 1
    assert len((tmp_path / "log").read_text()) == 1
