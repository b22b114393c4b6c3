"""Which keywords a job and a trigger job may have, and who reads each."""

from collections.abc import Callable, Mapping
from typing import Final

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
from gluv.config.keywords.needs import Need, read_needs
from gluv.config.keywords.pages import read_pages
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
    read_choice,
    read_flag,
    read_text,
    read_text_or_texts,
    read_texts,
)
from gluv.config.keywords.release import read_release
from gluv.config.keywords.retry import read_retry
from gluv.config.keywords.rules import read_job_rules
from gluv.config.keywords.run import read_run
from gluv.config.keywords.script import read_script
from gluv.config.keywords.secrets import read_secrets
from gluv.config.keywords.services import read_services
from gluv.config.keywords.syntax import WEEK, read_duration
from gluv.config.keywords.trigger import read_trigger
from gluv.config.keywords.variables import JOB_KEYS, Variable, read_variables
from gluv.text.nodes import Node

Reader = Callable[[Node, str, Problems], object]

JOB_WHEN: Final = ("on_success", "on_failure", "always", "manual", "delayed")
TRIGGER_WHEN: Final = ("on_success", "on_failure", "always", "manual")


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
