"""Masked settings variables: which GitLab would refuse to mask, and keeping them out of print."""

import re
from collections.abc import Callable, Iterable

from gluv.errors import Problem
from gluv.plan.context import Context, SettingVariable
from gluv.plan.layers import Layers
from gluv.plan.scope import Scope

MASK = "[MASKED]"

# GitLab's `Ci::Maskable`: one line without blanks; what may be expanded also of few characters.
_EXPANDED = re.compile(r"[a-zA-Z0-9_+=/@:.~-]{8,}")
_RAW = re.compile(r"\S{8,}")


def unmaskable(settings: Iterable[SettingVariable]) -> tuple[Problem, ...]:
    """A warning for each masked variable whose value GitLab would refuse to mask."""
    return tuple(
        Problem(
            code="unmaskable-variable",
            message=f"the variable {variable.key} of the {variable.scope} is masked, but GitLab "
            f"would refuse to mask it: {reason}",
            severity="warning",
            hint="gluv masks it all the same; give it a longer value of other characters, or leave "
            "out `masked`",
        )
        for variable in settings
        if variable.masked and (reason := _refused(variable))
    )


def _refused(variable: SettingVariable) -> str:
    if variable.raw:
        valid = _RAW.fullmatch(variable.value)
        return "" if valid else "the value needs 8 characters or more, without blanks"
    valid = _EXPANDED.fullmatch(variable.value)
    return (
        ""
        if valid
        else "the value needs 8 characters or more, of letters, digits and _+=/@:.~- only "
        "(any but blanks with `raw = true`)"
    )


def conceal_data(value: object, conceal: Callable[[str], str]) -> object:
    """Plain data (dicts, lists, strings, ...) with every text concealed; keys stay."""
    match value:
        case str():
            return conceal(value)
        case dict():
            return {key: conceal_data(each, conceal) for key, each in value.items()}
        case list() | tuple():
            return [conceal_data(each, conceal) for each in value]
    return value


class Concealer:
    """Replaces the values of masked settings variables by `[MASKED]`, the longest first."""

    def __init__(self, context: Context) -> None:
        masked = [variable for variable in context.settings if variable.masked and variable.value]
        secrets = {variable.value for variable in masked}
        references = [variable.key for variable in masked if "$" in variable.value]
        if references:
            layers = Layers(context, {})
            scope = Scope((layers.predefined, layers.settings(None), layers.pipeline))
            secrets |= {scope.final(f"${{{key}}}") for key in references}
        words = sorted(filter(None, secrets), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, words))) if words else None

    def text(self, text: str) -> str:
        """The text without the secrets."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def data(self, value: object) -> object:
        """Plain data (dicts, lists, strings, ...) without the secrets; keys stay."""
        return value if self._pattern is None else conceal_data(value, self.text)
