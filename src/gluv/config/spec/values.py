"""The values of a configuration's inputs: what was given against what `spec:inputs` allows."""

import json
from collections.abc import Callable, Mapping

from gluv.config.spec.model import InputSpec
from gluv.config.spec.rules import matching_rule
from gluv.errors import Mark, Problem
from gluv.expr.regex import RegexInvalid, compile_source

_A = {"array": "an array", "boolean": "a boolean", "number": "a number", "string": "a string"}


def resolve_inputs(
    specs: Mapping[str, InputSpec],
    given: Mapping[str, object],
    variables: Mapping[str, str],
    mark_of: Callable[[str], Mark | None],
) -> tuple[dict[str, object], list[Problem]]:
    """The value of every input, defaults included, in the order of `specs`.

    `given` are plain values (strings, numbers, booleans, lists); text that is JSON counts as what
    it stands for where a string is not wanted. `mark_of` says where a given input was written.
    """
    problems: list[Problem] = []
    unknown = [name for name in given if name not in specs]
    if unknown:
        problems.append(
            Problem(
                code="input",
                message=f"unknown input arguments: {', '.join(unknown)}",
                mark=mark_of(unknown[0]),
                hint=f"The inputs are: {', '.join(specs)}." if specs else "",
            )
        )
    values: dict[str, object] = {}
    for name, spec in specs.items():
        value = _Value(spec, given.get(name), {**given, **values}, variables)
        values[name] = value.actual()
        mark = mark_of(name) if given.get(name) is not None else None
        problems += [
            Problem(code="input", message=f"`{name}` input: {text}", mark=mark or spec.mark)
            for text in value.mistakes()
        ]
    return values, problems


class _Value:
    def __init__(
        self,
        spec: InputSpec,
        given: object,
        inputs: Mapping[str, object],
        variables: Mapping[str, str],
    ) -> None:
        self.spec = spec
        self.given = given
        self.default, self.has_default, self.options = spec.default, spec.has_default, spec.options
        if spec.rules is not None:
            rule = matching_rule(spec, inputs, variables)
            if rule is not None:
                self.default, self.has_default = rule.default, rule.has_default
                self.options = rule.options

    def actual(self) -> object:
        return self._coerced(self.default if self.given is None else self.given)

    def mistakes(self) -> list[str]:
        if self.given is None and not self.has_default:
            return ["required value has not been provided"]
        found: list[str] = []
        # A rule may offer null, which leaves the choice open; a plain default may not.
        if self.has_default and not (self.spec.rules is not None and self.default is None):
            found += self._check(self.default, "default")
        if self.given is not None:
            found += self._check(self.given, "provided")
        return list(dict.fromkeys(found))

    def _check(self, value: object, which: str) -> list[str]:
        spec = self.spec
        value = self._coerced(value)
        found: list[str] = []
        if not _is_a(spec.type, value):
            found.append(f"{which} value is not {_A[spec.type]}")
        if self.options is not None:
            if spec.type not in ("string", "number"):
                found.append("Options can only be used with string and number inputs")
            elif value is not None and not any(_same(value, option) for option in self.options):
                text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                found.append(
                    f"`{text}` cannot be used because it is not in the list of allowed options"
                )
        if spec.has_regex:
            if spec.type != "string":
                found.append("RegEx validation can only be used with string inputs")
            elif isinstance(value, str):
                found += _match(spec.regex or "", value, which)
        return found

    def _coerced(self, value: object) -> object:
        if self.spec.type == "string" or not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            return value


def _match(regex: str, value: str, which: str) -> list[str]:
    try:
        matched = compile_source(regex).search(value)
    except RegexInvalid:
        return ["invalid regular expression"]
    return [] if matched else [f"{which} value does not match required RegEx pattern"]


def _is_a(kind: str, value: object) -> bool:
    match kind:
        case "array":
            return isinstance(value, list)
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def _same(left: object, right: object) -> bool:
    # Ruby: 1 == true is false.
    return isinstance(left, bool) == isinstance(right, bool) and left == right
