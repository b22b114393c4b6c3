"""All variables that a job's script sees, in GitLab's order of precedence and expanded.

The order, lowest first: what the runner knows of itself (`CI_PROJECT_DIR`), the persisted job and
pipeline (`CI_JOB_TOKEN`), predefined ones, YAML, `GITLAB_USER_*`, dotenv, instance, group and
project settings, pipeline variables, `CI_RELEASE_DESCRIPTION` and the environment's URL, and at
last what the runner does not let anyone change (`CI_RUNNER_VERSION`).
"""

from collections.abc import Mapping
from urllib.parse import quote

from gluv.expr.expand import runner_expand
from gluv.expr.nested_variables import expand_variables
from gluv.expr.slug import slug
from gluv.plan.context import Context
from gluv.plan.layers import Layers
from gluv.plan.model import Pipeline, PlannedJob
from gluv.plan.predefined import environment_variables, job_variables
from gluv.plan.variable import EnvVar, Layer, Variables, named

__all__ = ["REQUIRED", "EnvVar", "build_environment", "file_path"]

REQUIRED = (
    "CI_BUILDS_DIR",
    "CI_JOB_ID",
    "CI_JOB_STARTED_AT",
    "CI_JOB_TOKEN",
    "CI_PIPELINE_ID",
    "CI_PROJECT_DIR",
)
"""What the runner must hand in as `runtime`."""

_PERSISTED = frozenset(
    {
        "CI_JOB_ID",
        "CI_JOB_STARTED_AT",
        "CI_JOB_STARTED_AT_SLUG",
        "CI_JOB_TOKEN",
        "CI_JOB_URL",
        "CI_PIPELINE_ID",
        "CI_PIPELINE_URL",
        "CI_REPOSITORY_URL",
    }
)
_STRONGEST = frozenset(
    {
        "CI_RUNNER_EXECUTABLE_ARCH",
        "CI_RUNNER_REVISION",
        "CI_RUNNER_SHORT_TOKEN",
        "CI_RUNNER_VERSION",
        "CI_SERVER_TLS_CA_FILE",
        "CI_SERVER_TLS_CERT_FILE",
        "CI_SERVER_TLS_KEY_FILE",
        "RUNNER_TEMP_PROJECT_DIR",
    }
)
_MASKED = frozenset({"CI_JOB_TOKEN", "CI_REGISTRY_PASSWORD", "CI_DEPENDENCY_PROXY_PASSWORD"})


def build_environment(
    context: Context,
    pipeline: Pipeline,
    job: PlannedJob,
    runtime: Mapping[str, str],
    dotenv: Mapping[str, str] = {},
    *,
    shared: Layers | None = None,
) -> tuple[EnvVar, ...]:
    """The variables of a job about to run, one of each name, sorted by strength, weakest first.

    `runtime` is what only the runner knows. It must hold the names in `REQUIRED`; it may hold any
    other: `CI_RUNNER_VERSION`, `CI_RUNNER_EXECUTABLE_ARCH`, `CI_RUNNER_TAGS`, ..., and the tokens
    that the job's `id_tokens` name, which are masked. Computed here unless given: `CI_JOB_URL`,
    `CI_PIPELINE_URL`, `CI_JOB_STARTED_AT_SLUG`, `CI_REPOSITORY_URL`, `CI_JOB_IMAGE`,
    `CI_JOB_STATUS` (running), `CI_JOB_TIMEOUT`, `CI_SERVER`, `CI_DISPOSABLE_ENVIRONMENT`,
    `CI_RUNNER_ID`, `CI_RUNNER_DESCRIPTION`, `CI_RUNNER_TAGS`, `CI_CONCURRENT_*`. `CI_REGISTRY` and
    its relatives are absent: this GitLab has no container registry.

    `dotenv` are variables from `artifacts:reports:dotenv` of the jobs that this one gets artifacts
    from. A value with `file` is the file's content; references to it became `file_path`. `context`
    must name the server that answers the job; `shared` is what `shared_layers` made of it and the
    pipeline, for whoever needs the variables of many jobs. Raises `KeyError` for a missing runtime
    variable.
    """
    given = {key: runtime[key] for key in REQUIRED} | dict(runtime)
    computed = _computed(context, job, given)
    everything = computed | given
    shared = shared or shared_layers(context, pipeline)
    layers = _layers(shared, job, everything, dotenv)
    strongest: Variables = {}
    for layer in layers:
        strongest.update(layer)
    if len(strongest) == sum(map(len, layers)) and not any(map(_refers, layers)):
        # Nothing stands for anything else, and nothing is to be expanded.
        return tuple(strongest.values())
    entries = [variable for layer in layers for variable in layer.values()]
    # References to raw and file variables stay for the runner, which does not expand them again.
    fixed = {key for key, variable in strongest.items() if variable.raw or variable.file}
    expandable = [(each.key, each.value, each.raw) for each in entries if each.key not in fixed]
    # The content of a file is expanded too, but nothing takes it for the variable's value.
    contents = {
        key: f"content of {key}"
        for key, variable in strongest.items()
        if variable.file and not variable.raw
    }
    expandable += [(name, strongest[key].value, False) for key, name in contents.items()]
    expanded = expand_variables(expandable).mapping()
    by_name: dict[str, EnvVar] = {}
    for variable in entries:
        if variable is strongest[variable.key]:
            by_name[variable.key] = _with_value(
                variable,
                expanded.get(contents.get(variable.key, variable.key), variable.value),
            )
    lookup = {
        key: file_path(key, everything) if variable.file else variable.value
        for key, variable in by_name.items()
    }
    return tuple(
        variable if variable.raw else _with_value(variable, runner_expand(variable.value, lookup))
        for variable in by_name.values()
    )


