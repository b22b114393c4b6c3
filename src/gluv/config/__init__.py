"""Nodes to `Config`: keywords, includes, inputs, extends, references; mistakes as problems."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gluv.config.include.rules import IncludeRules
    from gluv.config.loading import Resolved, load, resolve

__all__ = ["IncludeRules", "Resolved", "load", "resolve"]


def __getattr__(name: str) -> object:
    # Loaded on first use: most of gluv imports a keyword's struct and never reads a file.
    if name in __all__:
        from gluv.config import loading

        return getattr(loading, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
