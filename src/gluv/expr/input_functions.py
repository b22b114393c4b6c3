"""The functions of `$[[ inputs.x | function ]]`."""

import re
from collections.abc import Callable, Container, Mapping

import msgspec

from gluv.expr.expand import REFERENCE


class FunctionFailed(ValueError):
    """A function refuses its input or does not exist; the text is GitLab's sentence."""


class Scope(msgspec.Struct, frozen=True):
    """What `expand_vars` may see: the variables before the pipeline, and which are masked."""

    variables: Mapping[str, str]
    masked: Container[str] = ()


_TRUNCATE = re.compile(r"truncate\(\s*([0-9]+)\s*,\s*([0-9]+)\s*\)?")
_SPLIT = re.compile(r"split\('([^']*)'\)")


def apply_function(call: str, value: object, scope: Scope) -> object:
    """`value` after the function written `call`; raises FunctionFailed."""
    if match := _TRUNCATE.fullmatch(call):
        offset, length = int(match[1][:9]), int(match[2][:9])
        return _string("truncate", value)[offset : offset + length]
    if match := _SPLIT.fullmatch(call):
        return _split(_string("split", value), match[1])
    if call == "expand_vars":
        return _expand_vars(_string("expand_vars", value), scope)
    if call in ("posix_escape", "posix_quote"):
        return posix_escape(_string(call, value))
    raise FunctionFailed(
        f"no function matching `{call}`: check that the function name, arguments, and types are"
        " correct"
    )


def check_function(call: str) -> None:
    """Raise FunctionFailed if no function is written `call`."""
    known: tuple[Callable[[str], object], ...] = (_TRUNCATE.fullmatch, _SPLIT.fullmatch)
    if call in ("expand_vars", "posix_escape", "posix_quote") or any(f(call) for f in known):
        return
    raise FunctionFailed(
        f"no function matching `{call}`: check that the function name, arguments, and types are"
        " correct"
    )


def posix_escape(text: str) -> str:
    """`text` as one shell word, with backslashes, as Ruby's `Shellwords.escape` writes it."""
    if not text:
        return "''"
    return re.sub(r"[^A-Za-z0-9_\-.,:+/@\n]", r"\\\g<0>", text).replace("\n", "'\n'")


def _string(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    raise FunctionFailed(
        f"error in `{name}` function: invalid input type: {name} can only be used with string"
        " inputs"
    )


def _split(text: str, separator: str) -> list[str]:
    if not separator:
        raise FunctionFailed(
            "error in `split` function: invalid argument: separator cannot be empty"
        )
    return [part.strip() for part in text.split(separator) if part.strip()]


def _expand_vars(text: str, scope: Scope) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2] or match[3]
        found = scope.variables.get(name)
        if found is None:
            return match[0]
        if name in scope.masked:
            raise FunctionFailed(
                "error in `expand_vars` function: variable expansion error:"
                " masked variables cannot be expanded"
            )
        return found

    return REFERENCE.sub(value, text)
