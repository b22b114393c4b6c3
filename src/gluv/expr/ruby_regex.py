"""Ruby's regular expressions, where GitLab uses them: `rules:changes:regexp`."""

import re

from gluv.text.pattern import later

_PARTS = later(
    r"\\(?P<escaped>.)|\[:(?P<posix>\w+):\]|\(\?<(?P<name>[A-Za-z_]\w*)>|(?P<other>.)", re.DOTALL
)
_ESCAPES = {"z": r"\Z", "Z": r"(?=\n?\Z)", "h": "[0-9a-fA-F]", "H": "[^0-9a-fA-F]"}
_POSIX = {
    "alnum": "A-Za-z0-9",
    "alpha": "A-Za-z",
    "digit": "0-9",
    "lower": "a-z",
    "upper": "A-Z",
    "space": r"\s",
    "word": r"\w",
    "xdigit": "0-9A-Fa-f",
}


class RubyRegexInvalid(ValueError):
    """No regular expression, or one that only Ruby can read."""


def compile_ruby(pattern: str) -> re.Pattern[str]:
    """The expression for `search`; `^` and `$` stand at every line, as in Ruby.

    Raises `RubyRegexInvalid`.
    """
    try:
        return re.compile(_PARTS.sub(_translated, pattern), re.MULTILINE)
    except (re.error, OverflowError, RecursionError) as error:
        raise RubyRegexInvalid(str(error)) from error


def _translated(part: re.Match[str]) -> str:
    if (escaped := part["escaped"]) is not None:
        return _ESCAPES.get(escaped, part[0])
    if (posix := part["posix"]) is not None:
        if posix not in _POSIX:
            raise RubyRegexInvalid(f"unknown class [:{posix}:]")
        return _POSIX[posix]
    if (name := part["name"]) is not None:
        return f"(?P<{name}>"
    return part[0]
