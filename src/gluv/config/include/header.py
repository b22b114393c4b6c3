"""`spec:include`: input definitions that stand in other files."""

from gluv.config.include.entry import HEADER_KINDS, read_includes
from gluv.config.include.files import fetch_include
from gluv.config.include.walk import Place, Walk
from gluv.config.merge import merge
from gluv.text import YamlInvalid
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode

_HEADER_KEYS = (*HEADER_KINDS, "file", "ref", "integrity", "cache")


def join_inputs(
    inputs: MapNode | None, include: Node | None, place: Place, walk: Walk
) -> MapNode | None:
    """The inputs of the included files, in order, then `inputs`; a name may stand only once."""
    joined: MapNode | None = None
    _check_keys(include, walk)
    for entry in read_includes(include, place, walk, HEADER_KINDS):
        circle = entry.identity(place) in place.chain
        walk.counted(entry.mark, circle=circle)
        source = fetch_include(entry, place, walk)
        if source is None:
            continue
        try:
            document = walk.documents(source)[-1]
        except YamlInvalid as invalid:
            problem = invalid.problem
            walk.problem(f"`{entry.location}`: {problem.message}", problem.mark, code=problem.code)
            continue
        unknown = [key for key in document.items if key != "inputs"]
        if unknown:
            shown = ", ".join(f":{key}" for key in unknown)
            walk.problem(
                f"Header include file `{entry.location}` contains unknown keys: [{shown}]",
                document.key_mark(unknown[0]),
                hint="Such a file holds only `inputs`, without `spec`.",
            )
            continue
        more = document.get("inputs")
        if isinstance(more, MapNode):
            joined = _joined(joined, more, walk)
    return _joined(joined, inputs, walk)


def _check_keys(include: Node | None, walk: Walk) -> None:
    for item in include.items if isinstance(include, SeqNode) else (include,):
        if isinstance(item, MapNode):
            unknown = [key for key in item.items if key not in _HEADER_KEYS]
            # `template`, `component` and `artifact` get the sentence about valid subkeys.
            unknown = [key for key in unknown if key not in ("template", "component", "artifact")]
            if unknown:
                walk.problem(
                    f"header:spec:include config contains unknown keys: {', '.join(unknown)}",
                    item.key_mark(unknown[0]),
                    code="unknown-key",
                )
        elif item is not None and not isinstance(item, ScalarNode):
            walk.problem("header:spec:include config should be a hash or a string", item.mark)


def _joined(first: MapNode | None, second: MapNode | None, walk: Walk) -> MapNode | None:
    if first is None or second is None:
        return first if second is None else second
    twice = [name for name in second.items if name in first.items]
    if twice:
        walk.problem(
            f"Duplicate input keys found: {', '.join(twice)}. Input keys must be unique across "
            "all included files and inline specifications.",
            second.key_mark(twice[0]),
        )
    return merge(first, second)
