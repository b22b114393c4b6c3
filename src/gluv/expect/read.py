"""An expectation file to expectations; what is wrong with the file as problems with marks."""

import difflib
import re
from collections.abc import Callable, Collection, Mapping

import msgspec

from gluv.errors import Mark, Problem
from gluv.expect.model import Expectation, Scene
from gluv.expect.read_scene import read_scene
from gluv.plan.json import job_object
from gluv.plan.model import PlannedJob
from gluv.text import YamlInvalid
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, Source
from gluv.text.reader import parse

EXPECTED = (
    "pipeline",
    "reason",
    "stages",
    "jobs",
    "skipped",
    "problems",
    "environment",
)
"""What can be expected of a pipeline."""

KEYS = ("context", *EXPECTED)
JOB_KEYS = frozenset(job_object(PlannedJob(name="", base_name="", stage="")))
PIPELINE_KEYS = ("name", "source", "ref", "tag", "sha", "variables")
PROBLEM_KEYS = ("code", "message", "file", "line", "column", "severity", "hint")


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """The expectations of a file, and what is wrong with it."""

    expectations: tuple[Expectation, ...]
    problems: tuple[Problem, ...]


_KEY = re.compile(r"([^\s#:-][^:]*):(?:\s|$)")

Say = Callable[[str, Mark, str], None]


def read_expectations(source: Source, named: Mapping[str, Scene] = {}) -> Read:
    """What `source` expects: one event, or several by name; never raises for a user's mistake.

    `named` are contexts that `context: NAME` may refer to.
    """
    problems: list[Problem] = []

    def say(message: str, mark: Mark, hint: str = "") -> None:
        problems.append(Problem(code="expectation", message=message, mark=mark, hint=hint))

    found: list[Expectation] = []
    try:
        root = parse(source)
    except YamlInvalid as error:
        return Read(expectations=(), problems=(error.problem,))
    for name, mark in _twice(source):
        say(f"`{name}` is there twice", mark, "of two equal keys YAML keeps the last")
    if not root.items.keys().isdisjoint(KEYS):
        found.append(_expectation(_stem(source.name), root, root.mark, named, say))
    else:
        for name, node in root:
            if isinstance(node, MapNode):
                mark = root.key_mark(name)
                found.append(_expectation(name, node, mark, named, say))
            else:
                say(
                    f"`{name}` is neither a key of an expectation nor a named one",
                    root.key_mark(name),
                    _near(name, KEYS),
                )
    return Read(expectations=() if problems else tuple(found), problems=tuple(problems))


def _twice(source: Source) -> list[tuple[str, Mark]]:
    """Keys at the start of a line that were there before: one of them would not be tested."""
    seen: set[str] = set()
    found: list[tuple[str, Mark]] = []
    for number, line in enumerate(source.text.splitlines(), 1):
        key = _KEY.match(line)
        if key is not None and key[1] in seen:
            found.append((key[1], Mark(source.name, number, 1)))
        elif key is not None:
            seen.add(key[1])
    return found


def _expectation(
    name: str, node: MapNode, mark: Mark, named: Mapping[str, Scene], say: Say
) -> Expectation:
    _known(node, KEYS, "an expectation", say)
    if node.items.keys().isdisjoint(EXPECTED):
        say(f"`{name}` expects nothing", mark, f"add one of: {', '.join(EXPECTED)}")
    scene = read_scene(node.get("context"), named, say)
    _check_pipeline(node.get("pipeline"), say)
    _check_text(node, "reason", say)
    _check_list(node, "stages", say)
    _check_jobs(node.get("jobs"), say)
    _check_skipped(node.get("skipped"), say)
    _check_problems(node.get("problems"), say)
    _check_environment(node.get("environment"), say)
    return Expectation(name=name, scene=scene, node=node, mark=mark)


def _check_pipeline(node: Node | None, say: Say) -> None:
    if isinstance(node, MapNode):
        _known(node, PIPELINE_KEYS, "a pipeline", say)
    elif node is not None and not (isinstance(node, ScalarNode) and isinstance(node.value, str)):
        say("`pipeline` is `none`, the pipeline's name or a map", node.mark, "")


def _check_text(node: MapNode, key: str, say: Say) -> None:
    value = node.get(key)
    if value is not None and not (isinstance(value, ScalarNode) and isinstance(value.value, str)):
        say(f"`{key}` is text", value.mark, "")


def _check_list(node: MapNode, key: str, say: Say) -> None:
    value = node.get(key)
    if value is not None and not isinstance(value, SeqNode):
        say(f"`{key}` is a list", value.mark, "")


def _check_jobs(node: Node | None, say: Say) -> None:
    for name, value in named_items(node, "jobs", say):
        if value is None or (isinstance(value, ScalarNode) and value.value is None):
            continue
        if isinstance(value, MapNode):
            _known(value, JOB_KEYS, f"the job {name}", say)
        else:
            say(f"what is expected of the job {name} is a map", value.mark, "")


def _check_skipped(node: Node | None, say: Say) -> None:
    for name, value in named_items(node, "skipped", say):
        if value is not None and not isinstance(value, ScalarNode):
            say(f"why {name} is skipped is text, or null", value.mark, "")


def _check_problems(node: Node | None, say: Say) -> None:
    if node is None:
        return
    if not isinstance(node, SeqNode):
        say("`problems` is a list of sentences, or of maps", node.mark, "")
        return
    for item in node.items:
        if isinstance(item, MapNode):
            _known(item, PROBLEM_KEYS, "a problem", say)
        elif not (isinstance(item, ScalarNode) and isinstance(item.value, str)):
            say("a problem is a sentence or a map", item.mark, "")


def _check_environment(node: Node | None, say: Say) -> None:
    if node is None:
        return
    if not isinstance(node, MapNode):
        say("`environment` is a map of jobs to variables", node.mark, "")
        return
    for name, value in node:
        if not isinstance(value, MapNode):
            say(f"the environment of {name} is a map of variables", value.mark, "")


def named_items(
    node: Node | None, key: str, say: Say | None = None
) -> list[tuple[str, Node | None]]:
    """`[a, {b: value}]` and `{a: value}` as pairs of a name and its value, if it has one."""
    if node is None:
        return []
    if isinstance(node, MapNode):
        return list(node)
    found: list[tuple[str, Node | None]] = []
    for item in node.items if isinstance(node, SeqNode) else (node,):
        if isinstance(item, ScalarNode) and item is not node and isinstance(item.value, str):
            found.append((item.value, None))
        elif isinstance(item, MapNode) and len(item.items) == 1:
            found.extend(item)
        elif say is not None:
            say(f"`{key}` is a list of names (or `name: ...`), or a map", item.mark, "")
    return found


def _known(node: MapNode, keys: Collection[str], what: str, say: Say) -> None:
    for key in node.items:
        if key not in keys:
            say(f"{what} has no key `{key}`", node.key_mark(key), _near(key, keys))


def _near(key: str, keys: Collection[str]) -> str:
    close = difflib.get_close_matches(key, keys, n=1)
    return f"did you mean `{close[0]}`?" if close else f"the keys are: {', '.join(sorted(keys))}"


def _stem(name: str) -> str:
    return name.rsplit("/", 1)[-1].rpartition(".")[0]
