"""Makes the edits of fixes in texts: everything outside them stays as it was, byte for byte."""

from collections.abc import Iterable, Mapping

from gluv.lint.model import Edit, Fix


def apply_fixes(texts: Mapping[str, str], fixes: Iterable[Fix]) -> tuple[dict[str, str], int]:
    """The changed texts by file, and how many fixes were made.

    A fix whose edits would touch those of an earlier one waits for another round, and so does one
    of a file that is not among `texts`. Equal edits of two fixes are made once. New lines end as
    the lines of the file do.
    """
    chosen: dict[str, list[Edit]] = {}
    made = 0
    for fix in fixes:
        if not fix.edits or any(edit.file not in texts for edit in fix.edits):
            continue
        if any(_collides(edit, chosen.get(edit.file, [])) for edit in fix.edits):
            continue
        for edit in fix.edits:
            if edit not in chosen.setdefault(edit.file, []):
                chosen[edit.file].append(edit)
        made += 1
    changed = {name: _applied(texts[name], edits) for name, edits in chosen.items()}
    return {name: text for name, text in changed.items() if text != texts[name]}, made


def _collides(edit: Edit, others: list[Edit]) -> bool:
    return any(
        edit != other and edit.start <= other.end and other.start <= edit.end for other in others
    )


def _applied(text: str, edits: list[Edit]) -> str:
    newline = line_break(text)
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        new = edit.text.replace("\n", newline)
        if edit.start and new and edit.start == len(text) and not text.endswith(("\n", "\r")):
            new = newline + new
        text = text[: edit.start] + new + text[edit.end :]
    return text


def line_break(text: str) -> str:
    """How the lines of a text end: as its first does."""
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"
