"""The escape sequences of a GitLab trace."""

BOLD_RED = "\033[31;1m"
BOLD_GREEN = "\033[32;1m"
BOLD_YELLOW = "\033[33;1m"
BOLD_CYAN = "\033[36;1m"
YELLOW = "\033[0;33m"
RESET = "\033[0;m"
CLEAR = "\033[0K"
