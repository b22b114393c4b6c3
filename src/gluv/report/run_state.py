"""What is known of a running pipeline, gathered from its events."""

from collections import defaultdict

import msgspec

from gluv.execute import events as ev
from gluv.plan.model import Plan
from gluv.report.readable import readable_name

_PREPARING = ("prepare_executor", "prepare_script")


class JobState(msgspec.Struct, kw_only=True):
    """One job as it stands now; times in seconds since the epoch."""

    name: str
    stage: str
    status: ev.JobStatus = "created"
    what: str = ""
    started: float | None = None
    duration: float = 0.0
    log: str = ""
    job_id: int = 0
    finished: ev.JobFinished | None = None
    downstream: bool = False

    @property
    def shown(self) -> str:
        """Its name, fit for a terminal and for one line."""
        return readable_name(self.name)


class RunState:
    """The sum of the events so far; views draw it, the summary reads it in the end."""

    def __init__(self, plan: Plan) -> None:
        self.stages = [
            stage for stage in plan.stages if any(job.stage == stage for job in plan.jobs)
        ]
        self.jobs = {job.name: JobState(name=job.name, stage=job.stage) for job in plan.jobs}
        self.prepared: dict[str, list[str]] = {}
        self.differences: dict[str, list[str]] = defaultdict(list)
        self.pipeline_id = 0
        self.started = 0.0
        self.finished: ev.PipelineFinished | None = None

    def see(self, event: ev.AnyEvent) -> None:
        """Take one event in."""
        match event:
            case ev.PipelineStarted():
                self.pipeline_id, self.started = event.pipeline_id, event.at
            case ev.DownstreamStarted():
                stage = self._job(event.bridge).stage
                for name in event.jobs:
                    self.jobs[name] = JobState(name=name, stage=stage, downstream=True)
            case ev.JobWaiting():
                job = self._job(event.job)
                job.status, job.what = (
                    "waiting_for_resource" if event.what else "pending",
                    event.what,
                )
            case ev.JobPrepared():
                self.prepared.setdefault(event.what, []).append(event.job)
                self._job(event.job).what = event.what
            case ev.JobStarted():
                job = self._job(event.job)
                job.status, job.started, job.log = "preparing", event.at, event.log
                job.job_id = event.job_id
            case ev.JobSection():
                job = self._job(event.job)
                job.what = event.section
                job.status = "preparing" if event.section in _PREPARING else "running"
            case ev.JobFinished():
                job = self._job(event.job)
                job.status, job.duration, job.finished = event.status, event.duration, event
            case ev.Difference():
                self.differences[event.what] += event.jobs
            case ev.PipelineFinished():
                self.finished = event
            case ev.JobOutput():
                pass

    def _job(self, name: str) -> JobState:
        if name not in self.jobs:
            self.jobs[name] = JobState(name=name, stage="")
        return self.jobs[name]

    def of_stage(self, stage: str) -> list[JobState]:
        """The jobs of a stage, in the plan's order."""
        return [job for job in self.jobs.values() if job.stage == stage]
