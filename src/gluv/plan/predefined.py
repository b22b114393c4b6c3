"""GitLab's predefined variables that are known before a job runs, by what they speak about.

A variable that does not apply is absent, never empty: `$CI_COMMIT_TAG == null` on a branch.
What only the job or the runner knows (`JOB_TIME`) is added by `gluv.plan.environment`.
"""

from urllib.parse import urlsplit

from gluv.expr.slug import slug
from gluv.plan.context import Context, MergeRequest, Project, Server, User
from gluv.plan.slug import environment_slug, group_name

MAX_COMMIT_MESSAGE = 100_000
"""Bytes of the commit message that GitLab hands to jobs."""

MAX_DESCRIPTION = 2700

JOB_TIME = frozenset(
    {
        "CI_BUILDS_DIR",
        "CI_CONCURRENT_ID",
        "CI_CONCURRENT_PROJECT_ID",
        "CI_DEPENDENCY_PROXY_PASSWORD",
        "CI_DISPOSABLE_ENVIRONMENT",
        "CI_ENVIRONMENT_ID",
        "CI_JOB_ID",
        "CI_JOB_IMAGE",
        "CI_JOB_STARTED_AT",
        "CI_JOB_STARTED_AT_SLUG",
        "CI_JOB_STATUS",
        "CI_JOB_TIMEOUT",
        "CI_JOB_TOKEN",
        "CI_JOB_URL",
        "CI_PIPELINE_ID",
        "CI_PIPELINE_URL",
        "CI_PROJECT_DIR",
        "CI_RELEASE_DESCRIPTION",
        "CI_REGISTRY_PASSWORD",
        "CI_REPOSITORY_URL",
        "CI_RUNNER_DESCRIPTION",
        "CI_RUNNER_EXECUTABLE_ARCH",
        "CI_RUNNER_ID",
        "CI_RUNNER_REVISION",
        "CI_RUNNER_SHORT_TOKEN",
        "CI_RUNNER_TAGS",
        "CI_RUNNER_VERSION",
        "CI_SERVER",
        "CI_SERVER_TLS_CA_FILE",
        "CI_SERVER_TLS_CERT_FILE",
        "CI_SERVER_TLS_KEY_FILE",
        "CI_SHARED_ENVIRONMENT",
        "RUNNER_TEMP_PROJECT_DIR",
    }
)
"""Variables that exist only once a job runs; a plan keeps references to them as written."""

PIPELINE_TIME = frozenset(
    {"CI_PIPELINE_IID", "CI_PIPELINE_SCHEDULE_DESCRIPTION", "CI_PIPELINE_TRIGGERED"}
)
"""Variables that exist once the pipeline does: `include:` does not see them (phase P1)."""


def pipeline_predefined(context: Context, name: str | None = None) -> dict[str, str]:
    """Everything known of the pipeline before its jobs (phases P0 and P1 without the job's own).

    `name` is the expanded `workflow:name`.
    """
    variables = server_variables(context.server)
    variables |= project_variables(context.project, context.server)
    variables["CI_CONFIG_PATH"] = context.config_path
    variables["CI_PIPELINE_IID"] = str(context.pipeline_iid)
    variables["CI_PIPELINE_SOURCE"] = context.source
    variables["CI_PIPELINE_CREATED_AT"] = context.created_at
    if name:
        variables["CI_PIPELINE_NAME"] = name
    if context.source == "schedule":
        variables["CI_PIPELINE_SCHEDULE_DESCRIPTION"] = context.schedule_description
    if context.source == "trigger":
        variables["CI_PIPELINE_TRIGGERED"] = "true"
    variables |= commit_variables(context)
    if context.merge_request is not None:
        variables |= merge_request_variables(context.merge_request, context)
    return variables


