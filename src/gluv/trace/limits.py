"""How long a job's log may become."""

from gluv.trace.ansi import BOLD_YELLOW, RESET

DEFAULT_LIMIT = 4 * 1024 * 1024
"""Bytes; GitLab Runner's `output_limit`."""


class Limiter:
    """Lets `limit` bytes through, then says so once, in GitLab Runner's words, and nothing more."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self._limit = limit
        self._left = limit
        self.exceeded = False

    def feed(self, text: str) -> str:
        """What of `text` still belongs into the log."""
        if self.exceeded:
            return ""
        size = len(text) if text.isascii() else len(text.encode())
        if size <= self._left:
            self._left -= size
            return text
        self.exceeded = True
        kept = text.encode()[: self._left].decode(errors="ignore")
        return (
            f"{kept}\n{BOLD_YELLOW}Job's log exceeded limit of {self._limit} bytes.\n"
            f"Job execution will continue but no more output will be collected.{RESET}\n"
        )
