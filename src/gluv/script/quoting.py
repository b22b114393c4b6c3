"""Text of a user as a word of a POSIX shell."""


def quote(text: str) -> str:
    """`text` as one word that means exactly itself in every POSIX shell.

    NUL, which no shell can carry, is dropped.
    """
    return "'" + text.replace("\0", "").replace("'", "'\\''") + "'"
