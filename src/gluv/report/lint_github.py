"""The result of a check as workflow commands, which GitHub and Forgejo show beside the lines."""

from collections.abc import Sequence

from gluv.errors import Problem

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def render_github(problems: Sequence[Problem]) -> str:
    """One `::error file=…,line=…,col=…,title=…::message` for each problem."""
    return "\n".join(_command(problem) for problem in problems)


def _command(problem: Problem) -> str:
    mark = problem.mark
    place = f"file={_property(mark.file)},line={mark.line},col={mark.column}," if mark else ""
    text = f"{problem.message} ({problem.hint})" if problem.hint else problem.message
    return f"::{_COMMANDS[problem.severity]} {place}title={_property(problem.code)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
