"""`environment:`: where a job that succeeded has deployed to."""

from pathlib import Path

from gluv.execute.events import Deployment
from gluv.execute.run import Run
from gluv.execute.variables import job_variables
from gluv.expr.expand import runner_expand
from gluv.plan.model import PlannedJob
from gluv.trace.masking import Masker


def read_deployment(run: Run, job: PlannedJob, job_id: int) -> Deployment | None:
    """The environment with its address, None for a job without one.

    The address may have variables, also those that the job itself left in a dotenv report
    (GitLab's dynamic environment URLs). Masked values do not show. Later jobs of the environment
    that name no address get this one.
    """
    environment = job.environment
    if environment is None:
        return None
    variables = job_variables(
        run, job, job_id=job_id, token="", builds=Path("/builds"), project=Path("/builds/project")
    )
    kept = run.kept.get(job.name)
    values = {one.key: one.value for one in variables} | (kept.dotenv if kept else {})
    masker = Masker(one.value for one in variables if one.masked)
    url = runner_expand(environment.url, values) if environment.url else ""
    if url:
        run.deployed[environment.name] = url
    shown = (masker.feed(url.encode()) + masker.close()).decode(errors="replace")
    return Deployment(
        name=environment.name,
        url=shown,
        action=environment.action,
        on_stop=environment.on_stop or "",
    )
