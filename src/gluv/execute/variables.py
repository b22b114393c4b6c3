"""The CI variables of a job that is about to run, and what is expanded with them."""

from collections.abc import Mapping
from pathlib import Path

from gluv.execute.artifacts import sources_of
from gluv.execute.run import Run
from gluv.expr.expand import path_expand, runner_expand
from gluv.plan.environment import Runtime, build_environment
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
    run: Run, job: PlannedJob, *, job_id: int, token: str, project: Path
) -> tuple[EnvVar, ...]:
    """All of a job's variables; `project` is its `CI_PROJECT_DIR`."""
    kept = run.kept
    dotenv: dict[str, str] = {}
    for name in sources_of(run.plan, job):
        if name in kept:
            dotenv |= kept[name].dotenv
    runtime = Runtime()
    return build_environment(run.context, run.pipeline, job, runtime, dotenv)
