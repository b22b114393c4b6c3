#!/usr/bin/env python3
"""Set gluv up from a clean clone and run it; needs only Python 3.11+ and git.

    python3 make.py demo [DIR]      run the main job: a uv project's tag pipeline, start to end
    python3 make.py test [ARGS]     pass the tests (ARGS go to pytest)
    python3 make.py check           lint, types, layers
    python3 make.py pin             renew requirements/*.txt

Everything is installed into `.venv` here, from PyPI, with the hashes in `requirements/`.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
BIN = VENV / "bin"


def prepare(requirements: Path) -> None:
    """Make `.venv` hold exactly what a requirements file pins, and gluv itself."""
    pins = hashlib.sha256(requirements.read_bytes() + (HERE / "pyproject.toml").read_bytes())
    stamp = VENV / f".{requirements.stem}"
    if stamp.exists() and stamp.read_text() == pins.hexdigest():
        return
    if not (BIN / "python").exists():
        print(f"making {VENV.name} with Python {sys.version.split()[0]}", file=sys.stderr)
        venv.create(VENV, with_pip=True, symlinks=True)
    pip = [BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    print(f"installing {requirements.relative_to(HERE)} from PyPI", file=sys.stderr)
    subprocess.run([*pip, "--require-hashes", "-r", requirements], check=True)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "-e", HERE], check=True)
    stamp.write_text(pins.hexdigest())


def run(*command: str | Path) -> int:
    """Run a program of `.venv` here."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    return subprocess.run([BIN / command[0], *command[1:]], cwd=HERE, env=environment).returncode


def check() -> int:
    """Lint, format, types, layers, dependencies; the first failure's exit code."""
    steps = (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("lint-imports",),
        ("deptry", "src"),
    )
    return next((code for step in steps if (code := run(*step))), 0)


def pin() -> int:
    """Write `requirements/*.txt` anew: every version with its hashes, no index address."""
    compile_ = ("uv", "pip", "compile", "-q", "--universal", "--python-version", "3.11")
    options = ("--upgrade", "--generate-hashes", "--no-header", "pyproject.toml", "-o")
    for group, name in (("build", "run"), ("dev", "dev")):
        if code := run(*compile_, "--group", group, *options, f"requirements/{name}.txt"):
            return code
    return 0


def main(arguments: list[str]) -> int:
    """Do what the first argument names."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file also runs where gluv does not
        print(f"gluv needs Python 3.11 or newer; this is {sys.version.split()[0]}", file=sys.stderr)
        return 2
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if command == "demo":
        prepare(HERE / "requirements" / "run.txt")
        code = run("gluv", "demo", *rest)
        print(f"gluv and uv are in {BIN}", file=sys.stderr)
        return code
    if command not in ("test", "check", "pin"):
        print(__doc__, file=sys.stderr)
        return 2
    prepare(HERE / "requirements" / "dev.txt")
    if command == "test":
        return run("pytest", *(rest or ["-n", "auto"]))
    return check() if command == "check" else pin()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        print(f"make.py: {error}", file=sys.stderr)
        sys.exit(1)
