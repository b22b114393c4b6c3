"""A running pipeline in a pipe: plain lines, prefixed by the job's name."""

from collections.abc import Iterable
from typing import IO

from gluv.execute import events as ev
from gluv.plan.model import Plan
from gluv.report.paint import Paint
from gluv.report.readable import readable, readable_name
from gluv.report.statuses import SYMBOLS, duration

_NAME_COLOURS = ("cyan", "green", "yellow", "bold")


class PlainView:
    """Writes each event to a stream as it comes; whoever hands the events out flushes it."""

    def __init__(self, plan: Plan, stream: IO[str], paint: Paint) -> None:
        self.stream = stream
        self.paint = paint
        self.width = min(max((len(readable_name(job.name)) for job in plan.jobs), default=0), 30)
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
            case ev.JobWaiting() if event.what:
                symbol, style = SYMBOLS["waiting_for_resource"]
                said = self.paint(f"{symbol} {readable(event.what, colour=False)}", style)
                self._write(event.job, (said,))
            case ev.JobFinished():
                symbol, style = SYMBOLS[event.status]
                tail = f" ({event.reason})" if event.reason else ""
                took = f" in {duration(event.duration)}" if event.duration else ""
                said = self.paint(f"{symbol} {event.status}{took}{tail}", style)
                self._write(event.job, (said,))
            case _:
                pass

    def _write(self, job: str, lines: Iterable[str]) -> None:
        name = self.paint(readable_name(job).ljust(self.width), self.colours.get(job, "dim"))
        start = f"{name} {self.paint('|', 'dim')} "
        self.stream.write("".join(f"{start}{line}\n" for line in lines))
