"""`artifacts:reports:annotations`: links that a job attaches to itself."""

from pathlib import Path
from typing import Annotated

import msgspec

from gluv.execute.events import Link
from gluv.store.report_files import check_size, report_files

MOST_LINKS = 100
"""Links of a job that are shown."""


class _ExternalLink(msgspec.Struct, frozen=True):
    label: Annotated[str, msgspec.Meta(max_length=255)]
    url: Annotated[str, msgspec.Meta(max_length=2048, pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:")]


class _Annotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    external_link: _ExternalLink


def read_annotations(directory: Path) -> tuple[tuple[Link, ...], tuple[str, ...]]:
    """The links of all reports below a directory, and what is wrong with those that have none.

    A report is an object of sections, each a list of annotations; GitLab knows one kind of them,
    `external_link` with `label` and `url`. A report that is anything else counts as a whole as
    wrong, as on GitLab.
    """
    links: list[Link] = []
    wrong: list[str] = []
    for name, path in report_files(directory):
        try:
            check_size(path)
            sections = msgspec.json.decode(path.read_bytes(), type=dict[str, list[_Annotation]])
        except (msgspec.MsgspecError, ValueError, OSError) as error:
            wrong.append(f"annotations are not readable: {name}: {error}")
            continue
        links += (
            Link(label=_plain(one.external_link.label), url=_plain(one.external_link.url))
            for annotations in sections.values()
            for one in annotations
        )
    return tuple(links[:MOST_LINKS]), tuple(wrong)


def _plain(text: str) -> str:
    """Text that cannot steer a terminal."""
    return "".join(letter for letter in text if letter.isprintable())
