"""The program's modules in one file: the same modules as Python itself would load."""

import importlib
import importlib.resources
import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from gluv.bytecode import Bytecode

MODULES = ("rooms", "rooms.kitchen", "rooms.cellar", "rooms.cellar.shelf")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    monkeypatch.syspath_prepend(str(tmp_path))
    root = tmp_path / "rooms"
    (root / "cellar").mkdir(parents=True)
    (root / "__init__.py").write_text("")
    (root / "kitchen.py").write_text('def cook():\n    return "soup"\n')
    (root / "cellar/__init__.py").write_text("from rooms.cellar.shelf import WINE\n")
    (root / "cellar/shelf.py").write_text("WINE = 1\n")
    (root / "cellar/label.txt").write_text("red")
    yield root
    forget()


def forget() -> None:
    for name in MODULES:
        sys.modules.pop(name, None)
    importlib.invalidate_caches()


def load(package: Path, *names: str) -> dict[str, ModuleType]:
    """What a command does that loads these modules of the package."""
    forget()
    modules = Bytecode("rooms", str(package))
    modules.open()
    try:
        return {name: importlib.import_module(f"rooms.{name}") for name in names}
    finally:
        modules.close()


def place(package: Path) -> Path:
    (found,) = package.glob("__pycache__/modules.*")
    return found


def is_found(module: ModuleType) -> bool:
    return type(module.__loader__).__module__ == "gluv.bytecode"


def test_the_second_command_finds_what_the_first_one_looked_for(package: Path) -> None:
    assert not any(map(is_found, load(package, "kitchen").values()))
    again = load(package, "kitchen", "cellar")
    assert is_found(again["kitchen"])
    assert not is_found(again["cellar"])
    written = place(package).stat()
    third = load(package, "kitchen", "cellar", "cellar.shelf")
    assert all(map(is_found, third.values()))
    assert place(package).stat().st_ino == written.st_ino, "written again without need"


def test_a_module_is_as_python_would_load_it(package: Path) -> None:
    plain = load(package, "kitchen", "cellar")
    found = load(package, "kitchen", "cellar")
    for name, module in found.items():
        assert is_found(module)
        assert module.__file__ == plain[name].__file__
        assert module.__package__ == plain[name].__package__
        assert getattr(module, "__path__", None) == getattr(plain[name], "__path__", None)
    assert "soup" in inspect.getsource(found["kitchen"].cook)
    assert found["kitchen"].cook.__code__.co_filename == str(package / "kitchen.py")
    assert importlib.resources.files("rooms.cellar").joinpath("label.txt").read_text() == "red"


@pytest.mark.parametrize("exchanged", [False, True])
def test_a_source_that_was_changed_counts(package: Path, exchanged: bool) -> None:
    load(package, "kitchen", "cellar")
    source = package / "kitchen.py"
    before = source.stat()
    text = source.read_text().replace("soup", "fish")
    if exchanged:
        (package / "new.py").write_text(text)
        (package / "new.py").replace(source)
    else:
        source.write_text(text)
    # The same size and the same time: Python's own check would pass.
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    for cached in package.glob("__pycache__/kitchen.*"):
        cached.unlink()
    for _ in range(2):
        assert load(package, "kitchen")["kitchen"].cook() == "fish"


def test_a_module_that_is_gone_is_gone(package: Path) -> None:
    load(package, "kitchen", "cellar")
    (package / "kitchen.py").unlink()
    with pytest.raises(ModuleNotFoundError):
        load(package, "kitchen")
    assert is_found(load(package, "cellar")["cellar"])


@pytest.mark.parametrize("damage", ["cut", "empty", "other", "end"])
def test_a_damaged_file_does_not_count(package: Path, damage: str) -> None:
    load(package, "kitchen")
    content = place(package).read_bytes()
    broken = {
        "cut": content[: len(content) // 2],
        "empty": b"",
        "other": b"no bytecode" * 100,
        "end": content[:-40] + bytes(20) + content[-20:],
    }
    place(package).write_bytes(broken[damage])
    assert not is_found(load(package, "kitchen")["kitchen"])
    assert is_found(load(package, "kitchen")["kitchen"])


def test_nothing_is_written_where_python_writes_no_bytecode(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    load(package, "kitchen")
    assert not list(package.glob("__pycache__/modules*"))


def test_a_place_that_cannot_be_written_is_no_error(package: Path) -> None:
    (package / "__pycache__").write_text("a file")
    assert load(package, "kitchen")["kitchen"].cook() == "soup"


def test_gluv_itself(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom gluv import __main__ as program\n"
        "program._leave = lambda code: None\nsys.argv = ['gluv', 'plan', '--help']\n"
        "program.main()\n"
        "names = [name for name in sys.modules if name.startswith('gluv.')]\n"
        "slow = [name for name in names if 'Source' in repr(sys.modules[name].__spec__.loader)]\n"
        "print(len(names), *slow, file=sys.stderr)\n"
    )
    env = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    ran = [
        subprocess.run(
            [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
        )
        for _ in range(2)
    ]
    assert ran[0].stdout == ran[1].stdout != ""
    count, *slow = ran[1].stderr.split()
    assert int(count) > 10
    assert slow == ["gluv.__main__", "gluv.bytecode"]
