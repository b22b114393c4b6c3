"""`retry:`."""

from typing import Final

import msgspec

from gluv.config.keywords.reading import (
    Problems,
    absent,
    likely,
    read_integers,
    read_text_or_texts,
    refuse_unknown_keys,
)
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """`retry:`; `when` defaults to every reason."""

    max: int = 0
    when: tuple[str, ...] = ("always",)
    exit_codes: tuple[int, ...] = ()


RETRY_LIMIT: Final = 2
FAILURE_REASONS: Final = (
    "always",
    "unknown_failure",
    "script_failure",
    "api_failure",
    "stuck_or_timeout_failure",
    "runner_system_failure",
    "missing_dependency_failure",
    "runner_unsupported",
    "stale_schedule",
    "job_execution_timeout",
    "job_execution_server_timeout",
    "archived_failure",
    "unmet_prerequisites",
    "scheduler_failure",
    "data_integrity_failure",
    "forward_deployment_failure",
    "user_blocked",
    "project_deleted",
    "ci_quota_exceeded",
    "pipeline_loop_detected",
    "no_matching_runner",
    "trace_size_exceeded",
    "builds_disabled",
    "environment_creation_failure",
    "deployment_rejected",
    "failed_outdated_deployment_job",
    "protected_environment_failure",
    "insufficient_bridge_permissions",
    "downstream_bridge_project_not_found",
    "invalid_bridge_trigger",
    "upstream_bridge_project_not_found",
    "insufficient_upstream_permissions",
    "bridge_pipeline_is_child_pipeline",
    "downstream_pipeline_creation_failed",
    "secrets_provider_not_found",
    "reached_max_descendant_pipelines_depth",
    "reached_max_pipeline_hierarchy_size",
    "ip_restriction_failure",
    "provisioning_failure",
    "runner_provisioning_timeout",
    "job_token_expired",
    "job_router_failure",
)
"""The server's failure reasons, as far as known; the first seven are the ones people use."""


def read_retry(node: Node, at: str, problems: Problems) -> Retry | None:
    """How often and when a job is retried.

    GitLab names no job in these sentences: the place is always `retry`.
    """
    del at
    if type(node) is ScalarNode and type(node.value) is int:
        count = _read_max(node, "retry config", problems)
        return None if count is None else Retry(max=count)
    if type(node) is not MapNode:
        problems.say("wrong-type", "retry config has to be either an integer or a hash", node)
        return None
    refuse_unknown_keys(node, "retry config", problems, ("max", "when", "exit_codes"))
    read: dict[str, object] = {}
    for key, value in node:
        result: object = None
        if absent(value):
            continue
        if key == "max":
            result = _read_max(value, "retry max", problems)
        elif key == "when":
            result = _read_when(value, problems)
        elif key == "exit_codes":
            result = read_integers(value, "retry exit codes", problems)
        if result is not None:
            read[key] = result
    return Retry(**read)  # type: ignore[arg-type]


def _read_max(node: Node, subject: str, problems: Problems) -> int | None:
    value = node.value if isinstance(node, ScalarNode) else None
    if type(value) is not int:
        number = "must be an integer" if type(value) is float else "is not a number"
        problems.refuse("wrong-type", f"{subject} {number}", node)
    elif value < 0:
        problems.refuse("out-of-range", f"{subject} must be greater than or equal to 0", node)
    elif value > RETRY_LIMIT:
        problems.refuse(
            "out-of-range", f"{subject} must be less than or equal to {RETRY_LIMIT}", node
        )
    else:
        return value
    return None


def _read_when(node: Node, problems: Problems) -> tuple[str, ...] | None:
    reasons = read_text_or_texts(node, "retry when", problems)
    if reasons is None:
        return None
    unknown = [reason for reason in reasons if reason not in FAILURE_REASONS]
    if unknown:
        problems.refuse(
            "unknown-value",
            f"retry when contains unknown values: {', '.join(unknown)}"
            if isinstance(node, SeqNode)
            else "retry when is not included in the list",
            node,
            likely(unknown[0], FAILURE_REASONS),
        )
        return None
    return reasons or None
