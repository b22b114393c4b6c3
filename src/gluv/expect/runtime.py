"""The variables that a job of a scene would see, with a made-up runner."""

from collections.abc import Mapping

from gluv.expect.scene import AT, Planned
from gluv.plan.environment import build_environment
from gluv.plan.model import PlannedJob


def job_environment(planned: Planned, job: PlannedJob, dotenv: Mapping[str, str]) -> dict[str, str]:
    """Every variable of the job after precedence and expansion, as its script sees it.

    What only a runner knows is made up: the job is number 1, its token `job-token`, its directory
    `/builds/<project>`.
    """
    assert planned.plan.pipeline is not None
    runtime = {
        "CI_BUILDS_DIR": "/builds",
        "CI_JOB_ID": "1",
        "CI_JOB_STARTED_AT": AT,
        "CI_JOB_TOKEN": "job-token",
        "CI_PIPELINE_ID": "1",
        "CI_PROJECT_DIR": f"/builds/{planned.context.project.path}",
    }
    variables = build_environment(planned.context, planned.plan.pipeline, job, runtime, dotenv)
    return {variable.key: variable.value for variable in variables}
