"""Today's plan as an expectation: what `gluv test --update` writes."""

from collections.abc import Mapping

from gluv.expect.match import brief, holds, objects
from gluv.expect.model import Expectation
from gluv.expect.problems import is_problem
from gluv.expect.read import named_items
from gluv.expect.runtime import job_environment
from gluv.expect.scene import Planned
from gluv.plan.json import plan_object
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, plain
from gluv.text.write import render_yaml

STARTING_SCENES: dict[str, dict[str, object]] = {
    "branch": {"branch": "feature"},
    "default-branch": {},
    "merge-request": {"mr": "main"},
    "schedule": {"schedule": True},
    "tag": {"tag": "v1.0.0"},
}
"""The first expectations of a team: file name to context."""

Object = Mapping[str, object]


def render_file(expectations: Mapping[str, object], *, single: bool, head: str = "") -> str:
    """An expectation file; `head` are the comment lines it starts with."""
    body = next(iter(expectations.values())) if single else expectations
    return head + render_yaml(body)


def head_of(text: str) -> str:
    """The comments above the first key, blank lines included."""
    kept = []
    for line in text.splitlines(keepends=True):
        if line.strip() and not line.startswith("#"):
            break
        kept.append(line)
    return "".join(kept)


def has_comments(text: str) -> bool:
    """Whether there is a comment line below the head, which rewriting loses."""
    rest = text[len(head_of(text)) :]
    return any(line.lstrip().startswith("#") for line in rest.splitlines())


def today(expectation: Expectation, planned: Planned) -> dict[str, object]:
    """What the expectation must say to hold today.

    It asks about what it asked about; where it lists the jobs, new ones join it.
    """
    node = expectation.node
    plan = plan_object(planned.plan)
    written: dict[str, object] = {}
    if "context" in node.items:
        written["context"] = plain(node.items["context"])
    problems = _problems(node.get("problems"), plan)
    if problems:
        return written | {"problems": problems}
    pipeline, reason = node.get("pipeline"), node.get("reason")
    if plan["pipeline"] is None:
        written["pipeline"] = "none"
        kept = isinstance(reason, ScalarNode) and str(reason.value) in str(plan["reason"])
        written["reason"] = plain(reason) if reason and kept else plan["reason"]
    elif pipeline is not None and plain(pipeline) != "none":
        written["pipeline"] = _pipeline(pipeline, plan["pipeline"])
    if "stages" in node.items:
        written["stages"] = plan["stages"]
    if "jobs" in node.items or "skipped" not in node.items:
        written["jobs"] = _jobs(node.get("jobs"), plan)
    if "skipped" in node.items:
        written["skipped"] = _skipped(node.items["skipped"], plan)
    environment = node.get("environment")
    if isinstance(environment, MapNode):
        written["environment"] = _environment(environment, expectation, planned)
    return {
        key: value for key, value in written.items() if value != {} or key in ("context", "jobs")
    }


def first(context: Mapping[str, object], planned: Planned) -> dict[str, object]:
    """An expectation that did not exist: every job with what matters most about it."""
    plan = plan_object(planned.plan)
    written: dict[str, object] = {"context": dict(context)} if context else {}
    problems = _problems(None, plan)
    if problems:
        return written | {"problems": problems}
    if plan["pipeline"] is None:
        return written | {"pipeline": "none", "reason": plan["reason"]}
    return written | {
        "jobs": _jobs(None, plan),
        "skipped": [entry["name"] for entry in objects(plan["skipped"])],
    }


def _pipeline(node: Node, pipeline: object) -> object:
    assert isinstance(pipeline, Mapping)
    if isinstance(node, MapNode):
        return _same_keys(node, pipeline)
    return pipeline["name"] if pipeline["name"] is not None else {"name": None}


def _jobs(node: Node | None, plan: Object) -> object:
    asked = dict(named_items(node, "jobs"))
    jobs = objects(plan["jobs"])
    if isinstance(node, MapNode):
        named = {str(job["name"]): job for job in jobs}
        return {
            name: _same_keys(value, named[name]) if isinstance(value, MapNode) else None
            for name, value in node
            if name in named
        }
    detailed = node is None or any(value is not None for value in asked.values())
    written: list[object] = []
    for job in jobs:
        name = str(job["name"])
        value = asked.get(name)
        if isinstance(value, MapNode):
            written.append({name: _same_keys(value, job)})
        elif detailed and name not in asked:
            written.append({name: _salient(job)})
        else:
            written.append(name)
    return written


def _same_keys(node: MapNode, actual: Object) -> dict[str, object]:
    """Today's values of the keys that are asked about; what holds stays as it is written."""
    return {
        key: plain(value) if holds(value, actual.get(key)) else _deeper(value, actual.get(key))
        for key, value in node
    }


def _deeper(node: Node, actual: object) -> object:
    if isinstance(node, MapNode) and node.items and isinstance(actual, Mapping) and actual:
        return _same_keys(node, actual)
    return brief(actual)


def _salient(job: Object) -> dict[str, object]:
    """A job in a review's words: its stage, and what is not the default."""
    usual = {"when": "on_success", "allow_failure": False}
    said: dict[str, object] = {"stage": job["stage"]}
    for key in ("when", "allow_failure", "start_in", "needs", "image", "variables", "environment"):
        value = brief(job[key])
        if value is not None and value != {} and value != usual.get(key):
            said[key] = value
    rule = job["rule"]
    if isinstance(rule, Mapping) and rule["if"] is not None:
        said["rule"] = {"if": rule["if"]}
    return said


def _skipped(node: Node, plan: Object) -> object:
    reasons = {str(entry["name"]): str(entry["why"]) for entry in objects(plan["skipped"])}
    asked = dict(named_items(node, "skipped"))
    if isinstance(node, SeqNode):
        return [
            name if asked.get(name) is None else {name: _reason(asked[name], reasons[name])}
            for name in reasons
        ]
    return {name: _reason(value, reasons[name]) for name, value in asked.items() if name in reasons}


def _reason(node: Node | None, why: str) -> object:
    if node is None or (isinstance(node, ScalarNode) and node.value is None):
        return None
    said = plain(node)
    return said if str(said) in why else why


def _problems(node: Node | None, plan: Object) -> list[object]:
    """Today's errors; an expected problem that is still there stays as it is written."""
    left = list(objects(plan["problems"]))
    written: list[object] = []
    for item in node.items if isinstance(node, SeqNode) else ():
        found = next((each for each in left if is_problem(item, each)), None)
        if found is not None:
            left.remove(found)
            written.append(plain(item))
    written += [
        {key: each[key] for key in ("message", "line") if each[key] is not None}
        for each in left
        if each["severity"] == "error"
    ]
    return written


def _environment(node: MapNode, expectation: Expectation, planned: Planned) -> object:
    jobs = {job.name: job for job in planned.plan.jobs}
    written: dict[str, object] = {}
    for name, asked in node:
        if name in jobs and isinstance(asked, MapNode):
            seen = job_environment(planned, jobs[name], expectation.scene.dotenv)
            written[name] = _same_keys(asked, seen)
    return written
