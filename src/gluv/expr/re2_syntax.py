"""RE2's syntax to Python's, for where the RE2 library is not installed (it has no musl wheels).

What RE2 refuses is refused (look-around, back-references, possessive repeats, unknown escapes), and
what both know but read differently is rewritten: `$`, the classes (RE2's are ASCII), flags in the
middle, `U`, `\\Q...\\E`, POSIX classes. Only `\\p{...}` cannot be had. The rules are those of RE2's
syntax page (github.com/google/re2/wiki/Syntax). Python's engine is not linear in time.
"""

import re

MOST_REPEATS = 1000
"""RE2's limit of `{n}`."""

_PERL = {
    "d": "0-9",
    "w": "0-9A-Za-z_",
    "s": r"\t\n\f\r ",
}
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_FLAGS = re.compile(r"\(\?([imsU]*)(-[imsU]+)?([:)])")
_NAMED = re.compile(r"\(\?P?<([A-Za-z_]\w*)>")
_REPEAT = re.compile(r"[*+?]|\{(\d+)(?:,(\d*))?\}")
_CODE = re.compile(r"x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))|([1-7][0-7]{1,2}|0[0-7]{0,2})")
_POSIX_CLASS = re.compile(r"\[:(\^?)(\w+):\]")


class Refused(ValueError):
    """RE2 would not accept the expression; the text is RE2's reason."""


def translate(source: str) -> str:
    """The Python expression that matches what RE2's does; raises `Refused`."""
    return _Translator(source).translate()


