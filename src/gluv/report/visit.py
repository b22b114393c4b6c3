"""What a visitor sees before the shell opens: what runs for it, what stands for it, where it is."""

from collections.abc import Callable
from textwrap import fill

from gluv.execute import events as ev
from gluv.report.paint import Paint
from gluv.report.readable import readable
from gluv.report.statuses import SYMBOLS, duration


class VisitView:
    """Writes lines; of the visited job only what its script prints, of the others how they end.

    `opened` is called with every section that the visited job enters.
    """

    def __init__(
        self, job: str, write: Callable[[str], None], paint: Paint, opened: Callable[[str], None]
    ) -> None:
        self._job = job
        self._write = write
        self._paint = paint
        self._opened = opened
        self._section = ""
        self._said: set[str] = set()
        self.pipeline_id = 0
        self.exit_code = 1
        self.finished: ev.JobFinished | None = None
        self.differences: list[str] = []

    def see(self, event: ev.AnyEvent) -> None:
        """Take one event in."""
        match event:
            case ev.PipelineStarted():
                self.pipeline_id = event.pipeline_id
            case ev.PipelineFinished():
                self.exit_code = event.exit_code
            case ev.JobPrepared() if event.what not in self._said:
                self._said.add(event.what)
                self._write(f"  {self._paint(event.what, 'dim')}")
            case ev.JobSection(job=self._job):
                self._section = event.section
                self._opened(event.section)
            case ev.JobOutput(job=self._job) if self._section == "step_script":
                for line in event.lines:
                    self._write(readable(line, colour=self._paint.enabled))
            case ev.JobFinished(job=self._job):
                self.finished = event
            case ev.JobFinished():
                self._write(self._end(event))
                if event.status == "failed":
                    for line in event.last_lines:
                        self._write(f"    {readable(line, colour=self._paint.enabled)}")
            case ev.Difference() if self._job in event.jobs or not event.jobs:
                self.differences.append(event.what)
            case _:
                pass

    def closing(self, width: int) -> str:
        """What differed from GitLab, in one paragraph."""
        text = f"What differed from GitLab: {'; '.join(self.differences)}."
        return fill(text, width, break_on_hyphens=False, break_long_words=False)

    def _end(self, event: ev.JobFinished) -> str:
        symbol, colour = SYMBOLS[event.status]
        how: str = event.status
        if event.taken_from:
            how = f"its result of run #{event.taken_from} stands: nothing it depends on has changed"
        elif event.duration:
            how = f"{event.status} in {duration(event.duration)}"
        return f"  {self._paint(symbol, colour)} {event.job}: {how}"
