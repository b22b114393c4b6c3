"""A log as HTML: numbered lines that can be linked to, sections that fold without a script."""

import re
from collections.abc import Callable, Iterator

from markupsafe import Markup, escape

from gluv.server.pages.logs import RUN_LINES, Log, Run, Section
from gluv.server.pages.spans import span
from gluv.trace.scan import Line, pieces_of

ALL_LINES = 3000
"""Lines up to which a log is shown whole."""

NEAR_RUNS = 2
"""Runs that are shown of a longer one: the last, or those around the line that was asked for."""

SHORT_RUN = 3
"""Lines of a run that is shown rather than linked to."""

_LINK = re.compile(r"https?://[^\s<>\"'`\x00-\x20]+[^\s<>\"'`.,;:!?)\]}\x00-\x20]")


def log_html(log: Log, *, around: int = 0, link: str) -> Markup:
    """The whole log; of a long one the end, or what is `around` a line, and links to the rest.

    `link` is the address of the page that shows another part, to which a line's number is added.
    """
    shown = _near(log, around)
    return Markup("").join(_nodes(log, log.top, shown.__contains__, link))


class LogHtml:
    """A log's HTML, made when it is put into a page; what keeps the page live does not need it."""

    def __init__(self, log: Log, *, around: int, link: str) -> None:
        self._log, self._around, self._link = log, around, link

    def __html__(self) -> str:
        return log_html(self._log, around=self._around, link=self._link)


def run_html(log: Log, run: Run) -> Markup:
    """The lines of a run."""
    lines = "".join(map(line_html, log.read(run)))
    return Markup(f'<div class="run" data-first="{run.first}" data-last="{run.last}">{lines}</div>')


def line_html(line: Line) -> str:
    """A line with its number."""
    stamp = f'<time class="at">{escape(line.stamp)}</time>' if line.stamp else ""
    return (
        f'<div class="line" id="L{line.number}"><a class="number" href="#L{line.number}">'
        f'{line.number}</a><span class="text">{stamp}{_text(line)}</span></div>'
    )


def section_html(section: Section, inside: str) -> str:
    """A section with what is in it; one that is still open is marked for what will follow."""
    title = section.title
    number = title.number
    opened = "" if section.collapsed else " open"
    running = ' data-running=""' if section.seconds is None else ""
    # The number is a link of its own: within the summary it would be one control in another.
    return (
        f'<div class="section"><a class="number" href="#L{number}">'
        f'{number}</a><details{opened}{running}><summary class="line" id="L{number}">'
        f'<span class="text">{_text(title)}</span><span class="took">'
        f"{section_took(section.seconds)}</span></summary>{inside}</details></div>"
    )


def section_took(seconds: int | None) -> str:
    """How long a section took; markers know whole seconds."""
    return "" if not seconds else f"{seconds} s" if seconds < 60 else span(float(seconds))


def _nodes(
    log: Log, nodes: list[Run | Section], is_shown: Callable[[int], bool], link: str
) -> Iterator[str]:
    for node in list(nodes):
        if isinstance(node, Section):
            inside = "".join(_nodes(log, node.children, is_shown, link))
            yield Markup(section_html(node, inside))
        elif is_shown(node.first):
            yield run_html(log, node)
        else:
            which = f"line {node.first:,}"
            if node.last > node.first:
                which = f"lines {node.first:,} to {node.last:,}"
            yield Markup(
                f'<div class="run later" data-first="{node.first}" data-last="{node.last}">'
                f'<a href="{escape(link)}{node.first}#L{node.first}">'
                f"Show {which}</a></div>"
            )


def _near(log: Log, around: int) -> set[int]:
    """The first lines of the runs that are shown."""
    runs = list(log.runs())
    if log.lines <= ALL_LINES:
        return {run.first for run in runs}
    place = len(runs) - 1
    if around:
        place = next((at for at, run in enumerate(runs) if run.last >= around), place)
        place = min(place + NEAR_RUNS // 2, len(runs) - 1)
    # Short sections at the end are runs too; the lines count, not the runs.
    found, lines = set(), 0
    for run in reversed(runs[: place + 1]):
        found.add(run.first)
        lines += run.last - run.first + 1
        if lines >= NEAR_RUNS * RUN_LINES:
            break
    return found | _short(runs)


def _short(runs: list[Run]) -> set[int]:
    """The first lines of runs that take no more room than a link to them, the last ones first."""
    found, lines = set(), 0
    for run in reversed(runs):
        size = run.last - run.first + 1
        if size > SHORT_RUN:
            continue
        lines += size
        if lines > ALL_LINES:
            break
        found.add(run.first)
    return found


def _text(line: Line) -> str:
    found = []
    for piece in pieces_of(line):
        text = _linked(piece.text)
        classes = piece.style.classes
        found.append(f'<span class="{classes}">{text}</span>' if classes else text)
    return "".join(found)


def _linked(text: str) -> str:
    """Escaped text in which addresses are links."""
    if "://" not in text:
        return str(escape(text))
    found, at = [], 0
    for match in _LINK.finditer(text):
        url = escape(match[0])
        found.append(
            f'{escape(text[at : match.start()])}<a href="{url}" rel="noreferrer">{url}</a>'
        )
        at = match.end()
    return "".join((*found, escape(text[at:])))
