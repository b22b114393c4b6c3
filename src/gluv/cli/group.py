"""The command line as click reads it: every command, loaded when it is called."""

import contextlib
import importlib
import sys
from collections.abc import Mapping

import click

from gluv.report.paint import Paint

COMMANDS = {
    "run": "run_command",
    "shell": "shell",
    "plan": "plan_command",
    "test": "test",
    "init": "init",
    "lint": "lint",
    "explain": "explain",
    "show": "show",
    "graph": "graph",
    "variables": "variables",
    "status": "status",
    "logs": "logs",
    "artifacts": "artifacts",
    "cache": "caches",
    "clean": "clean",
    "doctor": "doctor",
    "serve": "serve",
    "token": "tokens",
    "project": "projects",
    "group": "groups",
    "release": "release",
    "demo": "demo",
}
"""Command to the module of `gluv.cli` that holds it as `command`."""


class Commands(click.Group):
    """Imports the module of a command when it is asked for, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of a day's work."""
        return list(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each command with its first sentence, wrapped where click would cut it."""
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [
            (name, command.get_short_help_str(limit=1000)) for name, command in commands if command
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"gluv.cli.{COMMANDS[cmd_name]}")
        command: click.Command = module.command
        return command


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(None, "-V", "--version", package_name="gluv", message="gluv %(version)s")
def gluv() -> None:
    """Run a uv project's GitLab CI/CD pipeline on this machine, exactly as GitLab would.

    Exit codes: 0 the pipeline passed, 1 a job failed, 2 the configuration or the command line is
    wrong, 3 the git repository cannot be used, 4 an image cannot be provided, 5 no network,
    6 .gluv or standard output cannot be written, 7 the embedded GitLab cannot listen, 8 no
    container engine, 70 a fault of gluv, 130 cancelled.
    """


def call(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Do what the arguments say; raises what the command does. The exit code."""
    # Without a terminal click would take out the colours that FORCE_COLOR asks for.
    color = True if Paint.of(sys.stdout, environ).enabled else None
    if "_GLUV_COMPLETE" in environ:
        gluv.main(arguments, prog_name="gluv")
    try:
        # Not `gluv.main`: that ends the program when a reader has left.
        with gluv.make_context("gluv", arguments, color=color) as context:
            result = gluv.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        with contextlib.suppress(OSError):
            error.show()
        return 2
    except click.Abort as error:
        raise KeyboardInterrupt from error
    return result if isinstance(result, int) else 0
