"""The CI variables of a job that is about to run, and what is expanded with them."""

import os
import time
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import msgspec

from gluv.execute.run import Run
from gluv.expr.expand import path_expand, runner_expand
from gluv.host.version import own_version
from gluv.plan.environment import build_environment
from gluv.plan.model import PlannedJob
from gluv.plan.variable import EnvVar


class Expansion:
    """The two dialects a runner expands text in, over one job's variables."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def runner(self, text: str) -> str:
        """Images, cache keys and policies, the release: unknown names are empty."""
        return runner_expand(text, self._values)

    def path(self, text: str) -> str:
        """Paths of caches and artifacts: as a shell would, with defaults."""
        return path_expand(text, self._values)


def job_variables(
    run: Run,
    job: PlannedJob,
    *,
    job_id: int,
    token: str,
    builds: Path,
    project: Path,
    server_url: str | None = None,
    foreign: Iterable[Mapping[str, str]] = (),
) -> tuple[EnvVar, ...]:
    """All of a job's variables; `builds` and `project` are its `CI_BUILDS_DIR` and
    `CI_PROJECT_DIR`, `server_url` the embedded GitLab if the job knows it under another address.
    `foreign` are dotenv variables of jobs outside of this pipeline."""
    dotenv: dict[str, str] = {}
    for _, kept in run.handed(job):
        dotenv |= kept.dotenv
    for more in foreign:
        dotenv |= more
    runtime = {
        "CI_BUILDS_DIR": str(builds),
        "CI_PROJECT_DIR": str(project),
        "RUNNER_TEMP_PROJECT_DIR": f"{project}.tmp",
        "CI_JOB_ID": str(job_id),
        "CI_JOB_TOKEN": token,
        "CI_JOB_STARTED_AT": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "CI_PIPELINE_ID": str(run.row.id),
        "CI_RUNNER_VERSION": own_version(),
        "CI_RUNNER_REVISION": "gluv",
        "CI_RUNNER_SHORT_TOKEN": "gluv",
        "CI_RUNNER_EXECUTABLE_ARCH": _architecture(),
    }
    environment = job.environment
    if environment is not None and not environment.url and environment.name in run.deployed:
        runtime["CI_ENVIRONMENT_URL"] = run.deployed[environment.name]
    if server_url is None:
        return build_environment(run.context, run.pipeline, job, runtime, dotenv, shared=run.layers)
    server = msgspec.structs.replace(run.context.server, url=server_url)
    context = msgspec.structs.replace(run.context, server=server)
    return build_environment(context, run.pipeline, job, runtime, dotenv)


@cache
def _architecture() -> str:
    system = os.uname()
    machine = system.machine.lower()
    return f"{system.sysname.lower()}/{_GO_ARCHITECTURES.get(machine, machine)}"


_GO_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
