"""The options that say which pipeline is meant, the same on every command that plans."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from gluv.cli.project import Where
from gluv.errors import UsageWrong
from gluv.host.context import ContextOptions

Command = Callable[..., Any]

_OPTIONS = (
    click.option("--branch", metavar="NAME", help="The pipeline of this branch."),
    click.option("--tag", metavar="TAG", help="The pipeline of this tag."),
    click.option("--mr", metavar="TARGET", help="The merge request into this branch."),
    click.option("--source", metavar="NAME", help="CI_PIPELINE_SOURCE: push, web, schedule, ..."),
    click.option(
        "--var", "variables", metavar="KEY=VALUE", multiple=True, help="A pipeline variable."
    ),
    click.option(
        "--input", "inputs", metavar="KEY=VALUE", multiple=True, help="An input of spec:inputs."
    ),
    click.option("--context", "named", metavar="NAME", help="An event of [tool.gluv.contexts]."),
    click.option("--commit", is_flag=True, help="The files of the commit, not the working tree."),
    click.option("--offline", is_flag=True, help="Includes only as they were fetched before."),
    click.option("--refresh", is_flag=True, help="Fetch every include anew."),
    click.option(
        "-f", "--file", type=click.Path(path_type=Path), help="Another file than .gitlab-ci.yml."
    ),
    click.option(
        "-C",
        "--directory",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(),
        help="The project, if it is not here.",
    ),
)


def which_pipeline(command: Command) -> Command:
    """Give a command the context options; it receives them as `where: Where`."""

    @wraps(command)
    def wrapped(
        *,
        branch: str | None,
        tag: str | None,
        mr: str | None,
        source: str | None,
        variables: tuple[str, ...],
        inputs: tuple[str, ...],
        named: str | None,
        commit: bool,
        offline: bool,
        refresh: bool,
        file: Path | None,
        directory: Path,
        **rest: Any,
    ) -> Any:
        if offline and refresh:
            raise UsageWrong(
                "--refresh fetches, --offline does not", hint="give one of --offline and --refresh"
            )
        where = Where(
            directory=directory,
            file=file,
            context=ContextOptions(
                branch=branch,
                tag=tag,
                mr=mr,
                source=source,
                variables=dict(_variable(text) for text in variables),
                commit=commit,
            ),
            named=named,
            inputs=dict(_input(text) for text in inputs),
            offline=offline,
            refresh=refresh,
        )
        return command(where=where, **rest)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def _variable(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key.isidentifier():
        raise UsageWrong(f"--var {text}: expected KEY=VALUE", hint="for example --var DEPLOY=true")
    return key, _text(f"--var {key}", value)


def _input(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise UsageWrong(
            f"--input {text}: expected KEY=VALUE", hint="for example --input environment=staging"
        )
    return key, _text(f"--input {key}", value)


def _text(option: str, value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UsageWrong(
            f"{option}: the value is not UTF-8 text", hint="as base64 it can be any bytes"
        ) from None
    return value
