"""One small project of each kind, as its files."""

HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
PYTEST = '[dependency-groups]\ndev = ["pytest"]\n'
# It fails if a leg of the matrix tests another Python than the one it is named after.
TEST_PYTHON = """\
import os
import sys


def test_is_the_python_of_the_leg() -> None:
    assert os.environ["PYTHON_VERSION"] == "{}.{}".format(*sys.version_info)
"""


def pyproject(name: str, *tables: str, version: str = 'version = "1.2.0"') -> str:
    head = f'[project]\nname = "{name}"\n{version}\nrequires-python = ">=3.12,<3.14"\n'
    return "\n".join([head, *tables])


LIBRARY = {
    "pyproject.toml": pyproject("parrot-cage", HATCHLING, PYTEST),
    "src/parrot_cage/__init__.py": "",
    "tests/test_python.py": TEST_PYTHON,
    # Without UV_PYTHON it would decide for both legs.
    ".python-version": "3.12\n",
}
FLAT = {
    "pyproject.toml": pyproject("parrot", HATCHLING),
    "parrot/__init__.py": "def say() -> str:\n    return 'squawk'\n",
    "tests/__init__.py": "",
    "tests/test_parrot.py": (
        "import unittest\n\nimport parrot\n\n\nclass Say(unittest.TestCase):\n"
        "    def test_says(self) -> None:\n        self.assertEqual(parrot.say(), 'squawk')\n"
    ),
}
APP = {
    "pyproject.toml": pyproject("parrot-app"),
    "main.py": "print('squawk')\n",
    ".python-version": "3.12\n",
}
WORKSPACE = {
    "pyproject.toml": (
        '[tool.uv.workspace]\nmembers = ["packages/*"]\nexclude = ["packages/old"]\n\n'
        '[dependency-groups]\ndev = ["pytest"]\n'
    ),
    "packages/wing/pyproject.toml": pyproject("wing", HATCHLING),
    "packages/wing/src/wing/__init__.py": "",
    "packages/wing/tests/test_wing.py": "import wing\n\n\ndef test() -> None:\n    assert wing\n",
    "packages/bird/pyproject.toml": pyproject(
        "bird", 'dependencies = ["wing"]', "[tool.uv.sources]\nwing = { workspace = true }\n"
    ),
    "packages/bird/tests/test_wing.py": "import wing\n\n\ndef test() -> None:\n    assert wing\n",
    "packages/old/notes.txt": "",
}
VCS = {
    "pyproject.toml": pyproject(
        "tagged",
        HATCHLING.replace('"hatchling"', '"hatchling", "hatch-vcs"'),
        '[tool.hatch.version]\nsource = "vcs"\n',
        version='dynamic = ["version"]',
    ),
    "src/tagged/__init__.py": "",
}
SCRIPTS = {
    "squawk.py": (
        '# /// script\n# requires-python = ">=3.12,<3.14"\n# dependencies = ["iniconfig"]\n# ///\n'
        "import iniconfig\n\n\ndef squawk() -> str:\n    return iniconfig.__name__\n"
    ),
    "test_squawk.py": (
        "from squawk import squawk\n\n\ndef test() -> None:\n    assert squawk() == 'iniconfig'\n"
    ),
}
REQUIREMENTS = {
    "requirements.txt": "iniconfig\n",
    "requirements-dev.txt": "pytest>=8\n",
    "test_it.py": "import iniconfig\n\n\ndef test() -> None:\n    assert iniconfig\n",
    ".python-version": "3.11\n",
}
EXISTING = {
    **LIBRARY,
    ".gitlab-ci.yml": (
        "# Ours since 2019.\nstages: [check, ship]\n\nspelling:\n  stage: check\n"
        "  image: python:3.12-slim\n  script: echo no mistakes\n"
    ),
}
KINDS = {
    "library": LIBRARY,
    "flat": FLAT,
    "app": APP,
    "workspace": WORKSPACE,
    "vcs": VCS,
    "scripts": SCRIPTS,
    "requirements": REQUIREMENTS,
    "existing": EXISTING,
}
