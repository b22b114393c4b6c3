"""Small changes to a file, such as a slip of the hand, a bad merge or an attacker would make."""

import random

from tests.fuzz.corpus import KEYWORDS, VALUES, pipelines

_PIECES = (
    b":", b"- ", b"\n", b"  ", b"\t", b"{", b"}", b"[", b"]", b"&a ", b"*a", b"!reference [a, b]",
    b"<<: *a", b"|\n", b">-\n", b"'", b'"', b"#", b"---\n", b"\xff", b"\x00", b"\xe2\x80\xa8",
    b"? ", b"!!str ", b"!!binary ", b"$[[ inputs.a ]]", b"0x", b"99999999999999999999", b"null",
)  # fmt: skip


def mutate(content: bytes, chance: random.Random) -> bytes:
    """`content` with one to five changes."""
    for _ in range(chance.randint(1, 5)):
        content = chance.choice(_CHANGES)(content, chance)
    return content[:200_000]


def _place(content: bytes, chance: random.Random) -> int:
    return chance.randint(0, len(content))


def _insert(content: bytes, chance: random.Random) -> bytes:
    at = _place(content, chance)
    return content[:at] + chance.choice(_PIECES) + content[at:]


def _cut(content: bytes, chance: random.Random) -> bytes:
    at = _place(content, chance)
    return content[:at] + content[at + chance.randint(1, 20) :]


def _byte(content: bytes, chance: random.Random) -> bytes:
    at = _place(content, chance)
    return content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]


def _line(content: bytes, chance: random.Random) -> bytes:
    """Repeat, move, indent or drop a line."""
    lines = content.split(b"\n")
    at = chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            lines.insert(chance.randint(0, len(lines)), lines[at])
        case 1:
            lines[at] = b"  " + lines[at]
        case 2:
            lines[at] = lines[at].lstrip()
        case _:
            del lines[at]
    return b"\n".join(lines)


def _word(content: bytes, chance: random.Random) -> bytes:
    """Replace a word by a keyword, or what follows a colon by some value."""
    old = chance.choice(content.split() or [b"x"])
    new = chance.choice(KEYWORDS) if chance.random() < 0.5 else str(chance.choice(VALUES))
    return content.replace(old.rstrip(b":"), new.encode(), 1)


def _splice(content: bytes, chance: random.Random) -> bytes:
    other = chance.choice(pipelines())
    return content[: _place(content, chance)] + other[_place(other, chance) :]


_CHANGES = (_insert, _cut, _byte, _line, _word, _splice)
