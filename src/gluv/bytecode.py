"""The bytecode of gluv's own modules in one file.

A command loads some two hundred small modules. For each, Python looks into a folder, then opens,
checks and reads a file of bytecode. With all of them in one file, what is left is a look at the
source.

The file stands where Python keeps bytecode (`__pycache__`, PEP 3147, or `PYTHONPYCACHEPREFIX`), is
written when Python would write bytecode, and counts as Python's own does: for this interpreter, and
module by module, for the very source it was made of. A module that is not in it is loaded as ever,
and is in it the next time.
"""

import contextlib
import marshal
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import MAGIC_NUMBER, cache_from_source
from types import CodeType, ModuleType

_MARK = b"gluv 1 " + MAGIC_NUMBER
"""What the file begins and ends with: a part of one does not count."""

_State = tuple[int, int, int, int]

_Known = tuple[str, _State, int, int]
"""The path of a source and its state, and where in the file its bytecode begins and ends."""


class _Loader(SourceFileLoader):
    """Python's own, but for where the bytecode comes from."""

    def __init__(self, name: str, path: str, code: bytes) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = marshal.loads(self._code)
        return code


class Bytecode:
    """A finder of the modules of a package, for `sys.meta_path`.

    The file is the mark, the code of each module as `marshal` writes it, what is known of them by
    their names, the length of that in eight bytes, and the mark again.
    """

    def __init__(self, package: str, directory: str) -> None:
        self._prefix = f"{package}."
        self._place = cache_from_source(f"{directory}/modules.py").removesuffix(".pyc")
        self._file = -1
        self._known: dict[str, _Known] = {}
        self._lacking = False

    def open(self) -> None:
        """Begin to find what the file holds, if it is there and whole."""
        sys.meta_path.insert(0, self)
        with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
            self._file = os.open(self._place, os.O_RDONLY | os.O_CLOEXEC)
            end = os.fstat(self._file).st_size - len(_MARK) - 8
            tail = os.pread(self._file, 8 + len(_MARK), end)
            if tail[8:] == _MARK == os.pread(self._file, len(_MARK), 0):
                length = int.from_bytes(tail[:8])
                self._known = marshal.loads(os.pread(self._file, length, end - length))

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A module that is known and whose source is as it was, else None."""
        if not name.startswith(self._prefix):
            return None
        code = self._code(name)
        if code is None:
            self._lacking = True
            return None
        place = self._known[name][0]
        folder, _, file = place.rpartition("/")
        package = file == "__init__.py"
        spec = ModuleSpec(name, _Loader(name, place, code), origin=place, is_package=package)
        if package:
            spec.submodule_search_locations = [folder]
        spec.has_location, spec.cached = True, self._place
        return spec

    def _code(self, name: str) -> bytes | None:
        """The bytecode of a module, None if it is not known for the source as it is."""
        if name not in self._known:
            return None
        path, state, start, end = self._known[name]
        return os.pread(self._file, end - start, start) if _state(path) == state else None

    def close(self) -> None:
        """Find no more, and let the next command find what this one had to look for."""
        sys.meta_path.remove(self)
        if self._lacking and not sys.dont_write_bytecode:
            from pathlib import Path

            from gluv.host.files import write_whole

            with contextlib.suppress(OSError):
                write_whole(Path(self._place), self._content())
        if self._file >= 0:
            os.close(self._file)

    def _content(self) -> bytes:
        known: dict[str, _Known] = {}
        content = bytearray(_MARK)
        for name in self._known.keys() | sys.modules.keys():
            # The state first: should the source change now, the code will not count.
            loader = getattr(sys.modules.get(name), "__loader__", None)
            path = self._known[name][0] if name in self._known else getattr(loader, "path", "")
            state = _state(path)
            code = self._code(name)
            if code is None and name.startswith(self._prefix) and type(loader) is SourceFileLoader:
                with contextlib.suppress(OSError, ImportError, SyntaxError):
                    code = marshal.dumps(loader.get_code(name))
            if code is not None and state is not None:
                known[name] = path, state, len(content), len(content) + len(code)
                content += code
        written = marshal.dumps(known)
        return bytes(content + written + len(written).to_bytes(8) + _MARK)


def _state(path: str) -> _State | None:
    """What is another as soon as a file is changed or exchanged; None if it is gone."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
