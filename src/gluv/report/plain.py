"""A running pipeline in a pipe: plain lines, prefixed by the job's name."""

import re
from collections.abc import Callable

from gluv.execute import events as ev
from gluv.plan.model import Plan
from gluv.report.paint import Paint
from gluv.report.statuses import SYMBOLS, duration

_SECTION = re.compile(r"section_(?:start|end):\d+:[\w.-]+(?:\[[^]]*])?\r?(?:\x1b\[0K)?")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NAME_COLOURS = ("cyan", "green", "yellow", "bold")


class PlainView:
    """Writes each event as it comes; `write` takes a line without its newline."""

    def __init__(self, plan: Plan, write: Callable[[str], None], paint: Paint) -> None:
        self.write = write
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
                for line in event.lines:
                    self._line(event.job, readable(line, colour=self.paint.enabled))
            case ev.JobFinished():
                symbol, colour = SYMBOLS[event.status]
                tail = f" ({event.reason})" if event.reason else ""
                took = f" in {duration(event.duration)}" if event.duration else ""
                self._line(event.job, self.paint(f"{symbol} {event.status}{took}{tail}", colour))
            case _:
                pass

    def _line(self, job: str, text: str) -> None:
        prefix = self.paint(job.ljust(self.width), self.colours.get(job, "dim"))
        self.write(f"{prefix} {self.paint('|', 'dim')} {text}")


def readable(line: str, *, colour: bool) -> str:
    """A line of a trace without GitLab's section marks; without colour unless wanted.

    Of a line that a carriage return rewrote, the last state is kept, as a terminal shows it.
    """
    line = _SECTION.sub("", line).rstrip("\r")
    line = line.rsplit("\r", 1)[-1]
    return line if colour else _ANSI.sub("", line)
