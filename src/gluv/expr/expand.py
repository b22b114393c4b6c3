"""References to variables in text, in the three dialects that meet in a pipeline.

GitLab expands some keywords itself, the runner expands others like Go's `os.Expand`, and its
helper expands the paths of caches and artifacts like a shell.
"""

import re
from collections.abc import Callable, Mapping
from fnmatch import translate
from typing import Literal

from gluv.text.pattern import later

Lookup = Mapping[str, str] | Callable[[str], str | None]

_NAME = r"[a-zA-Z_][a-zA-Z0-9_]*"
REFERENCE = later(rf"\$({_NAME})|\$\{{({_NAME})\}}|%({_NAME})%")


def expand(text: str, lookup: Lookup, *, unknown: Literal["keep", "empty"] = "keep") -> str:
    """`text` with `$V`, `${V}` and `%V%` replaced once, as GitLab does in keywords.

    Used in include, tags, environment, resource_group, trigger, rules:changes and rules:exists.
    There is no escape here: `$$V` is a dollar and the value. See `expand_variables` for variables.
    """
    if "$" not in text and "%" not in text:
        return text
    get = lookup.get if isinstance(lookup, Mapping) else lookup

    def value(match: re.Match[str]) -> str:
        found = get(match[1] or match[2] or match[3])
        if found is None:
            return match[0] if unknown == "keep" else ""
        return found

    return REFERENCE.sub(value, text)


_GO = later(
    r"\$(?:\{(?:(?P<special>[*#$@!?\-0-9])\}|(?P<braced>[^}]+)\}|\}|)"
    r"|(?P<short>[*#$@!?\-0-9]|[A-Za-z_][A-Za-z0-9_]*))"
)


def runner_expand(text: str, mapping: Mapping[str, str]) -> str:
    """`text` as the runner's own expansion leaves it (image, services, cache:key, release).

    Go's `os.Expand` in a single pass: unknown names are empty, `$$` is a dollar, `$(` and `$'`
    stay, a broken `${` is eaten.
    """
    if "$" not in text:
        return text

    def value(match: re.Match[str]) -> str:
        name = match["special"] or match["braced"] or match["short"] or ""
        return "$" if name == "$" else mapping.get(name, "")

    return _GO.sub(value, text)


_SHELL = later(
    rf"\\(?P<escaped>[$\\`\"])|\$(?P<plain>{_NAME})|\$\{{#(?P<length>{_NAME})\}}|\$\{{(?P<braced>{_NAME})"
)
_OPERATOR = later(r":?[-=+?]|##?|%%?")


def path_expand(text: str, mapping: Mapping[str, str]) -> str:
    """`text` as a shell expands it in double quotes, for the paths of caches and artifacts.

    `$V`, `${V}`, `${#V}`, `${V:-default}` and its relatives, `${V#prefix}`, `${V%suffix}`;
    unknown names are empty; no commands are run.
    """
    return _shell(text, mapping, 0)


def _shell(text: str, mapping: Mapping[str, str], depth: int) -> str:
    if ("$" not in text and "\\" not in text) or depth > 20:
        return text
    out: list[str] = []
    at = 0
    while match := _SHELL.search(text, at):
        out.append(text[at : match.start()])
        at = match.end()
        if match["escaped"]:
            out.append(match["escaped"])
        elif match["plain"]:
            out.append(mapping.get(match["plain"], ""))
        elif match["length"]:
            out.append(str(len(mapping.get(match["length"], ""))))
        else:
            close = _closing(text, at)
            if close is None:
                out.append(match[0])
            else:
                out.append(_parameter(match["braced"], text[at:close], mapping, depth))
                at = close + 1
    out.append(text[at:])
    return "".join(out)


def _closing(text: str, at: int) -> int | None:
    level = 1
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text.startswith("${", at):
            level += 1
            at += 1
        elif text[at] == "}":
            level -= 1
            if not level:
                return at
        at += 1
    return None


def _parameter(name: str, rest: str, mapping: Mapping[str, str], depth: int) -> str:
    value = mapping.get(name)
    operator = _OPERATOR.match(rest)
    if operator is None:
        return value or "" if not rest else f"${{{name}{rest}}}"
    sign, word = operator[0], rest[operator.end() :]
    missing = not value if sign.startswith(":") else value is None
    if sign[-1] in "-=":
        return _shell(word, mapping, depth + 1) if missing else value or ""
    if sign[-1] == "+":
        return "" if missing else _shell(word, mapping, depth + 1)
    if sign[-1] == "?":
        return value or ""
    return _trim(value or "", sign, _shell(word, mapping, depth + 1))


def _trim(value: str, sign: str, pattern: str) -> str:
    matches = re.compile(translate(pattern)).match
    size = len(value)
    if sign[0] == "#":
        ends = range(size + 1) if sign == "#" else range(size, -1, -1)
        return next((value[end:] for end in ends if matches(value[:end])), value)
    starts = range(size, -1, -1) if sign == "%" else range(size + 1)
    return next((value[:start] for start in starts if matches(value[start:])), value)
