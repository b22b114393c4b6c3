"""The small kit every reader uses: typed access to nodes, GitLab's sentence for a wrong type.

A subject is how GitLab names what it complains about: `jobs:build:cache:paths config` for a keyword
that is an entry of its own, `jobs:build start in` for a plain value of the entry above it.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Final, TypeVar

from gluv.errors import Mark, Problem
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode

Read = TypeVar("Read")

NESTING_LIMIT: Final = 10
"""How deep lists may be nested in scripts, stages and rules (GitLab: MAX_NESTING_LEVEL)."""


class Problems:
    """Collects what is wrong with a configuration, and remembers what was read already.

    A node shared by several jobs (defaults, anchors, extends) is read once, so that one mistake in
    one place of a file is one problem.
    """

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self._read: dict[tuple[str, int], object] = {}

    def refuse(self, code: str, sentence: str, at: Node | Mark, hint: str = "") -> None:
        """Add an error in lower case, which is how GitLab's entry validators print theirs."""
        self.say(code, sentence.lower(), at, hint)

    def say(self, code: str, sentence: str, at: Node | Mark, hint: str = "") -> None:
        """Add an error with the sentence as it is."""
        mark = at.mark if isinstance(at, Node) else at
        self.found.append(Problem(code=code, message=sentence, mark=mark, hint=hint))

    def warn(self, code: str, sentence: str, at: Node | Mark, hint: str = "") -> None:
        """Add a warning."""
        mark = at.mark if isinstance(at, Node) else at
        self.found.append(
            Problem(code=code, message=sentence, mark=mark, severity="warning", hint=hint)
        )

    def once(
        self, kind: str, node: Node, read: "Callable[[Node, str, Problems], Read]", at: str
    ) -> Read:
        """What `read` makes of `node`; a node seen before under the same kind is not read again."""
        key = (kind, id(node))
        known = self._read
        if key in known:
            return known[key]  # type: ignore[return-value]
        result = known[key] = read(node, at, self)
        return result


def absent(node: Node | None) -> bool:
    """Whether GitLab treats the keyword as not given: no key, or null."""
    return node is None or (type(node) is ScalarNode and node.value is None)


def blank(node: Node | None) -> bool:
    """Whether Ruby's `blank?` is true: null, false, white space only, an empty list or map."""
    if type(node) is ScalarNode:
        value = node.value
        return value is None or value is False or (isinstance(value, str) and not value.strip())
    if isinstance(node, SeqNode | MapNode):
        return not node.items
    return node is None


def words(keyword: str) -> str:
    """A keyword as GitLab writes it inside a sentence: `expire_in` is "expire in"."""
    return keyword.replace("_", " ")


