"""Text of others, made fit for a terminal."""

from gluv.text.pattern import later

_SECTION = later(r"section_(?:start|end):\d+:[\w.-]+(?:\[[^]]*])?\r?(?:\x1b\[0K)?")
_ANSI = later(r"\x1b\[[0-9;?]*[A-Za-z]")


def readable(line: str, *, colour: bool) -> str:
    """A line of a trace without GitLab's section marks; without colour unless wanted.

    Of a line that a carriage return rewrote, the last state is kept, as a terminal shows it.
    """
    if "section_" in line:
        line = _SECTION.sub("", line)
    if "\r" in line:
        line = line.rstrip("\r").rsplit("\r", 1)[-1]
    return line if colour or "\x1b" not in line else _ANSI.sub("", line)


def readable_name(name: str) -> str:
    """A name without what steers a terminal or ends a line: U+FFFD stands for each such character.

    Whole control sequences of colour and place are left out.
    """
    if name.isprintable():
        return name
    return "".join(each if each.isprintable() else "\ufffd" for each in _ANSI.sub("", name))
