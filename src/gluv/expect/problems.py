"""The problems of a configuration against those expected."""

from collections.abc import Iterator, Mapping

from gluv.errors import Mark, Problem
from gluv.expect.match import holds, short
from gluv.expect.model import Difference
from gluv.plan.json import problem_object
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, plain


def compare_problems(
    node: MapNode, mark: Mark, problems: tuple[Problem, ...]
) -> Iterator[Difference]:
    """Each expected problem is there, and no error is there that is not expected.

    A sentence means exactly that message; a map any of a problem's keys. Warnings need not be
    listed.
    """
    left = [problem_object(problem) for problem in problems]
    expected = node.get("problems")
    for item in expected.items if isinstance(expected, SeqNode) else ():
        found = next((problem for problem in left if is_problem(item, problem)), None)
        if found is None:
            yield Difference(
                where="problems", mark=item.mark, expected=plain(item), actual=_closest(item, left)
            )
        else:
            left.remove(found)
    for problem in left:
        if problem["severity"] == "error":
            yield Difference(
                where="problems",
                mark=mark if expected is None else expected.mark,
                expected=None,
                actual=_place(problem),
            )


def is_problem(node: Node, problem: Mapping[str, object]) -> bool:
    """Whether a problem is the expected one: the whole sentence, or what a map asks about."""
    if isinstance(node, ScalarNode):
        return node.value == problem["message"]
    return holds(node, problem)


def _closest(node: Node, problems: list[dict[str, object]]) -> object:
    """The problem that has the expected message, else all there are."""
    sentence = node.get("message") if isinstance(node, MapNode) else None
    message = None if sentence is None else plain(sentence)
    same = [problem for problem in problems if problem["message"] == message]
    asked = tuple(node.items) if isinstance(node, MapNode) else ()
    return [_place(problem, asked) for problem in same or problems] or None


def _place(problem: Mapping[str, object], asked: tuple[str, ...] = ()) -> object:
    """The sentence and the place, and what else was asked about."""
    keys = dict.fromkeys(("message", "file", "line", "column", "severity", *asked))
    return short({key: problem[key] for key in keys})
