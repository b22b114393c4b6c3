"""A job's node to a `Job`: which keywords it may have, each read by its own file, then together."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from gluv.config.keywords.allow_failure import read_allow_failure
from gluv.config.keywords.artifacts import read_artifacts
from gluv.config.keywords.cache import read_caches
from gluv.config.keywords.dast_configuration import read_dast_configuration
from gluv.config.keywords.environment import read_environment
from gluv.config.keywords.hooks import read_hooks
from gluv.config.keywords.id_tokens import read_id_tokens, read_identity
from gluv.config.keywords.image import read_image
from gluv.config.keywords.inherit import read_inherit
from gluv.config.keywords.inputs import read_job_inputs
from gluv.config.keywords.job import Job
from gluv.config.keywords.needs import Need, read_needs
from gluv.config.keywords.pages import is_pages, read_pages
from gluv.config.keywords.parallel import read_parallel
from gluv.config.keywords.plain_values import (
    read_coverage,
    read_interruptible,
    read_stage,
    read_tags,
    read_timeout,
)
from gluv.config.keywords.policy import read_policy
from gluv.config.keywords.reading import (
    Problems,
    absent,
    blank,
    likely,
    read_choice,
    read_flag,
    read_text,
    read_text_or_texts,
    read_texts,
    words,
)
from gluv.config.keywords.release import read_release
from gluv.config.keywords.retry import read_retry
from gluv.config.keywords.rules import Rule, read_job_rules
from gluv.config.keywords.run import read_run
from gluv.config.keywords.script import read_script
from gluv.config.keywords.secrets import read_secrets
from gluv.config.keywords.services import read_services
from gluv.config.keywords.syntax import WEEK, read_duration
from gluv.config.keywords.trigger import read_trigger
from gluv.config.keywords.variables import JOB_KEYS, Variable, read_variables
from gluv.errors import Mark
from gluv.text.nodes import MapNode, Node, ScalarNode

Reader = Callable[[Node, str, Problems], object]

JOB_WHEN: Final = ("on_success", "on_failure", "always", "manual", "delayed")
TRIGGER_WHEN: Final = ("on_success", "on_failure", "always", "manual")

NAME_LIMIT: Final = 255

_MANY_PIPELINES: Final = (
    "may allow multiple pipelines to run for a single action due to `rules:when` clause with no "
    "`workflow:rules` - read more: https://docs.gitlab.com/ee/ci/jobs/job_troubleshooting.html"
    "#job-may-allow-multiple-pipelines-to-run-for-a-single-action-warning"
)


def _read_job_variables(node: Node, at: str, problems: Problems) -> dict[str, Variable]:
    return read_variables(node, at, problems, JOB_KEYS)


def _read_job_when(node: Node, subject: str, problems: Problems) -> str | None:
    sentence = f"should be one of: {', '.join(JOB_WHEN)}"
    return read_choice(node, subject, problems, JOB_WHEN, sentence)


def _read_trigger_when(node: Node, subject: str, problems: Problems) -> str | None:
    sentence = f"should be one of: {', '.join(TRIGGER_WHEN)}"
    return read_choice(node, subject, problems, TRIGGER_WHEN, sentence)


def _read_start_in(node: Node, subject: str, problems: Problems) -> int | None:
    return read_duration(node, subject, problems, limit=WEEK)


def _read_trigger_parallel(node: Node, at: str, problems: Problems) -> object:
    return read_parallel(node, at, problems, number=False)


def _read_trigger_needs(node: Node, at: str, problems: Problems) -> tuple[Need, ...] | None:
    return read_needs(node, at, problems, ("job", "bridge"))


def _read_publish(node: Node, at: str, problems: Problems) -> str | None:
    return read_text(node, f"{at} config", problems)


DEFAULTS: Final[Mapping[str, Reader]] = {
    "after_script": read_script,
    "artifacts": read_artifacts,
    "before_script": read_script,
    "cache": read_caches,
    "hooks": read_hooks,
    "id_tokens": read_id_tokens,
    "image": read_image,
    "interruptible": read_interruptible,
    "retry": read_retry,
    "services": read_services,
    "tags": read_tags,
    "timeout": read_timeout,
}
"""Keywords that `default:` may hold, as jobs do; `identity` is among the plain values below."""

# GitLab speaks of an entry as `jobs:build:image config`, and of a plain value as `jobs:build when`.
_SHARED_ENTRIES: Final[Mapping[str, Reader]] = {
    "environment": read_environment,
    "except": read_policy,
    "inherit": read_inherit,
    "interruptible": read_interruptible,
    "only": read_policy,
    "rules": read_job_rules,
    "stage": read_stage,
    "variables": _read_job_variables,
}
_SHARED_VALUES: Final[Mapping[str, Reader]] = {
    "extends": read_text_or_texts,
    "resource_group": read_text,
}
JOB_ENTRIES: Final[Mapping[str, Reader]] = {
    **_SHARED_ENTRIES,
    **DEFAULTS,
    "coverage": read_coverage,
    "dast_configuration": read_dast_configuration,
    "inputs": read_job_inputs,
    "needs": read_needs,
    "pages": read_pages,
    "parallel": read_parallel,
    "publish": _read_publish,
    "release": read_release,
    "script": read_script,
    "secrets": read_secrets,
}
JOB_VALUES: Final[Mapping[str, Reader]] = {
    **_SHARED_VALUES,
    "allow_failure": read_allow_failure,
    "dependencies": read_texts,
    "identity": read_identity,
    "manual_confirmation": read_text,
    "run": read_run,
    "start_in": _read_start_in,
    "when": _read_job_when,
}
TRIGGER_ENTRIES: Final[Mapping[str, Reader]] = {
    **_SHARED_ENTRIES,
    "needs": _read_trigger_needs,
    "parallel": _read_trigger_parallel,
    "trigger": read_trigger,
}
TRIGGER_VALUES: Final[Mapping[str, Reader]] = {
    **_SHARED_VALUES,
    "allow_failure": read_flag,
    "when": _read_trigger_when,
}

JOB_KEYWORDS: Final = frozenset((*JOB_ENTRIES, *JOB_VALUES))
TRIGGER_KEYWORDS: Final = frozenset((*TRIGGER_ENTRIES, *TRIGGER_VALUES))


def read_job(
    name: str,
    node: MapNode,
    mark: Mark,
    defaults: frozenset[int],
    problems: Problems,
    *,
    workflow_has_rules: bool,
) -> Job:
    """The job `name`; `defaults` are the ids of the nodes in `default:`, which a trigger job
    may hold without using them.

    A job with `script` or `run` takes the keywords of a job, any other those of a trigger job.
    """
    at = f"jobs:{name}"
    items = node.items
    is_job = "script" in items or "run" in items
    entries, values = (JOB_ENTRIES, JOB_VALUES) if is_job else (TRIGGER_ENTRIES, TRIGGER_VALUES)
    kind = "" if is_job else "trigger "
    _check_name(name, at, mark, problems)
    _check_together(node, at, problems)
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
        _warn_many_pipelines(read["rules"], items["rules"], at, problems)
    if is_job:
        _check_job(name, node, read, at, problems)
    else:
        _check_trigger(node, read, at, problems)
    read.pop("extends", None)
    if "except" in read:
        read["except_"] = read.pop("except")
    return Job(name=name, mark=mark, marks=marks, **read)


def _check_name(name: str, at: str, mark: Mark, problems: Problems) -> None:
    if len(name) > NAME_LIMIT:
        problems.refuse(
            "too-long", f"{at} name is too long (maximum is {NAME_LIMIT} characters)", mark
        )
    if not name.strip():
        problems.refuse("blank", f"{at} name can't be blank", mark)


def _check_together(node: MapNode, at: str, problems: Problems) -> None:
    for pair in (("script", "trigger"), ("run", "trigger"), ("script", "run")):
        if pair[0] in node.items and pair[1] in node.items:
            problems.refuse(
                "conflicting-keys",
                f"{at} config these keys cannot be used together: {', '.join(pair)}",
                node.key_mark(pair[1]),
            )
    if not absent(node.get("rules")):
        present = [key for key in ("only", "except", "start_in") if not absent(node.get(key))]
        if present:
            problems.refuse(
                "conflicting-keys",
                f"{at} config key may not be used with `rules`: {', '.join(present)}",
                node.key_mark(present[0]),
            )


def _refuse_keyword(
    key: str, at: str, mark: Mark, allowed: "frozenset[str] | set[str]", problems: Problems
) -> None:
    if key in JOB_KEYWORDS:
        hint = "a trigger job does not take this keyword"
    else:
        hint = likely(key, allowed)
    problems.refuse("unknown-key", f"{at} config contains unknown keys: {key}", mark, hint)


def _check_job(
    name: str, node: MapNode, read: Mapping[str, Any], at: str, problems: Problems
) -> None:
    script = node.get("script")
    if blank(script) and "run" not in node.items:
        problems.refuse("blank", f"{at} script can't be blank", script or node)
    start_in = node.get("start_in")
    if read.get("when") == "delayed":
        if absent(start_in):
            problems.refuse(
                "invalid-duration", f"{at} start in should be a duration", node.key_mark("when")
            )
    elif not absent(start_in) and absent(node.get("rules")):
        problems.refuse(
            "conflicting-keys",
            f"{at} start in must be blank",
            node.key_mark("start_in"),
            "`start_in` goes with `when: delayed`",
        )
    if "publish" in node.items and "publish" in read and not is_pages(name, read.get("pages")):
        problems.refuse(
            "conflicting-keys",
            f"{at} publish can only be used within a `pages` job",
            node.key_mark("publish"),
        )
    _check_dependencies(node, read, at, problems)


def _check_dependencies(
    node: MapNode, read: Mapping[str, Any], at: str, problems: Problems
) -> None:
    dependencies = read.get("dependencies")
    needs: tuple[Need, ...] | None = read.get("needs")
    if not dependencies or not needs:
        return
    own = {need.job for need in needs if need.project is None and need.pipeline is None}
    if not own:
        problems.refuse(
            "conflicting-keys",
            f"{at} needs corresponding to dependencies must be from the same pipeline",
            node.key_mark("needs"),
        )
        return
    missing = [dependency for dependency in dependencies if dependency not in own]
    if missing:
        problems.refuse(
            "undefined-need",
            f"{at} dependencies the {', '.join(missing)} should be part of needs",
            node.key_mark("dependencies"),
        )


def _check_trigger(node: MapNode, read: Mapping[str, Any], at: str, problems: Problems) -> None:
    needs: tuple[Need, ...] = read.get("needs") or ()
    bridges = [need for need in needs if need.pipeline is not None]
    if absent(node.get("trigger")) and not bridges:
        problems.refuse(
            "missing-key",
            f"{at} config should contain either a trigger or a needs:pipeline",
            node.key_mark("trigger"),
        )
    if len(bridges) > 1:
        problems.refuse(
            "too-many",
            f"{at} config should contain at most one bridge need",
            node.key_mark("needs"),
        )


def _warn_many_pipelines(rules: tuple[Rule, ...], node: Node, at: str, problems: Problems) -> None:
    last = rules[-1] if rules else None
    if last is None or last.when in (None, "never"):
        return
    if last == Rule(when=last.when, mark=last.mark):
        problems.warn("many-pipelines", f"{at} {_MANY_PIPELINES}", last.mark or node.mark)
