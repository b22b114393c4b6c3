"""One file as GitLab loads it: documents, `spec:` header, inputs put in."""

from collections.abc import Callable, Mapping

import msgspec

from gluv.config.fetch import ComponentData
from gluv.config.include.header import join_inputs
from gluv.config.include.walk import Place, Walk
from gluv.config.spec.component import as_inputs
from gluv.config.spec.header import read_header
from gluv.config.spec.inputs import read_inputs
from gluv.config.spec.model import Header
from gluv.config.spec.values import resolve_inputs
from gluv.errors import Mark, Problem
from gluv.expr.inputs import interpolate
from gluv.text import YamlInvalid
from gluv.text.nodes import MapNode, Source
from gluv.text.reader import parse_documents


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
    documents = parse_documents(source)
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
    header, problems = read_header(documents[0])
    walk.problems += problems
    if problems:
        return None
    values = _values(header, given, place, walk)
    if values is None:
        return None
    config, more = as_inputs(documents[-1], _component(header, component))
    interpolated, problems = interpolate(config, {**values, **more}, place.variables)
    walk.problems += problems
    return interpolated if isinstance(interpolated, MapNode) else None


def _values(header: Header, given: Given, place: Place, walk: Walk) -> Mapping[str, object] | None:
    before = len(walk.problems)
    inputs = join_inputs(header.inputs, header.include, place, walk)
    specs, problems = read_inputs(inputs) if inputs is not None else ({}, [])
    walk.problems += problems
    if len(walk.problems) > before:
        return None
    values, problems = resolve_inputs(specs, given.values, place.variables, given.mark_of)
    walk.problems += problems
    return None if problems else values


def _component(header: Header, data: ComponentData | None) -> dict[str, str]:
    if data is None:
        return {}
    return {key: getattr(data, key) for key in header.component}
