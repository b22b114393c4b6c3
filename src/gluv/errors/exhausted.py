"""What the system says when it has no more to give."""

import errno

from gluv.errors.stop import MachineExhausted

LESS = "let fewer jobs run at once (-j)"
"""What helps against every lack."""

_LACKING = {
    errno.EMFILE: ("open files", "ulimit -n"),
    errno.ENFILE: ("open files", "fs.file-max"),
    errno.EAGAIN: ("processes", "ulimit -u"),
    errno.ENOMEM: ("memory", "ulimit -v"),
}


def exhaustion(error: BaseException) -> MachineExhausted | None:
    """What an error of the system means if it is a lack of memory, threads, processes or files."""
    match error:
        case MemoryError():
            what, limit = _LACKING[errno.ENOMEM]
        case RuntimeError() if "can't start new thread" in str(error):
            what, limit = "threads", "ulimit -u"
        case OSError() if error.errno in _LACKING:
            what, limit = _LACKING[error.errno]
        case _:
            return None
    said = f": {error}" if str(error) else ""
    return MachineExhausted(
        f"the system gives gluv no more {what}{said}",
        hint=f"{LESS}, or raise the limit ({limit})",
    )
