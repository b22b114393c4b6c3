"""The program: `gluv` and `python -m gluv`."""

import gc
import os
import sys
from io import TextIOWrapper

GARBAGE = 100_000
"""Objects between two looks for garbage: nearly all that a command makes it keeps to its end."""


def main() -> None:
    """Run the command line; `--version` alone is answered before anything heavy is imported."""
    _ready_streams()
    if sys.argv[1:] in (["--version"], ["-V"]):
        from gluv import __version__

        sys.stdout.write(f"gluv {__version__}\n")
        _leave(0)
    gc.set_threshold(GARBAGE)
    try:
        from gluv.start import load_msgspec

        load_msgspec()
        from gluv.cli.main import execute

        code = execute(sys.argv[1:], os.environ)
    except KeyboardInterrupt:
        # Ctrl-C while the command line itself is still being imported.
        sys.stderr.write("gluv: cancelled\n")
        sys.exit(130)
    _leave(code)


def _ready_streams() -> None:
    """Nothing is read from a stream that the caller closed, and what is written there is lost.

    Left closed, its number would go to the next file that is opened. What a terminal cannot show
    (its encoding need not be UTF-8, names of files need not be text) is a question mark.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _leave(code: int) -> None:
    """End now: taking the interpreter apart would cost more than many a command."""
    if os.environ.get("GLUV_DEBUG"):
        sys.exit(code)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError as error:
        from gluv.cli.main import explain_unwritable

        code = code or explain_unwritable(error)
    os._exit(code)


if __name__ == "__main__":
    main()
