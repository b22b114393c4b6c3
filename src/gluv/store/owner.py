"""Which process wrote a row, and whether that process is still there."""

import os
from pathlib import Path

from gluv.host.process import run


def this_process() -> str:
    """The owner string of this process: its pid and when it began."""
    pid = os.getpid()
    return f"{pid}@{_beginning(pid)}"


def is_alive(owner: str) -> bool:
    """Whether the process of an owner string still runs; a reused pid does not count."""
    pid, _, beginning = owner.partition("@")
    if not pid.isdecimal():
        return False
    now = _beginning(int(pid))
    return now != "" and now == beginning


def _beginning(pid: int) -> str:
    """When a process began, in the machine's own unit; empty if there is no such process."""
    if Path("/proc/self/stat").exists():  # Linux; macOS has no /proc
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return ""
        # The program's name, in parentheses, may hold spaces and parentheses itself. What follows
        # it starts with field 3, the state; field 22 is the start time in ticks since boot.
        fields = stat.rpartition(")")[2].split()
        return "" if fields[0] in ("Z", "X") else f"{fields[19]}/{boot}"
    done = run(
        ["ps", "-o", "lstart=", "-p", str(pid)], env={"LC_ALL": "C", "PATH": "/bin:/usr/bin"}
    )
    return done.stdout.strip()
