"""What the user wrote between the marks of a generated file."""

import re

_SLOT = re.compile(
    r"(?m)^(?P<indent>[ \t]*)# >>> yours: (?P<name>.+?)[ \t]*\n"
    r"(?P<content>(?:(?!^[ \t]*# <<< yours: ).*\n)*?)"
    r"[ \t]*# <<< yours: (?P=name)[ \t]*$"
)


def read_kept(text: str) -> dict[str, str]:
    """The content of each slot by its name, byte for byte; empty ones are left out."""
    return {found["name"]: found["content"] for found in _SLOT.finditer(text) if found["content"]}


def put_kept(text: str, kept: dict[str, str]) -> str:
    """`text` with its slots filled; a slot that is no longer there is added at the end."""
    left = dict(kept)

    def fill(found: re.Match[str]) -> str:
        name, indent = found["name"], found["indent"]
        content = left.pop(name, found["content"])
        return f"{indent}# >>> yours: {name}\n{content}{indent}# <<< yours: {name}"

    filled = _SLOT.sub(fill, text)
    for name, content in left.items():
        filled += f"\n# >>> yours: {name}\n{content}# <<< yours: {name}\n"
    return filled
