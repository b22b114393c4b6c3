"""Commands of a job to the text one shell runs, in the spirit of GitLab Runner's bash writer."""

from collections.abc import Sequence

import msgspec

from gluv.script.quoting import quote
from gluv.trace.ansi import BOLD_GREEN, RESET

# `command` lets a shell that does not know pipefail go on; to try it in a subshell costs a process.
_PROLOGUE = """\
command set -o pipefail 2> /dev/null || :
set -o errexit
set +o noclobber
"""

COLLAPSED = " # collapsed multi-line command"
"""What GitLab Runner puts behind the first line of a command that has several."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A command whose echo is not its own text."""

    text: str
    echo: str


def write_script(
    commands: Sequence[str | Shown], *, directory: str, said: str = "", trace: bool = False
) -> str:
    """The text for the standard input of `bash` or `sh`: all commands in one shell.

    errexit and, where the shell knows it, pipefail are on, noclobber is off (GitLab Runner's
    rules). Every command is echoed first. The commands read an empty standard input, not this
    text. `directory` is where they start, `said` a line printed before the first. With `trace` the
    shell prints what it does (`CI_DEBUG_TRACE`).
    """
    body = [f"cd {quote(directory)}"]
    if said:
        body.append(f"printf '%s\\n' {quote(f'{BOLD_GREEN}{said}{RESET}')}")
    for command in commands:
        if isinstance(command, Shown):
            body += (_echo(command.echo), command.text)
        else:
            body += (_echo(command), command)
    # Only a subshell ends at every error: bash goes on after `$((08))` with the next command of an
    # `eval` in its first shell, errexit or not. It keeps the exit code, which becomes 1 in bash's
    # `: | eval`, GitLab Runner's older way.
    text = ("set -o xtrace\n" if trace else "") + "\n".join(body) + "\n"
    return f"{_PROLOGUE}( eval {quote(text)} ) < /dev/null\nexit 0\n"


def _echo(command: str) -> str:
    """The echo of a command: its first line, and a mark if there are more (GitLab Runner's)."""
    first, *more = command.strip().split("\n")
    mark = COLLAPSED if more else ""
    return f"printf '%s\\n' {quote(f'{BOLD_GREEN}$ {first}{mark}{RESET}')}"
