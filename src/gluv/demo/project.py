"""Makes the demo project: a package with a test, a git repository, a tag."""

from collections.abc import Mapping
from pathlib import Path

from gluv.demo import files
from gluv.errors import NetworkUnavailable, RepositoryUnusable, UsageWrong
from gluv.host.process import run

DEFAULT_NAME = "gluv-demo"


def choose_directory(wanted: Path | None, here: Path) -> Path:
    """The folder to make: the wanted one, empty or absent, else the next free name."""
    if wanted is not None:
        if wanted.exists() and (not wanted.is_dir() or any(wanted.iterdir())):
            raise UsageWrong(
                f"{wanted} exists and is not an empty folder",
                hint="name a folder that is not there",
            )
        return wanted
    names = (DEFAULT_NAME if i == 1 else f"{DEFAULT_NAME}-{i}" for i in range(1, 10_000))
    return next(here / name for name in names if not (here / name).exists())


def make_project(directory: Path, *, python: str, uv: Path, environ: Mapping[str, str]) -> None:
    """Write the project, lock it with `uv`, commit it and tag it.

    `python` is the `X.Y` of the images. Raises `NetworkUnavailable` when the lock file cannot be
    made and `RepositoryUnusable` when git refuses.
    """
    contents = {
        "pyproject.toml": files.PYPROJECT,
        "README.md": files.README,
        "src/parrot/__init__.py": files.MODULE,
        "tests/test_parrot.py": files.TEST,
        ".gitignore": files.GITIGNORE,
        ".gitlab-ci.yml": files.PIPELINE.replace("@PYTHON@", python),
    }
    for name, text in contents.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    _lock(directory, uv, environ)
    _commit(directory, environ)


def _lock(directory: Path, uv: Path, environ: Mapping[str, str]) -> None:
    done = run([uv, "lock", "--quiet"], cwd=directory, env=environ)
    if done.code:
        raise NetworkUnavailable(
            f"uv could not lock the demo project:\n{done.stderr.strip()}",
            hint="the demo needs PyPI (or the index that UV_DEFAULT_INDEX names) once",
        )


def _commit(directory: Path, environ: Mapping[str, str]) -> None:
    identity = ("-c", "user.name=gluv demo", "-c", "user.email=demo@example.com")
    quiet = (
        "-c",
        "commit.gpgsign=false",
        "-c",
        "tag.gpgsign=false",
        "-c",
        "core.hooksPath=/dev/null",
    )
    for command in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        ("commit", "--quiet", "--message=Say what parrots say"),
        ("tag", "--annotate", files.TAG, f"--message=The first {files.NAME}"),
    ):
        done = run(["git", *identity, *quiet, *command], cwd=directory, env=environ)
        if done.code:
            raise RepositoryUnusable(f"git {command[0]} failed: {done.stderr.strip()}")
