"""What ends a run's processes and containers when gluv itself is killed: one small shell a run.

It holds one end of a pipe and sleeps. gluv says goodbye when it ends in good order; if the pipe
closes without that, gluv is gone, and everything that carries the run's mark or its directory is
killed within moments. It needs no privileges. On systems without `/proc` it finds no processes.

As long as it lives it holds a lock on the run's directory: what carries that directory's mark is
killed, so no other run may begin there before it is done.
"""

import contextlib
import fcntl
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gluv.host.process import find_program
from gluv.host.processes_marks import job_marks, run_mark
from gluv.host.processes_orphans import session_of

if TYPE_CHECKING:
    from gluv.host.engine import Engine

_SCRIPT = r"""
IFS= read -r slot; read -r mark
client= ; grace=
while read -r word rest; do
  case $word in
    over) exit 0 ;;
    host) DOCKER_HOST=$rest; export DOCKER_HOST ;;
    grace) grace=$rest ;;
    client) client=$rest ;;
  esac
done
strike() {
  round=0
  while [ $round -lt 20 ]; do
    found=$(grep -lsF -e "$slot/" /proc/[0-9]*/environ
      grep -lsE "^Max realtime timeout +$mark" /proc/[0-9]*/limits)
    [ -n "$found" ] || return 0
    for each in $found; do each=${each#/proc/}; kill -9 "${each%%/*}" 2>/dev/null; done
    round=$((round + 1))
  done
}
strike
if [ -n "$client" ]; then
  for each in $("$client" ps -a -q --filter "label=gluv.slot=$slot"); do
    "$client" rm -f -v $grace "$each"
  done
  for each in $("$client" network ls -q --filter "label=gluv.slot=$slot"); do
    "$client" network rm "$each"
  done
  strike
fi
"""


class Watchdog:
    """Guards one run; started by the first job that needs it. Threads may share it."""

    def __init__(self, slot: Path, environ: Mapping[str, str]) -> None:
        self.slot = slot
        self._environ = dict(environ)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._known = contextlib.ExitStack()
        self._tried = False
        self.has_engine = False
        self._marks = job_marks(slot)

    def mark(self) -> int:
        """The mark for one more step of a job, which is guarded from now on.

        A machine without a shell has no watchdog, and the next run removes what it can.
        """
        with self._lock:
            self._start()
            return next(self._marks)

    def watch_engine(self, engine: "Engine") -> None:
        """Remove the run's containers and networks of this engine too."""
        with self._lock:
            self.has_engine = True
            self._start()
            if address := engine.environ.get("DOCKER_HOST"):
                self._tell(f"host {address}")
            if engine.client == "podman":
                self._tell("grace -t 0")
            self._tell(f"client {engine.program}")

    def close(self) -> None:
        """The run is over in good order; twice is fine."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            with contextlib.suppress(OSError):
                process.stdin.write(b"over\n")
            with contextlib.suppress(OSError):
                process.stdin.close()
            process.wait()
            self._known.close()

    def _start(self) -> None:
        if self._tried:
            return
        self._tried = True
        shell = find_program("sh", os.defpath)
        if shell is None:
            return
        with contextlib.suppress(OSError), _held(self.slot) as lock:
            self._process = subprocess.Popen(
                [shell, "-c", _SCRIPT],
                pass_fds=lock,
                cwd="/",
                env=self._environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                # Neither Ctrl-C nor a closed terminal is for it.
                start_new_session=True,
            )
            self._known.enter_context(session_of(self._process.pid))
            self._tell(str(self.slot))
            self._tell(str(run_mark(self.slot)))

    def _tell(self, line: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.write(os.fsencode(f"{line}\n"))


def is_at_work(slot: Path, *, wait: float = 0) -> bool:
    """Whether the watchdog of a run that held a directory is there, `wait` seconds from now.

    Where directories cannot be locked, as in some network file systems, nobody can tell: False.
    """
    until = time.monotonic() + wait
    with contextlib.suppress(OSError), _opened(slot) as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    return True
                time.sleep(0.01)
            else:
                return False
    return False


@contextlib.contextmanager
def _held(slot: Path) -> Iterator[tuple[int, ...]]:
    """The descriptor by which a watchdog holds a directory, for it to have; none if that is not to
    be had."""
    with _opened(slot) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield ()
        else:
            yield (handle,)


@contextlib.contextmanager
def _opened(directory: Path) -> Iterator[int]:
    handle = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)