def ruby_text(value: str | int | float | bool | None) -> str:
    """A scalar as Ruby's `to_s` prints it."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _ruby_float(value)
    return str(value)


def _ruby_float(value: float) -> str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    text = repr(value)
    # Ruby switches to exponents at 1e16 as Python does, but always prints a fraction: 1.0e+16.
    mantissa, exponent, power = text.partition("e")
    if not exponent:
        return text
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{power}"


def read_text(node: Node, subject: str, problems: Problems) -> str | None:
    """A string; None after a problem."""
    if type(node) is ScalarNode and type(node.value) is str:
        return node.value
    problems.refuse("wrong-type", f"{subject} should be a string", node)
    return None


def read_filled_text(
    node: Node | None, subject: str, owner: Node, problems: Problems
) -> str | None:
    """A string that must be there and not blank; None after a problem (at `owner` if absent)."""
    if blank(node) or node is None:
        problems.refuse("blank", f"{subject} can't be blank", node or owner)
        return None
    return read_text(node, subject, problems)


def read_flag(node: Node, subject: str, problems: Problems) -> bool | None:
    """A boolean; None after a problem."""
    if type(node) is ScalarNode and type(node.value) is bool:
        return node.value
    problems.refuse("wrong-type", f"{subject} should be a boolean value", node)
    return None


def read_choice(
    node: Node, subject: str, problems: Problems, choices: Collection[str], sentence: str
) -> str | None:
    """One of `choices`; `sentence` is what GitLab says about any other string."""
    value = read_text(node, subject, problems)
    if value is None or value in choices:
        return value
    problems.refuse("unknown-value", f"{subject} {sentence}", node, likely(value, choices))
    return None


def read_texts(node: Node, subject: str, problems: Problems) -> tuple[str, ...] | None:
    """A list of strings; None after a problem."""
    if type(node) is SeqNode:
        values = text_items(node.items)
        if values is not None:
            return values
    problems.refuse("wrong-type", f"{subject} should be an array of strings", first_not_text(node))
    return None


def read_text_or_texts(node: Node, subject: str, problems: Problems) -> tuple[str, ...] | None:
    """A string or a list of strings, as a tuple; None after a problem."""
    if type(node) is ScalarNode and type(node.value) is str:
        return (node.value,)
    if type(node) is SeqNode:
        values = text_items(node.items)
        if values is not None:
            return values
    problems.refuse(
        "wrong-type", f"{subject} should be an array of strings or a string", first_not_text(node)
    )
    return None


def read_integers(node: Node, subject: str, problems: Problems) -> tuple[int, ...] | None:
    """An integer or a list of integers, as a tuple; None after a problem."""
    items = node.items if isinstance(node, SeqNode) else (node,)
    values = [item.value for item in items if type(item) is ScalarNode and type(item.value) is int]
    if len(values) == len(items):
        return tuple(values)
    problems.refuse("wrong-type", f"{subject} should be an array of integers or an integer", node)
    return None


def read_map(
    node: Node,
    subject: str,
    problems: Problems,
    allowed: Collection[str] | None = None,
    required: Iterable[str] = (),
) -> MapNode | None:
    """A map; keys outside `allowed` and missing `required` ones are problems, but not the end."""
    if type(node) is not MapNode:
        problems.refuse("wrong-type", f"{subject} should be a hash", node)
        return None
    if allowed is not None:
        refuse_unknown_keys(node, subject, problems, allowed)
    missing = [key for key in required if key not in node.items]
    if missing:
        problems.refuse(
            "missing-key", f"{subject} missing required keys: {', '.join(missing)}", node
        )
    return node


def refuse_unknown_keys(
    node: MapNode, subject: str, problems: Problems, allowed: Collection[str]
) -> None:
    """A problem for every key that is not `allowed`, with the likely one as a hint."""
    for key in node.items:
        if key not in allowed:
            problems.refuse(
                "unknown-key",
                f"{subject} contains unknown keys: {key}",
                node.key_mark(key),
                likely(key, allowed),
            )


def nested_items(node: SeqNode, levels: int = NESTING_LIMIT) -> list[Node]:
    """The items of a list with `levels` of inner lists dissolved (Ruby's `flatten(levels)`)."""
    flat: list[Node] = []
    for item in node.items:
        if levels and isinstance(item, SeqNode):
            flat.extend(nested_items(item, levels - 1))
        else:
            flat.append(item)
    return flat


def text_items(items: Iterable[Node]) -> tuple[str, ...] | None:
    """The strings of `items`; None if one of them is something else."""
    values = []
    for item in items:
        if type(item) is not ScalarNode or type(item.value) is not str:
            return None
        values.append(item.value)
    return tuple(values)


def first_not_text(node: Node) -> Node:
    """The first item of a (nested) list that is not a string, else the node: where to point."""
    if isinstance(node, SeqNode):
        for item in nested_items(node):
            if type(item) is not ScalarNode or type(item.value) is not str:
                return item
    return node


def likely(word: str, known: Collection[str]) -> str:
    """A hint with the closest of `known` words; empty when none is close."""
    from difflib import get_close_matches

    close = get_close_matches(word, [name for name in known if name != word], n=1)
    return f"did you mean `{close[0]}`?" if close else ""
