"""A job's node to a `Job`: each keyword by its own reader, then all together."""

from typing import Any

from gluv.config.keywords.job import Job
from gluv.config.keywords.job_checks import (
    check_job,
    check_name,
    check_together,
    check_trigger,
    warn_many_pipelines,
)
from gluv.config.keywords.job_keywords import (
    JOB_ENTRIES,
    JOB_KEYWORDS,
    JOB_VALUES,
    TRIGGER_ENTRIES,
    TRIGGER_KEYWORDS,
    TRIGGER_VALUES,
)
from gluv.config.keywords.reading import (
    Problems,
    likely,
    words,
)
from gluv.errors import Mark
from gluv.text.nodes import MapNode, ScalarNode


def read_job(
    name: str,
    node: MapNode,
    mark: Mark,
    defaults: frozenset[int],
    problems: Problems,
    *,
    workflow_has_rules: bool,
) -> Job:
    """The job `name`, with the keywords of a trigger job if it has neither `script` nor `run`.

    `defaults` are the ids of the nodes in `default:`; a trigger job may hold them without use.
    """
    at = f"jobs:{name}"
    items = node.items
    is_job = "script" in items or "run" in items
    entries, values = (JOB_ENTRIES, JOB_VALUES) if is_job else (TRIGGER_ENTRIES, TRIGGER_VALUES)
    kind = "" if is_job else "trigger "
    check_name(name, at, mark, problems)
    check_together(node, at, problems)
    read: dict[str, Any] = {}
    marks: dict[str, Mark] = {}
    keys = node.keys
    for key, value in items.items():
        key_node = keys.get(key)
        marks[key] = value.mark if key_node is None else key_node.mark
        entry = entries.get(key)
        reader = entry or values.get(key)
        if reader is None:
            if id(value) not in defaults:
                _refuse_keyword(key, at, marks[key], entries.keys() | values.keys(), problems)
        elif type(value) is not ScalarNode or value.value is not None:
            place = f"{at}:{key}" if entry is not None else f"{at} {words(key)}"
            result = problems.once(kind + key, value, reader, place)
            if result is not None:
                read[key] = result
    if "rules" in read and not workflow_has_rules:
        warn_many_pipelines(read["rules"], items["rules"], at, problems)
    if is_job:
        check_job(name, node, read, at, problems)
    else:
        check_trigger(node, read, at, problems)
    read.pop("extends", None)
    if "except" in read:
        read["except_"] = read.pop("except")
    return Job(name=name, mark=mark, marks=marks, **read)


def _refuse_keyword(
    key: str, at: str, mark: Mark, allowed: "frozenset[str] | set[str]", problems: Problems
) -> None:
    if key in JOB_KEYWORDS:
        hint = "a trigger job does not take this keyword"
    elif key in TRIGGER_KEYWORDS:
        hint = "a job with a script does not take this keyword"
    else:
        hint = likely(key, allowed)
    problems.refuse("unknown-key", f"{at} config contains unknown keys: {key}", mark, hint)
