"""What happens while a pipeline runs. Store, report and server all read the same events.

Times are seconds since the epoch (`time.time()`), durations are seconds.
"""

import re
from typing import Literal

import msgspec

JobStatus = Literal[
    "created",
    "waiting_for_resource",
    "pending",
    "preparing",
    "running",
    "success",
    "failed",
    "canceled",
    "skipped",
    "manual",
]


def _tag(name: str) -> str:
    """`JobStarted` as `job_started`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag=_tag):
    """Something that happened at `at`."""

    at: float


class PipelineStarted(Event, frozen=True, kw_only=True):
    """The first event."""

    pipeline_id: int
    jobs: tuple[str, ...]


class DownstreamStarted(Event, frozen=True, kw_only=True):
    """A bridge started a pipeline; its jobs are named `bridge > job` in this stream."""

    bridge: str
    pipeline_id: int
    jobs: tuple[str, ...]


class JobWaiting(Event, frozen=True, kw_only=True):
    """The job waits for something that another run has (its resource group); empty: no more."""

    job: str
    what: str


class JobPrepared(Event, frozen=True, kw_only=True):
    """Something the job needs is being provided ("uv 0.10.6 from PyPI")."""

    job: str
    what: str


class JobStarted(Event, frozen=True, kw_only=True):
    """The job runs from here on; `log` is the path of its log."""

    job: str
    job_id: int
    log: str


class JobSection(Event, frozen=True, kw_only=True):
    """The job entered a stage of its life ("step_script", "after_script", ...)."""

    job: str
    section: str


class JobOutput(Event, frozen=True, kw_only=True):
    """Whole lines of the job's log, masked, without their newline."""

    job: str
    lines: tuple[str, ...]


class FailedTest(msgspec.Struct, frozen=True, kw_only=True):
    """A test of a junit report that failed; `message` is the first line of why."""

    name: str
    message: str = ""


class TestCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What the junit reports of a job say; `failed` includes errors, all counts are tests."""

    # No test class, whatever pytest thinks of the name.
    __test__ = False

    total: int = 0
    failed: int = 0
    skipped: int = 0
    failures: tuple[FailedTest, ...] = ()


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link that a job attached to itself (`artifacts:reports:annotations`)."""

    label: str
    url: str


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """An environment that a job started, stopped or used (`action`); `on_stop` is a job's name."""

    name: str
    url: str = ""
    action: str = "start"
    on_stop: str = ""


class JobFinished(Event, frozen=True, kw_only=True):
    """The job is over.

    `reason` is GitLab's failure reason ("script_failure"); `notes` are things a person should know
    although GitLab would not tell (an after_script that failed), `hint` is the next step after a
    failure, `last_lines` the end of the log. `coverage` in percent is what the job's `coverage:`
    found in the log, `tests` what its junit reports say. `taken_from` is the earlier pipeline whose
    result stands for the job, 0 if it ran. `deployment` is the environment of a job that succeeded.
    `links`, `quality` (code quality findings by severity) and `covered` (percent of lines) are what
    its other reports say.
    """

    job: str
    status: JobStatus
    duration: float
    exit_code: int | None = None
    reason: str = ""
    allowed_to_fail: bool = False
    notes: tuple[str, ...] = ()
    hint: str = ""
    last_lines: tuple[str, ...] = ()
    coverage: float | None = None
    tests: TestCounts | None = None
    taken_from: int = 0
    deployment: Deployment | None = None
    links: tuple[Link, ...] = ()
    quality: dict[str, int] | None = None
    covered: float | None = None


class Difference(Event, frozen=True, kw_only=True):
    """Something in this run that differs from GitLab, said once, as a clause."""

    what: str
    jobs: tuple[str, ...] = ()


class PipelineFinished(Event, frozen=True, kw_only=True):
    """The last event.

    `exit_code` is gluv's own: 0 passed, 1 a job failed, 130 cancelled, or what `gluv.errors` says
    if all that went wrong is that jobs could not be prepared. `why` says what cancelled jobs if no
    person did.
    """

    status: JobStatus
    duration: float
    exit_code: int = 0
    why: str = ""


AnyEvent = (
    PipelineStarted
    | DownstreamStarted
    | JobWaiting
    | JobPrepared
    | JobStarted
    | JobSection
    | JobOutput
    | JobFinished
    | Difference
    | PipelineFinished
)