class _Translator:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.out: list[str] = []
        self.flags = ""
        # Of every open group: the flags outside of it, and how many groups ours need closing.
        self.groups: list[tuple[str, int]] = []
        self.scopes = 0
        self.repeatable = False

    def translate(self) -> str:
        while self.at < len(self.source):
            self._piece()
        if self.groups:
            raise Refused(f"missing ): {self.source}")
        return "".join(self.out) + ")" * self.scopes

    def _piece(self) -> None:
        char = self.source[self.at]
        if char in "*+?{" and (match := _REPEAT.match(self.source, self.at)):
            self._repeat(match)
            return
        if char == "(":
            self._open()
            return
        if char == ")":
            self._close()
            return
        self.repeatable = char != "|"
        if char == "[":
            self._put(self._set())
        elif char == "\\":
            self._escape()
        elif char == "$":
            self._step("(?m:$)" if "m" in self.flags else r"(?:\Z)")
        elif char == "^":
            self._step("(?:^)")
        elif char == "|":
            # Flags set in one alternative hold in the next, our group does not.
            self._step(")" * self.scopes + "|" + (_scope(self.flags) if self.scopes else ""))
            self.scopes = min(self.scopes, 1)
        elif char == ".":
            self._step(char)
        else:
            self._step(re.escape(char))

    def _step(self, text: str, length: int = 1) -> None:
        self.at += length
        self._put(text)

    def _put(self, text: str) -> None:
        self.out.append(text)

    def _repeat(self, match: re.Match[str]) -> None:
        if not self.repeatable:
            raise Refused(f"no argument for repetition operator: {match[0]}")
        for number in match.groups():
            if number and int(number) > MOST_REPEATS:
                raise Refused(f"invalid repetition size: {match[0]}")
        if match[2] and int(match[1]) > int(match[2]):
            raise Refused(f"invalid repetition size: {match[0]}")
        self.at = match.end()
        lazy = self.source[self.at : self.at + 1] == "?"
        self.at += lazy
        if _REPEAT.match(self.source, self.at):
            raise Refused(f"bad repetition operator: {match[0]}{self.source[self.at]}")
        self._put(match[0] + ("?" if lazy != ("U" in self.flags) else ""))

    def _open(self) -> None:
        rest = self.source[self.at :]
        self.repeatable = False
        if named := _NAMED.match(rest):
            self._enter(f"(?P<{named[1]}>", named.end())
        elif flags := _FLAGS.match(rest):
            on, off, end = flags.groups()
            wanted = "".join(sorted((set(self.flags) | set(on)) - set(off or "")))
            if end == ":":
                self._enter(_scope(wanted), flags.end(), wanted)
            else:
                # Python knows flags only at the start or of a group: open one up to the end.
                self.flags = wanted
                self.scopes += 1
                self._step(_scope(wanted), flags.end())
        elif rest.startswith("(?"):
            raise Refused(f"invalid perl operator: {rest[:3]}")
        else:
            self._enter("(", 1)

    def _enter(self, text: str, length: int, flags: str | None = None) -> None:
        self.groups.append((self.flags, self.scopes))
        self.scopes = 0
        self.flags = self.flags if flags is None else flags
        self._step(text, length)

    def _close(self) -> None:
        if not self.groups:
            raise Refused(f"unexpected ): {self.source}")
        self._put(")" * self.scopes)
        self.flags, self.scopes = self.groups.pop()
        self._step(")")
        self.repeatable = True

    def _escape(self) -> None:
        kind = self.source[self.at + 1 : self.at + 2]
        if kind == "Q":
            end = self.source.find("\\E", self.at + 2)
            text = self.source[self.at + 2 : end if end >= 0 else None]
            self._step("".join(map(re.escape, text)), len(text) + (4 if end >= 0 else 2))
        elif kind in _PERL:
            self._step(f"[{_PERL[kind]}]", 2)
        elif kind and kind.lower() in _PERL:
            self._step(f"[^{_PERL[kind.lower()]}]", 2)
        elif kind in ("b", "B"):
            self._step(f"(?a:\\{kind})", 2)
        elif kind in ("A", "z"):
            self._step(r"(?:\A)" if kind == "A" else r"(?:\Z)", 2)
        else:
            self._put(re.escape(self._literal()))

    def _literal(self) -> str:
        """The character that an escape at this place stands for."""
        kind = self.source[self.at + 1 : self.at + 2]
        if not kind:
            raise Refused("trailing \\")
        if match := _CODE.match(self.source, self.at + 1):
            self.at = match.end()
            code = int(match[1] or match[2], 16) if match[1] or match[2] else int(match[3], 8)
            if code > 0x10FFFF:
                raise Refused(f"invalid escape sequence: \\{match[0]}")
            return chr(code)
        if kind in "pP":
            raise Refused(f"\\{kind} needs the RE2 library: install gluv[re2]")
        if kind.isascii() and kind.isalnum() and kind not in _CONTROLS:
            raise Refused(f"invalid escape sequence: \\{kind}")
        self.at += 2
        return _CONTROLS.get(kind, kind)

    def _set(self) -> str:
        """A class in brackets; the first `]` may stand for itself."""
        start = self.at
        self.at += 1
        negated = self.source.startswith("^", self.at)
        self.at += negated
        items: list[str] = []
        first = True
        while first or not self.source.startswith("]", self.at):
            if self.at >= len(self.source):
                raise Refused(f"missing ]: {self.source[start:]}")
            first = False
            items.append(self._item())
        self.at += 1
        return f"[{'^' if negated else ''}{''.join(items)}]"

    def _item(self) -> str:
        if posix := _POSIX_CLASS.match(self.source, self.at):
            if posix[2] not in _POSIX:
                raise Refused(f"invalid character class range: {posix[0]}")
            self.at = posix.end()
            return _negated(_POSIX[posix[2]]) if posix[1] else _POSIX[posix[2]]
        kind = self.source[self.at + 1 : self.at + 2]
        if self.source[self.at] == "\\" and kind and kind.lower() in _PERL:
            self.at += 2
            chars = _PERL[kind.lower()]
            return chars if kind.islower() else _negated(chars)
        low = self._member()
        if self.source.startswith("-", self.at) and not self.source.startswith("-]", self.at):
            if self.at + 1 >= len(self.source):
                raise Refused("missing ]")
            self.at += 1
            high = self._member()
            if high < low:
                raise Refused(f"invalid character class range: {low}-{high}")
            return f"{re.escape(low)}-{re.escape(high)}"
        return _member_text(low)

    def _member(self) -> str:
        if self.source[self.at] == "\\":
            return self._literal()
        self.at += 1
        return self.source[self.at - 1]


def _scope(flags: str) -> str:
    """The opening of a group with exactly these flags; `U` is not Python's but ours."""
    on = "".join(flag for flag in flags if flag != "U")
    off = "".join(flag for flag in "ims" if flag not in flags)
    return f"(?{on}{'-' if off else ''}{off}:"


def _member_text(char: str) -> str:
    return f"\\{char}" if char in r"\]^-[&~|" else re.escape(char) if char.isspace() else char


def _negated(chars: str) -> str:
    """All characters but these, as ranges inside of brackets."""
    taken = {char for char in map(chr, range(0x80)) if re.match(f"[{chars}]", char)}
    kept = [code for code in range(0x80) if chr(code) not in taken]
    ranges: list[list[int]] = []
    for code in kept:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    text = "".join(f"\\x{low:02x}-\\x{high:02x}" for low, high in ranges)
    return f"{text}\\x80-\\U0010ffff"
