"""One variable with the place it came from, and how far an environment scope reaches."""

import re

import msgspec

from gluv.config.keywords.variables import Variable


class EnvVar(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A variable as a job sees it.

    `origin` says who defined it, for people ("GitLab", "runner", ".gitlab-ci.yml:3",
    "project settings", "dotenv of build"). `file` means that the job sees a path to a file with
    the value; `raw` that nothing in the value is expanded (`expand: false`).
    """

    key: str
    value: str
    origin: str
    masked: bool = False
    file: bool = False
    raw: bool = False


Variables = dict[str, EnvVar]


class Layer(dict[str, EnvVar]):
    """Variables of one strength; many jobs share a layer, so what is asked of it is kept."""

    __slots__ = ("_expandable",)
    _expandable: tuple[EnvVar, ...] | None

    def __init__(self, variables: Variables) -> None:
        super().__init__(variables)
        self._expandable = None

    @property
    def expandable(self) -> tuple[EnvVar, ...]:
        """The variables whose value holds something that could be a reference."""
        if self._expandable is None:
            self._expandable = tuple(
                variable
                for variable in self.values()
                if "$" in variable.value or "%" in variable.value
            )
        return self._expandable


def named(values: dict[str, str], origin: str) -> Variables:
    """Plain values as variables of one origin. They are expanded like any other, as on GitLab."""
    return {key: EnvVar(key=key, value=value, origin=origin) for key, value in values.items()}


def yaml_variables(variables: dict[str, Variable]) -> Variables:
    """Variables of the YAML; the origin is the file and the line."""
    return {
        key: EnvVar(
            key=key,
            value=variable.value,
            origin=f"{variable.mark.file}:{variable.mark.line}" if variable.mark else "YAML",
            raw=not variable.expand,
        )
        for key, variable in variables.items()
    }


def scope_matches(scope: str, environment: str | None) -> bool:
    """Whether a variable of this environment scope reaches the job (`*` is any text)."""
    if scope == "*":
        return True
    if environment is None:
        return False
    pattern = ".*".join(re.escape(part) for part in scope.split("*"))
    return re.fullmatch(pattern, environment, re.DOTALL) is not None
