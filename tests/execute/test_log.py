"""A job's log: nothing lost, nothing out of order, however it is cut into pieces."""

import contextlib
import os
from pathlib import Path

import pytest

from gluv.execute.events import AnyEvent, JobOutput, JobSection
from gluv.execute.log import RESERVE, JobLog
from gluv.trace.ansi import without_styles

SECRET = "s3cret-value"


class Bench:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.events: list[AnyEvent] = []

    def open(self, limit: int = 1 << 20, **more: bool) -> JobLog:
        return JobLog(self.path, "j", self.events.append, limit, **more)

    @property
    def told(self) -> list[str]:
        """Sections by their names, lines as they are."""
        found: list[str] = []
        for event in self.events:
            if isinstance(event, JobSection):
                found.append(f"<{event.section}>")
            elif isinstance(event, JobOutput):
                found += event.lines
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "logs" / "1.log")


def tell(log: JobLog, *, flushing: bool, cut: int = 1 << 20) -> None:
    def pause() -> None:
        if flushing:
            log.flush()

    log.say("Running")
    pause()
    log.mask([SECRET])
    with log.section("prepare_script"):
        log.note(f"with {SECRET}")
        pause()
    with log.section("step_script"):
        pause()
        text = f"\x1b[32;1m$ run\x1b[0;m\none\n{SECRET}\nlast".encode()
        for start in range(0, len(text), cut):
            log.output(text[start : start + cut])
    pause()
    log.error(f"Job failed {SECRET}")
    log.close()


@pytest.mark.parametrize("cut", [1, 3, 7, 1 << 20])
@pytest.mark.parametrize("flushing", [True, False])
def test_pieces_make_no_difference(tmp_path: Path, flushing: bool, cut: int) -> None:
    one, other = Bench(tmp_path / "one"), Bench(tmp_path / "other")
    for bench, pieces in ((one, {}), (other, {"cut": cut})):
        log = bench.open()
        tell(log, flushing=flushing and bench is other, **pieces)
        assert log.last_lines[-2:] == ("last", "ERROR: Job failed [MASKED]")
        assert "Preparing environment" not in "".join(log.last_lines)
        assert (log.last_command, log.last_said) == ("run", "ERROR: Job failed [MASKED]")
    assert one.told == other.told
    shown = [line for line in one.told if line.startswith("<") or line.isalpha()]
    assert shown == ["Running", "<prepare_script>", "<step_script>", "one", "last"]
    assert SECRET not in one.path.read_text()
    stamps = str.maketrans("", "", "0123456789")
    assert one.path.read_text().translate(stamps) == other.path.read_text().translate(stamps)


def test_without_sections_the_file_is_the_same(tmp_path: Path) -> None:
    one, other = Bench(tmp_path / "one"), Bench(tmp_path / "other")
    tell(one.open(), flushing=False)
    tell(other.open(sections=False), flushing=False)
    assert not [event for event in other.events if isinstance(event, JobSection)]
    assert [line for line in one.told if not line.startswith("<")] == other.told
    assert one.path.stat().st_size == other.path.stat().st_size


def test_what_was_said_is_written_by_a_flush_or_with_what_follows(bench: Bench) -> None:
    log = bench.open()
    log.say("one")
    log.flush()
    assert bench.path.read_text() == "one\n"
    log.say("two")
    log.output(b"three\n")
    assert bench.path.read_text() == "one\ntwo\nthree\n"
    log.close()


def fill(place: Path, leave: int = 0) -> None:
    with place.open("wb", buffering=0) as filler:
        with contextlib.suppress(OSError):
            while filler.write(bytes(4096)):
                pass
        filler.truncate(max(0, filler.tell() - leave))


def test_a_log_on_a_full_disk_ends_with_a_word_about_it(small_disk: Path) -> None:
    bench = Bench(small_disk / "logs" / "1.log")
    log = bench.open(limit=1 << 30)
    fill(small_disk / "filler", leave=2 * RESERVE)
    with pytest.raises(OSError, match="No space left"):
        log.output(b"xxx\n" * RESERVE)
    log.output(b"more\n")
    log.error("Job failed (system failure): No space left on device")
    log.close()
    written = bench.path.read_bytes()
    assert len(written) > RESERVE / 2
    assert b"\0" not in written
    assert b"more" not in written
    *_, said, failed = without_styles(written.decode()).splitlines()
    assert said == "ERROR: the end of this log was given up: the disk was full"
    assert failed == "ERROR: Job failed (system failure): No space left on device"


def test_a_log_that_stays_on_a_full_disk_fails_once(small_disk: Path) -> None:
    bench = Bench(small_disk / "1.log")
    log = bench.open()
    log.output(b"some\n")
    fill(small_disk / "filler")
    with pytest.raises(OSError, match="No space left"):
        log.output(bytes(1) * 10_000)
    fill(small_disk / "other")
    log.error("x" * 10_000)
    log.close()


def test_a_name_that_is_no_text_stops_no_log(bench: Bench) -> None:
    log = bench.open()
    log.say("found " + os.fsdecode(b"caf\xe9"))
    log.close()
    assert bench.told == ["found caf\ufffd"]
