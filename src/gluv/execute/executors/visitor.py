"""The shell of `gluv shell`: how it is called, and what it knows on top of the job's variables."""

import os
import re
from collections.abc import Mapping

from gluv.execute.executors.inside import FIND_SHELL
from gluv.script.quoting import quote

_BARE = ("--noprofile", "--norc")
"""bash reads no configuration: nothing of it is the job's."""


def shell_options(shell: str, command: str | None, *, terminal: bool) -> tuple[str, ...]:
    """The options for a command, for a person at a terminal, or for a script on standard input."""
    bare = _BARE if os.path.basename(shell) == "bash" else ()
    if command is not None:
        return (*bare, "-c", command)
    return (*bare, "-i") if terminal else bare


def visitor_variables(job: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The terminal as the caller has it, and a prompt that says where one is."""
    kept = {name: environ[name] for name in ("TERM", "COLORTERM") if name in environ}
    # bash would run what is written in a prompt.
    shown = re.sub(r"[^\w .:,/\[\]-]", "?", job)
    return {**kept, "PS1": f"({shown}) $ "}


def write_visit(command: str | None, surroundings: str, *, directory: str, terminal: bool) -> str:
    """The text that becomes the visitor's shell in a container."""
    bash = " ".join(map(quote, shell_options("bash", command, terminal=terminal)))
    other = " ".join(map(quote, shell_options("sh", command, terminal=terminal)))
    start = f'case "$s" in */bash) exec "$s" {bash} ;; *) exec "$s" {other} ;; esac'
    become = FIND_SHELL.replace('exec "$s"', start)
    return f"{surroundings}cd {quote(directory)}\n{become}\n"
