"""A way to stop, as a person reads it: cause first, then the next step."""

from textwrap import indent

from gluv.errors import ConfigurationInvalid, Stop
from gluv.text.nodes import Source


def render_stop(stop: Stop, sources: dict[str, Source] | None = None) -> str:
    """The text for stderr; a configuration's problems come with their lines."""
    if isinstance(stop, ConfigurationInvalid):
        from gluv.report.problems import render_problems

        text = render_problems(stop.problems, sources or {})
    else:
        text = f"gluv: {stop.message}"
    return f"{text}\n{indent(render_hint(stop.hint), '  ')}" if stop.hint else text


def render_hint(hint: str) -> str:
    """The next step; the lines of several ways out stand below each other."""
    return f"next: {hint}".replace("\n", "\n      ")
