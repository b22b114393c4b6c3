"""One file as GitLab loads it: documents, `spec:` header, inputs put in."""

from collections.abc import Callable, Mapping

import msgspec

from gluv.config.fetch import ComponentData
from gluv.config.include.walk import Place, Walk
from gluv.errors import Mark, Problem
from gluv.text import YamlInvalid
from gluv.text.nodes import MapNode, Source


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """The inputs handed to a file, and where each was written."""

    values: Mapping[str, object] = {}
    mark_of: Callable[[str], Mark | None] = lambda _: None


def read_document(
    source: Source,
    given: Given,
    place: Place,
    walk: Walk,
    *,
    name: str = "",
    component: ComponentData | None = None,
) -> MapNode | None:
    """The configuration in `source`, its inputs interpolated; None where something kept it away.

    Problems go to `walk`; with a `name`, as GitLab says them of an included file: "`name`: ...".
    """
    walk.sources.setdefault(source.name, source)
    start = len(walk.problems)
    try:
        config = _read(source, given, place, walk, component)
    except YamlInvalid as invalid:
        walk.problems.append(invalid.problem)
        config = None
    if name:
        for index in range(start, len(walk.problems)):
            problem = walk.problems[index]
            if problem.code not in _FETCHING:
                message = f"`{name}`: {problem.message}"
                walk.problems[index] = msgspec.structs.replace(problem, message=message)
    failed = any(problem.severity == "error" for problem in walk.problems[start:])
    return None if failed else config


_FETCHING = ("include", "include-rules")


def _read(
    source: Source, given: Given, place: Place, walk: Walk, component: ComponentData | None
) -> MapNode | None:
    documents = walk.documents(source)
    if len(documents) == 1:
        if given.values:
            first = next(iter(given.values))
            walk.problems.append(
                Problem(
                    code="input",
                    message="Given inputs not defined in the `spec` section of the included "
                    "configuration file",
                    mark=given.mark_of(first),
                )
            )
        return documents[0]
    from gluv.config.header_document import read_with_header  # most files have no header

    return read_with_header(documents[0], documents[-1], given, place, walk, component)
