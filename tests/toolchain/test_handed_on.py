"""An interpreter that goes from job to job: each finds it as it was made, at its own place."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from gluv.host.homes import Homes
from gluv.host.laid import Laid
from gluv.toolchain import hashes
from gluv.toolchain.interpreters import Interpreter, probe
from gluv.toolchain.private_python import PrivatePython, make_private
from gluv.toolchain.provide import Toolchain
from tests.toolchain.test_private_python import shell
from tests.toolchain.trees import fingerprint, make_wheel, no_pip

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands anything on")


@pytest.fixture(scope="module")
def python(base: Interpreter, shared_cache: Path) -> PrivatePython:
    return make_private(base, cache=shared_cache, seed_pip=no_pip)


class Jobs:
    """Jobs one after the other, as the native executor prepares them."""

    def __init__(self, root: Path, python: PrivatePython) -> None:
        self.root = root
        self.toolchain = Toolchain(image="x", said=(), differences=(), python=python)
        self.homes = Homes(root, "grp/demo")
        self.made = 0

    def run(self, name: str, script: str) -> str:
        home = self.root / name
        laid = self.homes.take(home, reuse=True)
        said = shell(self._prepare(laid, home / "image"), script, home / "work")
        self.homes.give_back(home, reuse=True)
        return said

    def _prepare(self, laid: Laid, place: Path) -> tuple[Path, ...]:
        if laid.is_sealed("image", self.toolchain.content):
            for path, text in self.toolchain.launchers(place).items():
                laid.rewrite(f"image/{path}", text.encode())
            furnished = self.toolchain.find(place)
        else:
            self.made += 1
            laid.clear("image")
            furnished = self.toolchain.furnish(place)
            laid.seal("image", self.toolchain.content)
        laid.settle()
        return furnished.path


@pytest.fixture
def jobs(tmp_path: Path, python: PrivatePython) -> Jobs:
    return Jobs(tmp_path, python)


SHOW = (
    "python -c 'import sys; print(sys.prefix, sys.version_info[:2])'; pip --version | cut -c 1-3; "
    "head -c 200 $(command -v pip) | head -1; find $(dirname $(command -v python))/.. | sort; "
    "pip list --format=freeze | cut -d= -f1"
)


def test_an_untouched_one_is_not_made_again_and_works_where_it_was_moved(jobs: Jobs) -> None:
    first = jobs.run("a", SHOW)
    assert jobs.run("b", SHOW).replace("/b/", "/a/") == first
    said = jobs.run(
        "c with a space",
        "python -m venv v; v/bin/python -c 'import sys; print(sys.base_prefix)'; v/bin/pip -V >&2; "
        "python -c 'import sysconfig as s; print(s.get_path(\"purelib\"))'",
    )
    assert all("/c with a space/image" in line for line in said.splitlines())
    assert jobs.run("a", SHOW) == first
    assert jobs.made == 1


CHANGES = [
    "pip install {wheel} >&2",
    "uv pip install --system {wheel}",
    "pip uninstall --yes pip >&2",
    "python -m ensurepip --upgrade >&2; pip uninstall --yes setuptools >&2 || true",
    "echo x > $(python -c 'import site; print(site.getsitepackages()[0])')/left.pth",
    "rm $(command -v pip)",
    "printf '#!/bin/sh\\necho mine\\n' > $(command -v pip)",
    "cp --remove-destination /bin/true $(command -v python)",
    "d=$(dirname $(command -v python)); ln -sf /bin/true $d/python3",
    "d=$(python -c 'import os; print(os.path.dirname(os.__file__))'); rm $d/json/tool.py",
    "d=$(python -c 'import os; print(os.path.dirname(os.__file__))'); mv $d/json $d/nosj",
    "echo 'raise SystemExit(3)' > x; mv x $(python -c 'import json; print(json.__file__)')",
    "chmod 700 $(dirname $(command -v python))",
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_next_job_sees_nothing_of_what_one_did(jobs: Jobs, change: str) -> None:
    first = jobs.run("a", SHOW)
    jobs.run("a", change.format(wheel=make_wheel(jobs.root)))
    assert jobs.run("a", SHOW) == first
    assert jobs.made == 2


def test_nothing_a_job_compiles_or_adds_reaches_the_cache(
    jobs: Jobs, python: PrivatePython
) -> None:
    before = fingerprint(python.store)
    jobs.run(
        "a",
        "python -O -c 'import json.tool, email.mime.text, xml.dom.minidom, pip._internal'; "
        "python -OO -m compileall -q $(python -c 'import os; print(os.path.dirname(os.__file__))')"
        "/json; d=$(python -c 'import json; print(json.__path__[0])'); touch $d/new.py; "
        "rm -r $d/__pycache__; rm $d/decoder.py",
    )
    assert fingerprint(python.store) == before


@pytest.mark.parametrize("kind", ["hard", "symbolic"])
def test_links_lead_to_files_that_nobody_may_write(
    jobs: Jobs, python: PrivatePython, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*names: str, follow_symlinks: bool) -> None:
        raise OSError(errno.EXDEV, "another disk")

    if kind == "symbolic":
        monkeypatch.setattr("gluv.toolchain.private_python.os.link", refuse)
    jobs.run("a", "true")
    paths = [*(jobs.root / "a" / "image").rglob("*")]
    links = [path for path in paths if path.is_symlink()]
    files = [path for path in paths if path.is_file()]
    shared = links if kind == "symbolic" else [p for p in files if p.lstat().st_nlink > 1]
    assert len(shared) > 500
    assert not [path for path in links if path.is_dir()]
    assert jobs.run("b", "python -c 'import json; print(json.dumps(1))'").strip() == "1"
    assert jobs.made == 1
    told = subprocess.run(
        ["find", python.store, "-type", "f", "-perm", "/222"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line for line in told.stdout.splitlines() if "gluv-entry" not in line] == []


def test_an_interpreter_is_asked_once_until_it_changes(
    tmp_path: Path, base: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashes, "_SETTLED", -1.0)
    program, asked, memory = tmp_path / "python3", tmp_path / "asked", tmp_path / "memory" / "m"
    program.write_text(f'#!/bin/sh\necho x >> {asked}\nexec {base.executable} "$@"\n')
    program.chmod(0o755)
    first = probe(program, "system", memory)
    assert first is not None
    assert probe(program, "system", memory) == first
    assert asked.read_text() == "x\n"
    program.write_text(program.read_text() + "\n")
    assert probe(program, "system", memory) == first
    assert asked.read_text() == "x\nx\n"
    program.write_text("#!/bin/sh\nexit 1\n")
    assert probe(program, "system", memory) is None
