"""Globs as GitLab Runner's helper reads them (`*`, `**`, `?`, `[a-z]`, `{a,b}`)."""

import re


def compile_glob(pattern: str) -> re.Pattern[str]:
    """A pattern over whole relative paths; `*` stays within a name and matches dot files too."""
    return re.compile(_translate(pattern), re.DOTALL)


def static_prefix(pattern: str) -> str:
    """The directory in front of the first part that is a pattern, `.` if there is none."""
    kept: list[str] = []
    for part in pattern.split("/")[:-1]:
        if re.search(r"[*?\[{\\]", part):
            break
        kept.append(part)
    return "/".join(kept) or "."


def _translate(pattern: str) -> str:
    out: list[str] = []
    depth = 0
    at = 0
    while at < len(pattern):
        char = pattern[at]
        rest = pattern[at:]
        if rest.startswith("**/") and (at == 0 or pattern[at - 1] == "/"):
            out.append("(?:[^/]+/)*")
            at += 3
            continue
        if rest == "**" and out and out[-1] == "/":
            out[-1] = "(?:/.*)?"
            at += 2
            continue
        if rest.startswith("**"):
            out.append(".*" if rest == "**" else "[^/]*")
            at += 2
            continue
        match char:
            case "*":
                out.append("[^/]*")
            case "?":
                out.append("[^/]")
            case "[" if (end := pattern.find("]", at + 2)) > 0:
                body = pattern[at + 1 : end]
                negated = body[0] in "!^"
                inner = re.escape(body[1:] if negated else body).replace(r"\-", "-")
                out.append(f"[{'^/' if negated else ''}{inner}]")
                at = end
            case "{":
                out.append("(?:")
                depth += 1
            case "}" if depth:
                out.append(")")
                depth -= 1
            case "," if depth:
                out.append("|")
            case "\\" if at + 1 < len(pattern):
                at += 1
                out.append(re.escape(pattern[at]))
            case _:
                out.append(re.escape(char) if char != "/" else "/")
        at += 1
    return "".join(out) + ")" * depth
