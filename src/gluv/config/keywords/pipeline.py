"""The whole configuration: globals, defaults and jobs, then the checks that need them all."""

from typing import Final

from gluv.config.keywords.inherit import DEFAULT_KEYS
from gluv.config.keywords.job import Job
from gluv.config.keywords.job_keywords import JOB_ENTRIES, JOB_KEYWORDS, JOB_VALUES
from gluv.config.keywords.read_job import read_job
from gluv.config.keywords.reading import Problems, absent, likely, read_map, words
from gluv.config.keywords.stages import DEFAULT_STAGES, edged, read_stages
from gluv.config.keywords.variables import TOP_KEYS, Variable, read_variables
from gluv.config.keywords.workflow import Workflow, read_workflow
from gluv.config.model import Config
from gluv.config.validate import check_jobs
from gluv.errors import Mark, Problem
from gluv.text.nodes import MapNode, Node

GLOBALS: Final = frozenset(
    (
        "after_script",
        "before_script",
        "cache",
        "default",
        "image",
        "include",
        "services",
        "stages",
        "variables",
        "workflow",
    )
)
"""Keywords at the top of a file; any other key is a job."""

OLD_DEFAULTS: Final = ("image", "services", "before_script", "after_script", "cache")
"""Keywords that may stand at the top instead of in `default:` (deprecated by GitLab)."""


def read_pipeline(merged: MapNode) -> tuple[Config | None, list[Problem]]:
    """The configuration in `merged`, and everything GitLab would say about it.

    `merged` is what remains after includes, extends and references, with the defaults in the jobs
    that take them. The result is None only if no job could be read.
    """
    problems = Problems()
    items = merged.items
    stages = items.get("stages")
    stage_names = (
        edged(DEFAULT_STAGES)
        if stages is None or absent(stages)
        else read_stages(stages, "stages", problems)
    )
    variables: dict[str, Variable] = {}
    top = items.get("variables")
    if top is not None and not absent(top):
        variables = read_variables(top, "variables", problems, TOP_KEYS)
    workflow = Workflow()
    flow = items.get("workflow")
    if flow is not None and not absent(flow):
        workflow = read_workflow(flow, "workflow", problems)
    defaults = _read_defaults(merged, problems)
    jobs, refused = _read_jobs(merged, defaults, workflow, problems)
    if not jobs:
        return None, problems.found
    config = Config(
        stages=stage_names, variables=variables, workflow=workflow, jobs=jobs, merged=merged
    )
    check_jobs(config, refused, problems)
    return config, problems.found


def _read_defaults(merged: MapNode, problems: Problems) -> frozenset[int]:
    """Read what jobs inherit, so that its problems name `default`; the ids of the nodes read.

    Every node is read once: a job that has one of these says nothing about it again.
    """
    read: set[int] = set()
    default = merged.get("default")
    if default is not None and not absent(default):
        for key, value in read_map(default, "default config", problems, DEFAULT_KEYS) or ():
            if key in DEFAULT_KEYS and not absent(value):
                read.add(id(value))
                entry = JOB_ENTRIES.get(key)
                if entry is not None:
                    problems.once(key, value, entry, f"default:{key}")
                else:
                    problems.once(key, value, JOB_VALUES[key], f"default {words(key)}")
    for key in OLD_DEFAULTS:
        old = merged.get(key)
        if old is not None and not absent(old):
            read.add(id(old))
            problems.once(key, old, JOB_ENTRIES[key], key)
    return frozenset(read)


def _read_jobs(
    merged: MapNode, defaults: frozenset[int], workflow: Workflow, problems: Problems
) -> tuple[dict[str, Job], list[str]]:
    """The jobs that could be read, and the names of those that could not."""
    jobs: dict[str, Job] = {}
    refused: list[str] = []
    has_rules = workflow.rules is not None
    for name, node in merged.items.items():
        if name in GLOBALS:
            continue
        mark = merged.key_mark(name)
        if name.startswith("."):
            if absent(node) or (isinstance(node, MapNode) and not node.items):
                problems.refuse("blank", f"jobs:{name} config can't be blank", mark)
        elif _implements(node):
            assert isinstance(node, MapNode)
            jobs[name] = read_job(
                name, node, mark, defaults, problems, workflow_has_rules=has_rules
            )
        else:
            refused.append(name)
            _refuse_job(name, node, mark, problems)
    if not jobs:
        problems.refuse(
            "no-visible-job", "jobs config should contain at least one visible job", merged
        )
    return jobs, refused


def _implements(node: Node) -> bool:
    return isinstance(node, MapNode) and not node.items.keys().isdisjoint(
        ("script", "run", "trigger", "needs")
    )


def _refuse_job(name: str, node: Node, mark: Mark, problems: Problems) -> None:
    # Ruby's humanize turns the name into words here, which is why the sentence has none of its `_`.
    spoken = words(name.replace(".", "_")).strip()
    place, hint = _likely_mistake(name, node, mark)
    problems.refuse(
        "job-without-script",
        f"jobs {spoken} config should implement the script:, run:, or trigger: keyword",
        place,
        hint,
    )


def _likely_mistake(name: str, node: Node, mark: Mark) -> tuple[Mark, str]:
    """Where and why something is no job: a misspelt global keyword, a misspelt `script`."""
    hint = likely(name, GLOBALS)
    if hint:
        return mark, hint
    if not isinstance(node, MapNode):
        return mark, "a job is a map with `script:`"
    for key in node.items:
        if key not in JOB_KEYWORDS and (hint := likely(key, ("script", "run", "trigger"))):
            return node.key_mark(key), hint
    return mark, "add `script:`, or start the name with a dot if other jobs only extend it"
