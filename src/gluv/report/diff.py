"""Changed texts as a unified diff that `git apply` takes."""

from collections.abc import Mapping
from difflib import unified_diff


def render_diff(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """The changes file by file, with line ends as they are; empty without any."""
    parts: list[str] = []
    for name in sorted(after):
        old, new = _lines(before.get(name, "")), _lines(after[name])
        for line in unified_diff(old, new, f"a/{name}", f"b/{name}"):
            parts.append(line)
            if not line.endswith("\n"):
                parts.append("\n\\ No newline at end of file\n")
    return "".join(parts)


def _lines(text: str) -> list[str]:
    parts = text.split("\n")
    return [f"{line}\n" for line in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