def server_variables(server: Server) -> dict[str, str]:
    """The instance: its address in all its parts, and its version."""
    url = urlsplit(server.url)
    standard = 443 if url.scheme == "https" else 80
    port = url.port or standard
    host = url.hostname or ""
    major, minor, patch = (*server.version.split(".", 2), "0", "0")[:3]
    return {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_SERVER_URL": server.url,
        "CI_SERVER_PROTOCOL": url.scheme,
        "CI_SERVER_HOST": host,
        "CI_SERVER_PORT": str(port),
        "CI_SERVER_FQDN": host if port == standard else f"{host}:{port}",
        "CI_SERVER_SHELL_SSH_HOST": host,
        "CI_SERVER_SHELL_SSH_PORT": "22",
        "CI_SERVER_NAME": "GitLab",
        "CI_SERVER_VERSION": server.version,
        "CI_SERVER_VERSION_MAJOR": major,
        "CI_SERVER_VERSION_MINOR": minor,
        "CI_SERVER_VERSION_PATCH": patch.split("-")[0],
        "CI_SERVER_REVISION": server.revision,
        "CI_API_V4_URL": f"{server.url}/api/v4",
        "CI_API_GRAPHQL_URL": f"{server.url}/api/graphql",
        "CI_TEMPLATE_REGISTRY_HOST": "registry.gitlab.com",
        "GITLAB_FEATURES": "",
    }


def project_variables(project: Project, server: Server) -> dict[str, str]:
    """The project; its title is its name where it has none."""
    namespace, _, name = project.path.rpartition("/")
    root, _, below = project.path.partition("/")
    # `example.com` is the Pages domain of a GitLab on which nobody set one.
    pages = "example.com"
    return {
        "CI_PROJECT_ID": str(project.id),
        "CI_PROJECT_NAME": name,
        "CI_PROJECT_TITLE": project.title or name,
        "CI_PROJECT_DESCRIPTION": project.description,
        "CI_PROJECT_PATH": project.path,
        "CI_PROJECT_PATH_SLUG": slug(project.path),
        "CI_PROJECT_NAMESPACE": namespace,
        "CI_PROJECT_NAMESPACE_ID": str(project.namespace_id),
        "CI_PROJECT_NAMESPACE_SLUG": slug(namespace),
        "CI_PROJECT_ROOT_NAMESPACE": root,
        "CI_PROJECT_URL": f"{server.url}/{project.path}",
        "CI_PROJECT_VISIBILITY": project.visibility,
        "CI_PROJECT_REPOSITORY_LANGUAGES": "",
        "CI_PROJECT_TOPICS": "",
        "CI_PROJECT_CLASSIFICATION_LABEL": "",
        "CI_DEFAULT_BRANCH": project.default_branch,
        "CI_PAGES_DOMAIN": pages,
        "CI_PAGES_HOSTNAME": f"{root}.{pages}",
        "CI_PAGES_URL": f"http://{root}.{pages}/{below}",
    }


def commit_variables(context: Context) -> dict[str, str]:
    """The commit and the ref: `CI_COMMIT_BRANCH` on branches, `CI_COMMIT_TAG` on tags only."""
    commit = context.commit
    whole = commit.message.encode()
    truncated = len(whole) > MAX_COMMIT_MESSAGE
    message = whole[:MAX_COMMIT_MESSAGE].decode(errors="ignore") if truncated else commit.message
    title, _, rest = message.partition("\n")
    variables = {
        "CI_COMMIT_SHA": commit.sha,
        "CI_COMMIT_SHORT_SHA": commit.sha[:8],
        "CI_COMMIT_BEFORE_SHA": commit.before_sha,
        "CI_COMMIT_REF_NAME": context.ref,
        "CI_COMMIT_REF_SLUG": slug(context.ref),
        "CI_COMMIT_MESSAGE": message,
        "CI_COMMIT_MESSAGE_IS_TRUNCATED": _word(truncated),
        "CI_COMMIT_TITLE": title,
        # GitLab counts a title of 100 characters or more as part of the description.
        "CI_COMMIT_DESCRIPTION": message if len(title) >= 100 else rest.removesuffix("\n"),
        "CI_COMMIT_REF_PROTECTED": _word(context.protected),
        "CI_COMMIT_TIMESTAMP": commit.timestamp,
        "CI_COMMIT_AUTHOR": commit.author,
    }
    if context.ref_kind == "branch":
        variables["CI_COMMIT_BRANCH"] = context.ref
    if context.ref_kind == "tag":
        variables["CI_COMMIT_TAG"] = context.ref
        variables["CI_COMMIT_TAG_MESSAGE"] = context.tag_message
    return variables


