"""A value of the plan against a node of an expectation: any subset of it may be expected.

A map asks about the keys it has, a list about all items in order, `null` and an empty map or list
for nothing. Where the plan has an object with a name (an image, a need), the name alone will do.
"""

from collections.abc import Iterator, Mapping

from gluv.config.keywords.reading import ruby_text
from gluv.expect.model import Difference
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, plain

NAMES = ("job", "name", "project")
"""The keys of which one names an object."""


def differences(where: str, node: Node, actual: object) -> Iterator[Difference]:
    """Where `actual` is not what `node` expects; `where` is the path to it."""
    match node:
        case MapNode() if node.items and isinstance(actual, Mapping):
            for key, value in node:
                yield from differences(f"{where}.{key}", value, actual.get(key))
        case SeqNode() if (
            isinstance(actual, list | tuple)
            and len(actual) == len(node.items)
            and any(isinstance(item, MapNode) for item in node.items)
        ):
            for index, (item, value) in enumerate(zip(node.items, actual, strict=True)):
                yield from differences(f"{where}[{index}]", item, value)
        case _:
            if not holds(node, actual):
                yield Difference(
                    where=where, mark=node.mark, expected=plain(node), actual=brief(actual)
                )


def holds(node: Node, actual: object) -> bool:
    """Whether `actual` is what `node` expects."""
    match node:
        case ScalarNode():
            return _scalar_holds(node.value, actual)
        case SeqNode():
            if not node.items or not isinstance(actual, list | tuple):
                return not node.items and _is_nothing(actual)
            return len(node.items) == len(actual) and all(
                holds(item, value) for item, value in zip(node.items, actual, strict=True)
            )
        case MapNode():
            if not node.items or not isinstance(actual, Mapping):
                return not node.items and _is_nothing(actual)
            return all(holds(value, actual.get(key)) for key, value in node)
    return False


def short(actual: object) -> object:
    """A value of the plan with what says nothing left out."""
    if isinstance(actual, Mapping):
        said = {key: short(value) for key, value in actual.items()}
        return {key: value for key, value in said.items() if not _is_nothing(value)}
    if isinstance(actual, list | tuple):
        return [short(item) for item in actual]
    return actual


def brief(actual: object) -> object:
    """A value of the plan as a person would write it: an object that only has a name is the name.

    A need with its artifacts and an environment that starts are what nobody would spell out.
    """
    if isinstance(actual, Mapping):
        said = short(actual)
        assert isinstance(said, dict)
        plainly = {
            key: value
            for key, value in said.items()
            if (key, value) not in (("artifacts", True), ("optional", False), ("action", "start"))
        }
        return name_of(actual) if len(plainly) == 1 and name_of(actual) is not None else said
    if isinstance(actual, list | tuple):
        return [brief(item) for item in actual]
    return actual


def name_of(actual: Mapping[str, object]) -> object:
    """The value that names an object."""
    return next((actual[key] for key in NAMES if actual.get(key) is not None), None)


def objects(value: object) -> list[Mapping[str, object]]:
    """A list of the plan, such as `jobs`."""
    assert isinstance(value, list)
    return value


def _scalar_holds(expected: object, actual: object) -> bool:
    if expected is None:
        return _is_nothing(actual)
    if isinstance(actual, Mapping):
        actual = name_of(actual)
    if isinstance(actual, str):
        # A variable's value is text, however YAML reads it: 1, true.
        return isinstance(expected, str | int | float) and ruby_text(expected) == actual
    return type(expected) is type(actual) and expected == actual


def _is_nothing(actual: object) -> bool:
    return actual is None or (isinstance(actual, Mapping | list | tuple) and not actual)