def _refers(layer: Variables) -> bool:
    """Whether a value in a layer holds something that could be a reference."""
    if isinstance(layer, Layer):
        return bool(layer.expandable)
    return any("$" in variable.value or "%" in variable.value for variable in layer.values())


def shared_layers(context: Context, pipeline: Pipeline) -> Layers:
    """What the environments of all jobs of a pipeline have in common."""
    return Layers(context, {}, pipeline.name)


def file_path(key: str, runtime: Mapping[str, str]) -> str:
    """Where the runner puts the file of a `file` variable: beside the project's directory."""
    folder = runtime.get("RUNNER_TEMP_PROJECT_DIR") or f"{runtime['CI_PROJECT_DIR']}.tmp"
    return f"{folder}/{key}"


def _computed(context: Context, job: PlannedJob, given: Mapping[str, str]) -> dict[str, str]:
    url = f"{context.server.url}/{context.project.path}"
    scheme, _, rest = url.partition("://")
    computed = {
        "CI_JOB_URL": f"{url}/-/jobs/{given['CI_JOB_ID']}",
        "CI_PIPELINE_URL": f"{url}/-/pipelines/{given['CI_PIPELINE_ID']}",
        "CI_JOB_STARTED_AT_SLUG": slug(given["CI_JOB_STARTED_AT"]),
        "CI_REPOSITORY_URL": f"{scheme}://gitlab-ci-token:"
        f"{quote(given['CI_JOB_TOKEN'], safe='')}@{rest}.git",
        "CI_JOB_STATUS": "running",
        "CI_JOB_TIMEOUT": str(job.timeout_seconds),
        "CI_SERVER": "yes",
        "CI_DISPOSABLE_ENVIRONMENT": "true",
        "CI_RUNNER_ID": "1",
        "CI_RUNNER_DESCRIPTION": "gluv",
        "CI_RUNNER_TAGS": "[" + ", ".join(f'"{tag}"' for tag in job.tags) + "]",
        "CI_CONCURRENT_ID": "0",
        "CI_CONCURRENT_PROJECT_ID": "0",
    }
    if job.image is not None:
        computed["CI_JOB_IMAGE"] = job.image.name
    if "CI_SHARED_ENVIRONMENT" in given:
        del computed["CI_DISPOSABLE_ENVIRONMENT"]
    return computed


def _layers(
    shared: Layers,
    job: PlannedJob,
    everything: Mapping[str, str],
    dotenv: Mapping[str, str],
) -> tuple[Variables, ...]:
    runner, persisted, strongest = {}, {}, {}
    for key, value in everything.items():
        if key in _STRONGEST:
            strongest[key] = value
        elif key in _PERSISTED or key in job.id_tokens:
            persisted[key] = value
        elif key != "CI_RELEASE_DESCRIPTION":
            runner[key] = value
    late = {key: everything[key] for key in ("CI_RELEASE_DESCRIPTION",) if key in everything}
    index, total = (job.parallel.index, job.parallel.total) if job.parallel else (None, 1)
    predefined = job_variables(job.name, job.stage, when=job.when, index=index, total=total)
    environment = None
    if job.environment is not None:
        environment = job.environment.name
        named_environment = environment_variables(
            environment,
            action=job.environment.action,
            tier=job.environment.deployment_tier,
            url=job.environment.url,
        )
        for key in ("CI_ENVIRONMENT_SLUG", "CI_ENVIRONMENT_URL"):
            if key in named_environment:
                late[key] = named_environment[key]
        predefined |= named_environment
    own, pipeline_wide, yaml, user, settings, chosen = shared.combine(
        predefined, job.variables, environment
    )
    return (
        named(runner, "runner"),
        _masked(named(persisted, "GitLab"), job),
        own,
        pipeline_wide,
        yaml,
        user,
        named(dict(dotenv), "dotenv"),
        settings,
        chosen,
        named(late, "GitLab"),
        named(strongest, "runner"),
    )


def _masked(variables: Variables, job: PlannedJob) -> Variables:
    return {
        key: EnvVar(key=key, value=each.value, origin=each.origin, masked=True)
        if key in _MASKED or key in job.id_tokens
        else each
        for key, each in variables.items()
    }


def _with_value(variable: EnvVar, value: str) -> EnvVar:
    if variable.value == value:
        return variable
    return EnvVar(
        key=variable.key,
        value=value,
        origin=variable.origin,
        masked=variable.masked,
        file=variable.file,
        raw=variable.raw,
    )
