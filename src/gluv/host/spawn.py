"""Programs started without holding up the other threads.

Python's own way keeps its lock until the new program has begun, which costs every other thread a
millisecond where jobs come close together. The C library's `posix_spawn`, called without the lock,
does not. Where that is not to be had, Python's own way is taken.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

_SETSIGDEF, _SETSID = 0x04, 0x80
"""Flags of `posix_spawnattr_setflags`, of glibc and musl."""

_ROOM = 1024
"""Bytes for one of the library's structures; the largest takes 336."""


class Child(Protocol):
    """A program that was started; like `subprocess.Popen`."""

    pid: int
    returncode: int | Any

    def poll(self) -> int | None:
        """Its exit code, minus the signal that ended it, None while it runs."""
        ...

    def wait(self) -> int:
        """The same once it has ended."""
        ...


def spawn(
    args: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: int, output: int
) -> Child:
    """Start a program in a session of its own; `output` is where stdout and stderr go.

    It gets no other descriptor but those that are inheritable. Raises `OSError`.
    """
    plain = min(stdin, output) > 2 and os.path.isabs(args[0])
    library = _library() if plain else None
    if library is not None:
        return _Spawned(library, args, cwd, env, stdin, output)
    return subprocess.Popen(
        args,
        cwd=cwd,
        env=env,
        stdin=stdin,
        stdout=output,
        stderr=output,
        start_new_session=True,
        close_fds=False,
    )


class _Spawned:
    def __init__(
        self,
        library: "_Library",
        args: Sequence[str],
        cwd: Path,
        env: Mapping[str, str],
        stdin: int,
        output: int,
    ) -> None:
        self.pid = library.spawn(args, cwd, env, stdin, output)
        self.returncode: int | None = None
        self._waiting = threading.Lock()

    def poll(self) -> int | None:
        return self._wait(os.WNOHANG)

    def wait(self) -> int:
        code = self._wait(0)
        assert code is not None
        return code

    def _wait(self, options: int) -> int | None:
        # The status is told once: of two threads that ask, one would hear that there is no child.
        if not self._waiting.acquire(blocking=not options):
            return None
        try:
            if self.returncode is None:
                try:
                    pid, status = os.waitpid(self.pid, options)
                except ChildProcessError:
                    # Somebody else has waited for it; Python's own way says the same.
                    pid, status = self.pid, 0
                if pid:
                    self.returncode = os.waitstatus_to_exitcode(status)
            return self.returncode
        finally:
            self._waiting.release()


class _Library:
    """The functions of the C library. Raises `AttributeError` if one is not there."""

    def __init__(self) -> None:
        import ctypes

        self._ctypes = ctypes
        # Calls of a `CDLL` are made without Python's lock.
        self._c = ctypes.CDLL(None)
        self._spawn = self._c.posix_spawn
        self._chdir = self._c.posix_spawn_file_actions_addchdir_np
        self._attributes = ctypes.create_string_buffer(_ROOM)
        defaults = ctypes.create_string_buffer(_ROOM)
        self._c.sigemptyset(defaults)
        # Python ignores these; a program expects them to be as usual.
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            self._c.sigaddset(defaults, int(number))
        self._c.posix_spawnattr_init(self._attributes)
        self._c.posix_spawnattr_setsigdefault(self._attributes, defaults)
        self._c.posix_spawnattr_setflags(self._attributes, ctypes.c_short(_SETSIGDEF | _SETSID))

    def spawn(
        self, args: Sequence[str], cwd: Path, env: Mapping[str, str], stdin: int, output: int
    ) -> int:
        """The number of the new process."""
        ctypes = self._ctypes
        actions = ctypes.create_string_buffer(_ROOM)
        self._c.posix_spawn_file_actions_init(actions)
        try:
            pid = ctypes.c_int()
            failed = self._chdir(actions, os.fsencode(cwd))
            for handle, number in ((stdin, 0), (output, 1), (output, 2)):
                failed = failed or self._c.posix_spawn_file_actions_adddup2(actions, handle, number)
            failed = failed or self._spawn(
                ctypes.byref(pid),
                os.fsencode(args[0]),
                actions,
                self._attributes,
                self._array(args),
                self._array([f"{name}={value}" for name, value in env.items()]),
            )
        finally:
            self._c.posix_spawn_file_actions_destroy(actions)
        if failed:
            raise OSError(
                failed, os.strerror(failed), args[0] if os.access(cwd, os.X_OK) else str(cwd)
            )
        return int(pid.value)

    def _array(self, texts: Sequence[str]) -> Any:
        """The texts as C has them. Raises `ValueError` for one with a NUL in it, like Python."""
        encoded = os.fsencode("\0".join(texts)).split(b"\0") if texts else []
        if len(encoded) != len(texts):
            raise ValueError("embedded null byte")
        return (self._ctypes.c_char_p * (len(texts) + 1))(*encoded, None)


@cache
def _library() -> _Library | None:
    try:
        return _Library() if sys.platform == "linux" else None
    except (ImportError, OSError, AttributeError):
        return None
