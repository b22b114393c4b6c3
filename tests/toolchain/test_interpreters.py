import os
import sys
from pathlib import Path

import pytest

from gluv.toolchain.interpreters import Interpreter, find, is_wanted, probe


def put(place: Path, base: Interpreter) -> None:
    """An installation at `place`, made of a link to a real one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(base.prefix)


def test_what_is_wanted() -> None:
    assert is_wanted("3.12.4", "3.12")
    assert is_wanted("3.12.4", "3.12.4")
    assert is_wanted("3.12.4", "3")
    assert not is_wanted("3.12.4", "3.1")
    assert not is_wanted("3.12.4", "3.12.40")


def test_probe_tells_what_is_there(base: Interpreter) -> None:
    assert base.version == "{}.{}.{}".format(*sys.version_info)
    assert (base.prefix / base.stdlib / "os.py").is_file()
    assert base.executable == base.executable.resolve()


def test_a_virtual_environment_leads_to_its_interpreter(base: Interpreter) -> None:
    found = probe(Path(sys.executable), "system")
    assert found is not None
    assert found.executable == base.executable


def test_what_is_no_python_is_passed_over(tmp_path: Path) -> None:
    for name, text in [("silent", "exit 0"), ("failing", "exit 1"), ("chatty", "echo hello")]:
        script = tmp_path / name
        script.write_text(f"#!/bin/sh\n{text}\n")
        script.chmod(0o755)
        assert probe(script, "system") is None
    assert probe(tmp_path / "absent", "system") is None


def test_uv_managed_comes_first_then_pyenv(
    base: Interpreter, environ: dict[str, str], tmp_path: Path
) -> None:
    pyenv = Path(environ["PYENV_ROOT"]) / f"versions/{base.version}"
    put(pyenv, base)
    assert next(find(base.series, environ)).where == f"pyenv {base.version}"
    put(Path(environ["HOME"]) / f".local/share/uv/python/cpython-{base.version}-any", base)
    assert next(find(base.series, environ)).where == f"uv-managed {base.version}"
    told = {**environ, "UV_PYTHON_INSTALL_DIR": str(tmp_path / "elsewhere")}
    assert next(find(base.series, told)).origin == "pyenv"


def test_the_users_path_is_searched_but_not_shims(
    base: Interpreter, environ: dict[str, str], tmp_path: Path
) -> None:
    put(tmp_path / "opt", base)
    told = {**environ, "PATH": f"relative:{tmp_path}/absent:{tmp_path}/opt/bin"}
    assert base.executable in [found.executable for found in find(base.version, told)]
    shims = Path(environ["PYENV_ROOT"]) / "shims"
    shims.mkdir(parents=True)
    called = tmp_path / "called"
    shim = shims / f"python{base.series}"
    shim.write_text(f"#!/bin/sh\ntouch {called}\n")
    shim.chmod(0o755)
    list(find(base.series, {**environ, "PATH": str(shims)}))
    assert not called.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can keep a directory closed to itself")
@pytest.mark.parametrize("name", ["PATH", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR", "XDG_DATA_HOME"])
def test_what_somebody_else_keeps_closed_is_passed_over(
    environ: dict[str, str], tmp_path: Path, name: str
) -> None:
    closed = tmp_path / "closed"
    for below in ("bin", "versions/3.12.1/bin", "cpython-3.12.1/bin", "uv/python/x/bin"):
        (closed / below).mkdir(parents=True)
    closed.chmod(0o700)
    for above in (tmp_path, *tmp_path.parents[:3]):
        above.chmod(above.stat().st_mode | 0o055)
    value = f"{closed}/bin" if name == "PATH" else str(closed)
    os.seteuid(65534)
    try:
        assert not [one for one in find("3", environ | {name: value}) if one.origin != "system"]
    finally:
        os.seteuid(0)


def test_another_version_is_never_taken(base: Interpreter, environ: dict[str, str]) -> None:
    put(Path(environ["PYENV_ROOT"]) / "versions/3.99.0", base)
    assert list(find("3.99", environ)) == []
    assert list(find("3.99.0", environ)) == []
