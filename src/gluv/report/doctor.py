"""What `gluv doctor` found, for people."""

from collections.abc import Sequence

from gluv.doctor.finding import Finding
from gluv.report.paint import Paint

_SIGNS = {"ok": ("✓", "green"), "note": ("-", "dim"), "wrong": ("✗", "red")}


def render_findings(findings: Sequence[Finding], paint: Paint) -> str:
    """By topic, each with its sign; below what is wrong or could be better, what mends it."""
    lines: list[str] = []
    topic = ""
    for finding in findings:
        if finding.topic != topic:
            lines += ["", paint(finding.topic, "bold")] if lines else [paint(finding.topic, "bold")]
            topic = finding.topic
        sign, style = _SIGNS[finding.state]
        lines.append(f"  {paint(sign, style)} {finding.name}: {finding.said}")
        if finding.mend and finding.state != "ok":
            lines += [f"      next: {line}" for line in finding.mend.splitlines()]
    wrong = sum(finding.state == "wrong" for finding in findings)
    things = "thing is" if wrong == 1 else "things are"
    lines += ["", f"{wrong} {things} wrong" if wrong else "nothing is wrong"]
    return "\n".join(lines)
