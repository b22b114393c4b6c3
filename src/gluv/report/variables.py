"""Settings variables as a table that shows everything but their values."""

from collections.abc import Iterable

from gluv.plan.context import SettingVariable
from gluv.report.paint import Paint

_FLAGS = ("masked", "protected", "file", "raw")


def render_variables(variables: Iterable[SettingVariable], paint: Paint) -> str:
    """Key, whose setting it is, for which environments, and its flags."""
    table = [("variable", "of", "environments", "")]
    table += [
        (
            variable.key,
            f"group {variable.group}".strip() if variable.scope == "group" else variable.scope,
            variable.environment_scope,
            ", ".join(flag for flag in _FLAGS if getattr(variable, flag)),
        )
        for variable in variables
    ]
    widths = [max(len(row[index]) for row in table) for index in range(4)]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
    return "\n".join([paint(lines[0], "bold"), *lines[1:]])
