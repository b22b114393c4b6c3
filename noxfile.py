"""The checks as nox sessions: `nox -s tests-3.12`."""

import nox

nox.options.sessions = ["check", "tests"]


def install(session: nox.Session) -> None:
    """Put the pinned tools and gluv itself into the session."""
    session.install("--require-hashes", "-r", "requirements/dev.txt")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")


@nox.session
def check(session: nox.Session) -> None:
    """Lint, types, layers, dependencies."""
    install(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")
    session.run("deptry", "src")


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """The tests."""
    install(session)
    session.run("pytest", *(session.posargs or ["-n", "auto"]))


@nox.session
def coverage(session: nox.Session) -> None:
    """The tests with branch coverage."""
    install(session)
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "report")
