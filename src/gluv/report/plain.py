"""A running pipeline in a pipe: plain lines, prefixed by the job's name."""

import re
from collections.abc import Iterable
from typing import IO

from gluv.execute import events as ev
from gluv.plan.model import Plan
from gluv.report.paint import Paint
from gluv.report.statuses import SYMBOLS, duration

_SECTION = re.compile(r"section_(?:start|end):\d+:[\w.-]+(?:\[[^]]*])?\r?(?:\x1b\[0K)?")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NAME_COLOURS = ("cyan", "green", "yellow", "bold")


class PlainView:
    """Writes each event to a stream as it comes; whoever hands the events out flushes it."""

    def __init__(self, plan: Plan, stream: IO[str], paint: Paint) -> None:
        self.stream = stream
        self.paint = paint
        self.width = min(max((len(job.name) for job in plan.jobs), default=0), 30)
        self.colours = {
            job.name: _NAME_COLOURS[index % len(_NAME_COLOURS)]
            for index, job in enumerate(plan.jobs)
        }

    def see(self, event: ev.AnyEvent) -> None:
        """Write what the event says."""
        match event:
            case ev.JobOutput():
                colour = self.paint.enabled
                self._write(event.job, (readable(line, colour=colour) for line in event.lines))
            case ev.JobFinished():
                symbol, style = SYMBOLS[event.status]
                tail = f" ({event.reason})" if event.reason else ""
                took = f" in {duration(event.duration)}" if event.duration else ""
                said = self.paint(f"{symbol} {event.status}{took}{tail}", style)
                self._write(event.job, (said,))
            case _:
                pass

    def _write(self, job: str, lines: Iterable[str]) -> None:
        name = self.paint(job.ljust(self.width), self.colours.get(job, "dim"))
        start = f"{name} {self.paint('|', 'dim')} "
        self.stream.write("".join(f"{start}{line}\n" for line in lines))


def readable(line: str, *, colour: bool) -> str:
    """A line of a trace without GitLab's section marks; without colour unless wanted.

    Of a line that a carriage return rewrote, the last state is kept, as a terminal shows it.
    """
    if "section_" in line:
        line = _SECTION.sub("", line)
    if "\r" in line:
        line = line.rstrip("\r").rsplit("\r", 1)[-1]
    return line if colour or "\x1b" not in line else _ANSI.sub("", line)
