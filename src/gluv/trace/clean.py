"""A job's bytes as text that harms no terminal, file or database."""

import codecs


class Cleaner:
    """Makes a stream of bytes valid UTF-8 without NUL, keeping everything else (ANSI, `\\r`).

    What is broken becomes U+FFFD, as in GitLab Runner's log; a character cut by a chunk border is
    put together again.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def feed(self, chunk: bytes, *, final: bool = False) -> str:
        """The characters that are complete by now."""
        return self._decoder.decode(chunk, final).replace("\0", "\N{REPLACEMENT CHARACTER}")
