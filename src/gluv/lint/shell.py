"""Finds the commands in a shell script without running it, and claims no more than it can see.

A small reader of POSIX shell words: quotes, `$(...)`, here-documents, comments, continuations and
the separators between commands. What is inside a function, a loop or a branch counts as a command
like any other; arithmetic, `case` patterns and `eval` are not understood and are passed over.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

_SEPARATORS = ("&&", "||", ";;", ";", "|&", "|", "&", "\n", "(", ")", "{", "}")
_SKIPPED = frozenset(
    ("if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "time")
)
_PLAIN = re.compile(r"[\w./:=,@%+-]+")
_HEREDOC = re.compile(r"<<(-?)\s*(['\"]?)(\w+)\2")
_REDIRECT = re.compile(r"\d*(?:>>|>&|>\||<&|<>|>|<)|&>>?")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\+?=(.*)", re.S)


class Word(msgspec.Struct, frozen=True):
    """A word: its text without quotes, references to variables as written, and its place.

    `raw` is as it stands in the script from character `start` on. `exact` is false where the shell
    would put something in its place (a variable, a command, a pattern).
    """

    text: str
    raw: str
    start: int
    exact: bool


class Call(msgspec.Struct, frozen=True):
    """A simple command: the assignments before it, its words, and where it starts and ends.

    `separator` is what follows it: `&&`, `||`, `|`, `;`, a line break, or nothing.
    """

    env: dict[str, str]
    words: tuple[Word, ...]
    start: int
    end: int
    separator: str = ""


@lru_cache(maxsize=4096)
def read_calls(script: str) -> tuple[Call, ...]:
    """The simple commands of a script in the order they are written, those in `$(...)` too."""
    return tuple(_Reader(script, 0, len(script)).calls())


class _Reader:
    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.at = start
        self.end = end
        self.inner: list[Call] = []
        self.heredocs: list[tuple[str, bool]] = []

    def calls(self) -> Iterator[Call]:
        words: list[Word] = []
        redirect = False
        while self.at < self.end:
            char = self.text[self.at]
            if char == "\\" and self.text[self.at + 1 : self.at + 2] in ("\n", "\r"):
                self.at += 3 if self.text.startswith("\r\n", self.at + 1) else 2
            elif char in " \t\r":
                self.at += 1
            elif char == "#":
                self.at = self._line_end()
            elif here := _HEREDOC.match(self.text, self.at, self.end):
                self.heredocs.append((here[3], bool(here[1])))
                self.at = here.end()
            elif (sign := _REDIRECT.match(self.text, self.at, self.end)) and char != "&":
                self.at = sign.end()
                redirect = True
            elif separator := self._separator():
                yield from self._finish(words, separator)
                words, redirect = [], False
                self.at += len(separator)
                if separator == "\n":
                    self._skip_heredocs()
            else:
                word = self._word()
                if not redirect:
                    words.append(word)
                redirect = False
        yield from self._finish(words, "")

    def _separator(self) -> str:
        for separator in _SEPARATORS:
            if self.text.startswith(separator, self.at):
                if separator in "{}" and not self._alone():
                    return ""
                return separator
        return ""

    def _alone(self) -> bool:
        after = self.text[self.at + 1 : self.at + 2]
        return after in ("", " ", "\n", "\t", ";", ")", "&", "|")

    def _line_end(self) -> int:
        found = self.text.find("\n", self.at, self.end)
        return self.end if found < 0 else found

    def _skip_heredocs(self) -> None:
        for name, tabs in self.heredocs:
            while self.at < self.end:
                stop = self._line_end()
                line = self.text[self.at : stop].rstrip("\r")
                self.at = min(stop + 1, self.end)
                if (line.lstrip("\t") if tabs else line).strip() == name:
                    break
        self.heredocs = []

    def _word(self) -> Word:
        start = self.at
        out: list[str] = []
        exact = True
        while self.at < self.end:
            if run := _PLAIN.match(self.text, self.at, self.end):
                out.append(run[0])
                self.at = run.end()
                continue
            char = self.text[self.at]
            if char in " \t\r\n;|&()<>" or (char == "`" and not self._backquote(out)):
                break
            if char == "`":
                exact = False
            elif char == "\\":
                following = self.text[self.at + 1 : self.at + 2]
                if following not in ("\n", "\r"):
                    out.append(following)
                self.at += 3 if self.text.startswith("\r\n", self.at + 1) else 2
            elif char == "'":
                close = self.text.find("'", self.at + 1, self.end)
                close = self.end if close < 0 else close
                out.append(self.text[self.at + 1 : close])
                self.at = close + 1
            elif char == '"':
                exact = self._double(out) and exact
            elif char == "$":
                self._dollar(out)
                exact = False
            else:
                exact = exact and char not in "*?["
                out.append(char)
                self.at += 1
        if self.at == start:  # a character that starts nothing known: never stand still
            self.at += 1
        return Word("".join(out), self.text[start : self.at], start, exact)

    def _double(self, out: list[str]) -> bool:
        self.at += 1
        exact = True
        while self.at < self.end and self.text[self.at] != '"':
            char = self.text[self.at]
            if char == "\\":
                following = self.text[self.at + 1 : self.at + 2]
                if following != "\n":
                    out.append(following if following in '$`"\\' else char + following)
                self.at += 2
            elif char == "$":
                self._dollar(out)
                exact = False
            elif char == "`":
                self._backquote(out)
                exact = False
            else:
                out.append(char)
                self.at += 1
        self.at += 1
        return exact

    def _backquote(self, out: list[str]) -> bool:
        close = self.text.find("`", self.at + 1, self.end)
        close = self.end if close < 0 else close
        self.inner.extend(_Reader(self.text, self.at + 1, close).calls())
        out.append(self.text[self.at : close + 1])
        self.at = close + 1
        return True

    def _dollar(self, out: list[str]) -> None:
        start = self.at
        if self.text.startswith("$((", start):
            close = self.text.find("))", start)
            self.at = self.end if close < 0 else close + 2
        elif self.text.startswith("$(", start):
            close = self._closing(start + 2)
            self.inner.extend(_Reader(self.text, start + 2, close).calls())
            self.at = min(close + 1, self.end)
        elif self.text.startswith("${", start):
            close = self.text.find("}", start, self.end)
            self.at = self.end if close < 0 else close + 1
        else:
            name = re.compile(r"\$(?:\w+|.)?", re.S).match(self.text, start, self.end)
            self.at = name.end() if name else start + 1
        out.append(self.text[start : self.at])

    def _closing(self, at: int) -> int:
        """Where the `)` that belongs to a `$(` stands; the end if there is none."""
        depth, quote = 1, ""
        while at < self.end:
            char = self.text[at]
            if char == "\\" and quote != "'":
                at += 1
            elif quote:
                quote = "" if char == quote else quote
            elif char in "'\"":
                quote = char
            elif char == "(":
                depth += 1
            elif char == ")":
                depth -= 1
                if not depth:
                    return at
            at += 1
        return self.end

    def _finish(self, words: list[Word], separator: str) -> Iterator[Call]:
        yield from self.inner
        self.inner = []
        while words and words[0].raw in _SKIPPED:
            words = words[1:]
        if not words or words[0].raw in ("for", "case", "select", "function"):
            return
        env: dict[str, str] = {}
        rest = list(words)
        while rest and (found := _ASSIGNMENT.fullmatch(rest[0].text)) and "=" in rest[0].raw:
            env[found[1]] = found[2]
            rest.pop(0)
        end = words[-1].start + len(words[-1].raw)
        yield Call(env, tuple(rest), words[0].start, end, separator)
