import os
import sys
from pathlib import Path

import pytest

from gluv.toolchain.interpreters import Interpreter, probe


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that tests share which do not look at its making."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def base() -> Interpreter:
    """The interpreter underneath the one that runs the tests."""
    interpreter = probe(Path(os.path.realpath(sys.executable)), "system")
    assert interpreter is not None
    if not (interpreter.prefix / interpreter.stdlib / "ensurepip/_bundled").is_dir():
        pytest.skip("no Python 3.x with ensurepip runs these tests")
    return interpreter


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A caller's environment with nothing of this machine's Pythons in it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("UV_", "PIP_", "SSL_")) or name.lower().endswith("_proxy")
    }
    kept.pop("UV_PYTHON_INSTALL_DIR", None)
    home = tmp_path / "home"
    home.mkdir()
    return {
        **kept,
        "HOME": str(home),
        "PATH": "",
        "PYENV_ROOT": str(tmp_path / "pyenv"),
        "UV_PYTHON_DOWNLOADS": "never",
    }
