"""Secrets out of a log, even when a secret arrives in two pieces."""

import re
from collections.abc import Iterable
from functools import cache, cached_property

MASK = b"[MASKED]"
TOKEN_PREFIXES = ("glpat-", "gloas-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-")
"""Prefixes of GitLab tokens; what follows one is masked although nobody declared it."""

_TOKEN = re.compile(rb"[A-Za-z0-9_.=-]*")


@cache
def _encoded(prefixes: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(prefix.encode() for prefix in prefixes)


class Masker:
    """Replaces secrets in a stream of bytes by `[MASKED]`, the longest first, as the runner does.

    `secrets` are masked wherever they stand. A token prefix stays readable, the token after it
    does not (`glpat-[MASKED]`). Bytes that may be the start of a secret are held back until the
    next chunk decides, so `feed` may return less than it was given; `close` returns the rest.
    """

    def __init__(
        self, secrets: Iterable[str] = (), prefixes: tuple[str, ...] = TOKEN_PREFIXES
    ) -> None:
        self._values = {secret.encode() for secret in secrets if secret}
        self._words = sorted({*self._values, *_encoded(prefixes)}, key=len, reverse=True)
        self._one_line = not any(b"\n" in word for word in self._words)
        self._held = b""
        self._in_token = False

    def feed(self, chunk: bytes) -> bytes:
        """The part of the stream that is certain by now, masked."""
        return self._take(self._held + chunk if self._held else chunk, final=False)

    def close(self) -> bytes:
        """What was still held back, masked; the stream is over."""
        return self._take(self._held, final=True)

    def mask(self, text: bytes) -> bytes:
        """A text of its own, masked, whatever was fed."""
        if not any(word in text for word in self._words):
            return text
        other = Masker.__new__(Masker)
        other.__dict__.update(self.__dict__, _held=b"", _in_token=False)
        return other.feed(text) + other.close()

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        """Every word, the longest first; most logs hold none of them."""
        return re.compile(b"|".join(re.escape(word) for word in self._words) or b"(?!)")

    def _take(self, buffer: bytes, *, final: bool) -> bytes:
        if not self._in_token and not any(word in buffer for word in self._words):
            hold = len(buffer) if final else self._undecided(buffer, 0)
            self._held = buffer[hold:]
            return buffer[:hold]
        out: list[bytes] = []
        at = 0
        while True:
            if self._in_token:
                at = self._after_token(buffer, at)
                if self._in_token:
                    hold = len(buffer)
                    break
            hold = len(buffer) if final else self._undecided(buffer, at)
            match = self._pattern.search(buffer, at)
            if match is None or match.start() >= hold:
                break
            out.append(buffer[at : match.start()])
            word = match.group()
            if word in self._values:
                out.append(MASK)
            else:
                out += (word, MASK)
                self._in_token = True
            at = match.end()
        out.append(buffer[at:hold])
        self._held = buffer[max(at, hold) :]
        return b"".join(out)

    def _after_token(self, buffer: bytes, at: int) -> int:
        match = _TOKEN.match(buffer, at)
        end = match.end() if match else at
        self._in_token = end == len(buffer)
        return end

    def _undecided(self, buffer: bytes, at: int) -> int:
        """The first place from `at` whose rest is only the beginning of a secret."""
        first = len(buffer)
        if self._one_line:
            at = max(at, buffer.rfind(b"\n") + 1)
            if at == first:
                return first
        for word in self._words:
            start = buffer.find(word[:1], max(at, len(buffer) - len(word) + 1), first)
            while start >= 0:
                if word.startswith(buffer[start:]):
                    first = start
                    break
                start = buffer.find(word[:1], start + 1, first)
        return first
