"""The escape sequences of a GitLab trace."""

import re

BOLD_RED = "\033[31;1m"
BOLD_GREEN = "\033[32;1m"
BOLD_YELLOW = "\033[33;1m"
BOLD_CYAN = "\033[36;1m"
YELLOW = "\033[0;33m"
RESET = "\033[0;m"
CLEAR = "\033[0K"

_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def without_styles(line: str) -> str:
    """A line's text alone; of one that a carriage return rewrote, the last state."""
    return _SEQUENCE.sub("", line).rstrip("\r").rsplit("\r", 1)[-1]