def merge_request_variables(request: MergeRequest, context: Context) -> dict[str, str]:
    """The merge request; source and target project are the same one here."""
    project, url = context.project, f"{context.server.url}/{context.project.path}"
    draft = request.title.lower().startswith(("draft:", "[draft]", "(draft)"))
    return {
        "CI_MERGE_REQUEST_ID": str(request.iid),
        "CI_MERGE_REQUEST_IID": str(request.iid),
        "CI_MERGE_REQUEST_REF_PATH": f"refs/merge-requests/{request.iid}/head",
        "CI_MERGE_REQUEST_PROJECT_ID": str(project.id),
        "CI_MERGE_REQUEST_PROJECT_PATH": project.path,
        "CI_MERGE_REQUEST_PROJECT_URL": url,
        "CI_MERGE_REQUEST_TITLE": request.title,
        "CI_MERGE_REQUEST_DESCRIPTION": "",
        "CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED": "false",
        "CI_MERGE_REQUEST_DRAFT": _word(draft),
        "CI_MERGE_REQUEST_SQUASH_ON_MERGE": "false",
        "CI_MERGE_REQUEST_APPROVED": "true",
        "CI_MERGE_REQUEST_EVENT_TYPE": request.event_type,
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": str(project.id),
        "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": project.path,
        "CI_MERGE_REQUEST_SOURCE_PROJECT_URL": url,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": request.source,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_PROTECTED": _word(context.protected),
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": request.target,
        "CI_MERGE_REQUEST_TARGET_BRANCH_PROTECTED": _word(request.target_protected),
        # Filled by GitLab for merged results only.
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "",
        "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": "",
        "CI_MERGE_REQUEST_DIFF_ID": str(request.iid),
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": request.diff_base_sha,
        "CI_OPEN_MERGE_REQUESTS": f"{project.path}!{request.iid}",
    }


def user_variables(user: User) -> dict[str, str]:
    """Who started the pipeline. These beat YAML variables."""
    return {
        "GITLAB_USER_ID": str(user.id),
        "GITLAB_USER_LOGIN": user.login,
        "GITLAB_USER_NAME": user.name,
        "GITLAB_USER_EMAIL": user.email,
    }


def job_variables(
    name: str, stage: str, *, when: str, index: int | None = None, total: int = 1
) -> dict[str, str]:
    """The job; `index` and `total` are those of `parallel`."""
    variables = {
        "CI_JOB_NAME": name,
        "CI_JOB_NAME_SLUG": slug(name),
        "CI_JOB_GROUP_NAME": group_name(name),
        "CI_JOB_STAGE": stage,
        "CI_NODE_TOTAL": str(total),
    }
    if when == "manual":
        variables["CI_JOB_MANUAL"] = "true"
    if index is not None:
        variables["CI_NODE_INDEX"] = str(index)
    return variables


def environment_variables(
    name: str, *, action: str, tier: str | None, url: str | None
) -> dict[str, str]:
    """The environment of a job, its name expanded."""
    variables = {
        "CI_ENVIRONMENT_NAME": name,
        "CI_ENVIRONMENT_SLUG": environment_slug(name),
        "CI_ENVIRONMENT_ACTION": action,
        "CI_ENVIRONMENT_TIER": tier or guess_tier(name),
    }
    if url:
        variables["CI_ENVIRONMENT_URL"] = url
    return variables


_TIERS = (
    ("development", ("dev", "review", "trunk")),
    ("testing", ("test", "tst", "int", "acpt", "accept", "qa", "qc", "control", "quality")),
    ("staging", ("stg", "stag", "model", "modl", "pre", "demo", "non")),
    ("production", ("prod", "prd", "live")),
)


def guess_tier(name: str) -> str:
    """The tier that GitLab reads out of an environment's name: the first list that has a part."""
    lower = name.lower()
    for tier, parts in _TIERS:
        if any(part in lower for part in parts):
            return tier
    return "other"


def _word(value: bool) -> str:
    return "true" if value else "false"
