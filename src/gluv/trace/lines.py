"""A stream of text as the lines that a terminal would show."""

from gluv.trace.ansi import CLEAR


class Lines:
    """Cuts a stream into whole lines without their newline.

    Of a line that was overwritten by carriage returns only the last state is kept, which also takes
    away the section markers of a GitLab trace.
    """

    def __init__(self) -> None:
        self._rest: list[str] = []

    def feed(self, text: str) -> list[str]:
        """The lines that ended in `text`."""
        if "\n" not in text:
            self._rest.append(text)
            return []
        first, *others = text.split("\n")
        overwritten = "\r" in text or any("\r" in part for part in self._rest)
        whole = ["".join((*self._rest, first)), *others[:-1]]
        self._rest = [others[-1]] if others[-1] else []
        if not overwritten:
            return whole
        return [shown for line in whole if (shown := _shown(line)) is not None]

    def close(self) -> list[str]:
        """The last line, if it had no newline."""
        line, self._rest = "".join(self._rest), []
        shown = _shown(line) if line else None
        return [shown] if shown else []


def _shown(line: str) -> str | None:
    """What is to be seen of a line; None if it held nothing but markers."""
    if "\r" not in line:
        return line
    shown = line.rstrip("\r").rsplit("\r", 1)[-1]
    while shown.startswith(CLEAR):
        shown = shown[len(CLEAR) :]
    return shown if shown or not line.startswith("section_") else None
