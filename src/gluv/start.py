"""What msgspec loads at its import and a command hardly ever needs, kept out of the start.

It asks `typing_extensions` for what `typing` has itself since Python 3.11, and does without where
there is no such package; `uuid`, which it loads, asks `platform` for the system's name alone.
`msgspec.inspect` is for JSON schemas: it loads when somebody first uses it.
"""

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

_AT_FIRST_USE = "msgspec.inspect"


class _Postponing:
    """A finder of the module that loads when an attribute of it is first asked for."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path) if name == _AT_FIRST_USE else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def load_msgspec() -> None:
    """Import msgspec. Afterwards every module is there for whoever imports it."""
    system = ModuleType("platform")
    system.system = lambda: os.uname().sysname  # type: ignore[attr-defined]
    hidden: dict[str, ModuleType | None] = {"typing_extensions": None, "platform": system}
    hidden = {name: module for name, module in hidden.items() if name not in sys.modules}
    sys.modules.update(hidden)  # type: ignore[arg-type]
    sys.meta_path.insert(0, _Postponing)
    try:
        import msgspec  # noqa: F401
    finally:
        sys.meta_path.remove(_Postponing)
        for name in hidden:
            del sys.modules[name]
