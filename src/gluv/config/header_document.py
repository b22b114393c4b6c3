"""A file with a `spec:` header: its inputs are read, checked, and put in."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gluv.config.fetch import ComponentData
from gluv.config.include.header import join_inputs
from gluv.config.include.walk import Place, Walk
from gluv.config.spec.component import as_inputs
from gluv.config.spec.header import read_header
from gluv.config.spec.inputs import read_inputs
from gluv.config.spec.model import Header
from gluv.config.spec.values import resolve_inputs
from gluv.expr.inputs import interpolate
from gluv.text.nodes import MapNode

if TYPE_CHECKING:
    from gluv.config.document import Given


def read_with_header(
    spec: MapNode,
    content: MapNode,
    given: "Given",
    place: Place,
    walk: Walk,
    component: ComponentData | None,
) -> MapNode | None:
    """`content` with the inputs of the header `spec`; None after a problem, which `walk` gets."""
    header, problems = read_header(spec)
    walk.problems += problems
    if problems:
        return None
    values = _values(header, given, place, walk)
    if values is None:
        return None
    config, more = as_inputs(content, _component(header, component))
    found = interpolate(config, {**values, **more}, place.variables, walk.masked)
    interpolated, problems = found
    walk.problems += problems
    return interpolated if isinstance(interpolated, MapNode) else None


def _values(
    header: Header, given: "Given", place: Place, walk: Walk
) -> Mapping[str, object] | None:
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
