"""The result of a check as SARIF 2.1.0 (OASIS standard, 27 March 2020)."""

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from gluv.errors import Mark, Problem
from gluv.report.fingerprint import fingerprints
from gluv.text.excerpt import line_of
from gluv.text.nodes import Source

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def render_sarif(
    name: str,
    problems: Sequence[Problem],
    sources: dict[str, Source],
    *,
    version: str,
    titles: Mapping[str, str],
) -> str:
    """One run of the tool gluv `version`; its rules are the codes of the problems.

    `titles` say in a few words what a rule finds; codes that are no rules have none.

    A problem without a place is at the file `name` as a whole. Columns count characters.
    """
    codes = list(dict.fromkeys(problem.code for problem in problems))
    ids = fingerprints(problems, sources)
    run = {
        "tool": {
            "driver": {
                "name": "gluv",
                "version": version,
                "rules": [_rule(code, titles.get(code)) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [
            {
                "ruleId": problem.code,
                "ruleIndex": codes.index(problem.code),
                "level": "note" if problem.severity == "info" else problem.severity,
                "message": {"text": _message(problem)},
                "locations": [{"physicalLocation": _place(problem.mark, name, sources)}],
                "partialFingerprints": {"gluv/v1": fingerprint},
            }
            for problem, fingerprint in zip(problems, ids, strict=True)
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: str, title: str | None) -> dict[str, object]:
    return {"id": code} if title is None else {"id": code, "shortDescription": {"text": title}}


def _message(problem: Problem) -> str:
    return f"{problem.message}\n{problem.hint}" if problem.hint else problem.message


def _place(mark: Mark | None, name: str, sources: dict[str, Source]) -> dict[str, object]:
    if mark is None:
        return {"artifactLocation": {"uri": _uri(name)}}
    region: dict[str, object] = {"startLine": mark.line, "startColumn": mark.column}
    source = sources.get(mark.file)
    if source is not None:
        region["snippet"] = {"text": line_of(source, mark.line)}
    return {"artifactLocation": {"uri": _uri(mark.file)}, "region": region}


def _uri(name: str) -> str:
    """A URI reference (RFC 3986): included files may be URLs already."""
    if "://" in name:
        return quote(name, safe=":/?#[]@!$&'()*+,;=%")
    return quote(name, safe="/@!$&'()*+,;=")
