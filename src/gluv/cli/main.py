"""The command line: errors become exit codes here."""

import contextlib
import errno
import sys
from collections.abc import Mapping

from gluv.errors import Stop, exhaustion


def execute(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Run the command line; every way to stop ends in a message and its exit code."""
    if "_GLUV_COMPLETE" in environ:
        from gluv.cli.completion import register

        register()
    try:
        if is_plain(arguments, environ):
            from gluv.cli.plain import call_plain

            return call_plain(arguments)
        from gluv.cli.group import call

        return call(arguments, environ)
    except Stop as stop:
        from gluv.report.stop import render_stop

        _say(render_stop(stop))
        return stop.exit_code
    except KeyboardInterrupt:
        _say("gluv: cancelled")
        return 130
    except BrokenPipeError as error:
        from gluv.cli.silence import fall_silent

        return 0 if fall_silent() else _unforeseen(error, environ)
    except Exception as error:
        return _unforeseen(error, environ)


def is_plain(arguments: list[str], environ: Mapping[str, str]) -> bool:
    """Whether this is `run` or `plan` with nothing but names of jobs: no need to load click."""
    return (
        arguments[:1] in (["run"], ["plan"])
        and not any(word.startswith("-") for word in arguments)
        and "_GLUV_COMPLETE" not in environ
    )


def explain_unwritable(error: OSError) -> int:
    """Standard output cannot be written: say why, once, and return the exit code for that.

    The reader of a pipe may leave when it likes (`gluv logs | head`): that is 0, and no word.
    """
    from gluv.cli.silence import fall_silent, send_nowhere

    if error.errno == errno.EPIPE and fall_silent():
        return 0
    send_nowhere(1)
    _say(
        f"gluv: standard output cannot be written: {error.strerror}\n"
        "  next: free some space where it goes, or send it elsewhere"
    )
    return 6


def _unforeseen(error: Exception, environ: Mapping[str, str]) -> int:
    """What a machine lacks has a cause and a cure; anything else is a fault of gluv."""
    if environ.get("GLUV_DEBUG"):
        raise error
    if isinstance(error, OSError) and error.filename is None:
        try:
            sys.stdout.flush()
        except OSError as unwritable:
            return explain_unwritable(unwritable)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        _say(f"gluv: the disk is full: {error}\n  next: free some space")
        return 6
    if (lack := exhaustion(error)) is not None:
        _say(f"gluv: {lack.message}\n  next: {lack.hint}")
        return lack.exit_code
    if isinstance(error, PermissionError):
        _say(f"gluv: {error}\n  next: check the permissions of that path")
        return 6
    kind = type(error).__name__
    _say(
        f"gluv: a fault of gluv itself: {kind}: {error}\n"
        "  next: run again with GLUV_DEBUG=1 and report what it prints"
    )
    return 70


def _say(text: str) -> None:
    # Who cannot hear it is told by the exit code.
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)
