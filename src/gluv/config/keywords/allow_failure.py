"""`allow_failure:`."""

import msgspec

from gluv.config.keywords.reading import (
    Problems,
    absent,
    read_integers,
    refuse_unknown_keys,
)
from gluv.text.nodes import MapNode, Node, ScalarNode


class ExitCodes(msgspec.Struct, frozen=True, kw_only=True):
    """`allow_failure:exit_codes`: the codes that do not fail the pipeline."""

    exit_codes: tuple[int, ...]


AllowFailure = bool | ExitCodes


def read_allow_failure(node: Node, subject: str, problems: Problems) -> AllowFailure | None:
    """A boolean, or the exit codes that may fail."""
    if type(node) is ScalarNode and type(node.value) is bool:
        return node.value
    if type(node) is not MapNode:
        problems.refuse("wrong-type", f"{subject} should be a hash or a boolean value", node)
        return None
    at = subject.removesuffix(" allow failure") + ":allow_failure"
    refuse_unknown_keys(node, f"{at} config", problems, ("exit_codes",))
    codes = node.get("exit_codes")
    if codes is None or absent(codes):
        return None
    read = read_integers(codes, f"{at} exit codes", problems)
    return None if read is None else ExitCodes(exit_codes=read)
