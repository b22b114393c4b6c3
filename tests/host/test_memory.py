"""What is remembered of a text is recalled for exactly that text, by the code that made it."""

from pathlib import Path

import pytest

from gluv.host import memory
from gluv.host.memory import MOST, Memory


@pytest.fixture
def kept(tmp_path: Path) -> Memory:
    made = Memory(tmp_path)
    made.keep("a/b.yml", b"text", b"made", maker="text")
    return made


def only_file(store: Path) -> Path:
    (found,) = (store / "read").iterdir()
    return found


def test_the_same_text_is_recalled(kept: Memory, tmp_path: Path) -> None:
    assert kept.recall("a/b.yml", b"text", maker="text") == b"made"
    assert Memory(tmp_path).recall("a/b.yml", b"text", maker="text") == b"made"


@pytest.mark.parametrize("text", [b"texT", b"text ", b"", b"tex", b"text\nmade"])
def test_another_text_is_not(kept: Memory, text: bytes) -> None:
    assert kept.recall("a/b.yml", text, maker="text") is None


def test_another_name_and_another_maker_are_not(kept: Memory) -> None:
    assert kept.recall("b.yml", b"text", maker="text") is None
    assert kept.recall("a/b.yml", b"text", maker="settings") is None


def test_other_code_forgets(kept: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_state", lambda maker: b"of another gluv")
    assert kept.recall("a/b.yml", b"text", maker="text") is None


@pytest.mark.parametrize("damage", [b"", b"\0" * 200, b"gluv"])
def test_a_damaged_memory_is_forgotten(kept: Memory, tmp_path: Path, damage: bytes) -> None:
    only_file(tmp_path).write_bytes(damage)
    assert kept.recall("a/b.yml", b"text", maker="text") is None


def test_a_memory_that_was_cut_off_is_forgotten(kept: Memory, tmp_path: Path) -> None:
    place = only_file(tmp_path)
    place.write_bytes(place.read_bytes()[:-1])
    assert kept.recall("a/b.yml", b"text", maker="text") is None


def test_without_a_store_nothing_is_kept(tmp_path: Path) -> None:
    made = Memory(tmp_path / "none")
    made.keep("a", b"text", b"made", maker="text")
    assert made.recall("a", b"text", maker="text") is None
    assert not (tmp_path / "none").exists()


def test_it_does_not_grow_without_end(tmp_path: Path) -> None:
    made = Memory(tmp_path)
    for number in range(MOST + 5):
        made.keep(f"{number}.yml", b"text", b"made", maker="text")
    assert len(list((tmp_path / "read").iterdir())) <= MOST
    assert made.recall(f"{MOST + 4}.yml", b"text", maker="text") == b"made"
