"""Putting included files and the file that includes them together."""

from collections.abc import Callable, Mapping

from gluv.config.document import Given, read_document
from gluv.config.fetch import FetchFailed
from gluv.config.include.entry import Include, read_includes
from gluv.config.include.files import component_of, fetch_include, place_of
from gluv.config.include.walk import Place, Walk
from gluv.config.merge import merge_all, without
from gluv.errors import Mark
from gluv.text.nodes import MapNode, Node, ScalarNode, plain


def expand_includes(config: MapNode, place: Place, walk: Walk) -> MapNode:
    """`config` on top of the files it includes, in their order; the key `include` is gone.

    Included files are expanded the same way before they are merged. A file that fails is reported
    and left out; the others are read all the same. Raises `LimitReached`.
    """
    files: list[MapNode] = []
    for include in read_includes(config.get("include"), place, walk):
        circle = include.identity(place) in place.chain
        walk.counted(include.mark, circle=circle)
        included = _included(include, place, walk)
        if included is not None:
            files.append(included)
    return without(merge_all((*files, config)), "include")


def _included(include: Include, place: Place, walk: Walk) -> MapNode | None:
    source = fetch_include(include, place, walk)
    if source is None:
        return None
    given = _given(include.inputs, walk)
    if given is None:
        return None
    try:
        component = component_of(include, walk)
    except FetchFailed as failure:
        walk.problem(failure.message, include.mark, hint=failure.hint)
        return None
    where = place_of(include, place)
    config = read_document(source, given, where, walk, name=include.location, component=component)
    if config is None:
        return None
    expanded = expand_includes(config, where, walk)
    if not expanded.items and not config.items:
        message = f"Included file `{include.location}` does not have valid YAML syntax!"
        walk.problem(message, include.mark)
        return None
    return expanded


def _given(node: Node | None, walk: Walk) -> Given | None:
    """What `include:inputs` hands to the file."""
    if node is None or (isinstance(node, ScalarNode) and node.value is None):
        return Given()
    if not isinstance(node, MapNode):
        walk.problem("Given inputs must be a hash", node.mark, code="input")
        return None
    values: Mapping[str, object] = {name: plain(value) for name, value in node.items.items()}
    return Given(values=values, mark_of=_marker(node))


def _marker(node: MapNode) -> Callable[[str], Mark | None]:
    return lambda name: node.key_mark(name)
