"""What `gluv doctor` found, for people."""

import textwrap
from collections.abc import Sequence

from gluv.doctor.finding import Finding
from gluv.report.paint import Paint

_SIGNS = {"ok": ("✓", "green"), "note": ("-", "dim"), "wrong": ("✗", "red")}
_INDENT = 4  # the sign and what is around it


def render_findings(findings: Sequence[Finding], paint: Paint, width: int) -> str:
    """By topic, each with its sign; below what is wrong or could be better, what mends it.

    Lines are at most `width` columns, but for words that are longer and for what mends it, which
    can be copied.
    """
    lines: list[str] = []
    topic = ""
    for finding in findings:
        if finding.topic != topic:
            lines += ["", paint(finding.topic, "bold")] if lines else [paint(finding.topic, "bold")]
            topic = finding.topic
        sign, style = _SIGNS[finding.state]
        first, *others = textwrap.wrap(
            f"{finding.name}: {finding.said}",
            width - _INDENT,
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines.append(f"  {paint(sign, style)} {first}")
        lines += [" " * _INDENT + line for line in others]
        if finding.mend and finding.state != "ok":
            lines += [f"      next: {line}" for line in finding.mend.splitlines()]
    wrong = sum(finding.state == "wrong" for finding in findings)
    things = "thing is" if wrong == 1 else "things are"
    lines += ["", f"{wrong} {things} wrong" if wrong else "nothing is wrong"]
    return "\n".join(lines)
