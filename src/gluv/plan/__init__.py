"""Config and context to `Plan`: which jobs run, with which variables, and why the others do not."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gluv.plan.builder import build

__all__ = ["build"]


def __getattr__(name: str) -> object:
    """Load the builder when it is first asked for, so that the models stay cheap to import."""
    if name == "build":
        from gluv.plan.builder import build

        return build
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
