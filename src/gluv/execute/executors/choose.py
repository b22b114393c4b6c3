"""Which executor a job gets: this machine if it can do the job honestly, else a container."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from gluv.errors import EngineUnavailable, ImageUnknown, ToolchainUnavailable
from gluv.execute.executors.contract import Executor, Layout
from gluv.execute.executors.native import NativeExecutor
from gluv.execute.result import JobFailed
from gluv.execute.run import Run
from gluv.execute.variables import Expansion
from gluv.plan.model import PlannedJob
from gluv.toolchain.reference import parse_reference
from gluv.toolchain.wanted import needs_container

BUILDS = "/builds"
"""Where GitLab's docker executor has the workspaces."""

_NAMES = re.compile(r"\$\{?([A-Za-z_]\w*)")


def read_image(run: Run, job: PlannedJob, values: Mapping[str, str]) -> str | None:
    """The image of a job with its variables expanded, None where neither job nor settings name one.

    What counts is whether one is written: GitLab Runner takes its default for a job without an
    image, not for one whose image expands to nothing. Raises `JobFailed` for that.
    """
    written = job.image.name if job.image else run.parts.settings.default_image or None
    if written is None:
        return None
    image = Expansion(values).runner(written)
    if image:
        return image
    unset = ", ".join(dict.fromkeys(_NAMES.findall(written)))
    raise JobFailed(
        "image_pull_failure",
        f' (system failure): the image "{written}" expands to nothing: no value for {unset}',
    )


def choose_executor(
    run: Run, job: PlannedJob, image: str | None, home: Path, project: Path
) -> Executor:
    """The executor of a job, as `Parts.executor` says; `image` is what `read_image` says.

    Under `auto` a job with services, or with an image of which this machine has nothing, gets a
    container if an engine answers. Without one an unknown image and services are refused, and a
    plain system's image is this machine's shell. Raises `JobFailed` and `EngineUnavailable`.
    """
    asked = run.parts.executor
    native = Layout(home=home, project=project, builds=str(home), inside=str(project))
    if asked == "native":
        return NativeExecutor(run, job, native, image, forced=True)
    if asked == "auto" and not job.services and not _is_foreign(image, run):
        return NativeExecutor(run, job, native, image)
    try:
        engine = run.engines.find()
    except EngineUnavailable as why:
        if asked != "auto":
            raise
        if job.services:
            names = ", ".join(service.name for service in job.services)
            raise JobFailed(
                "runner_unsupported",
                " (system failure): services need a container engine, and the native executor has "
                f"none ({names}): {why.message}",
            ) from why
        return _Unprovided(run, job, native, image, why)
    from gluv.execute.executors.container import ContainerExecutor

    return ContainerExecutor(run, job, _inside(run, home, project), image, engine)


def _inside(run: Run, home: Path, project: Path) -> Layout:
    inside = PurePosixPath(BUILDS, run.context.project.path)
    return Layout(home=home, project=project, builds=BUILDS, inside=str(inside))


def _is_foreign(image: str | None, run: Run) -> bool:
    if image is None or run.parts.engine is None:
        return False
    try:
        return needs_container(parse_reference(image))
    except ToolchainUnavailable:
        return False


class _Unprovided(NativeExecutor):
    """Native because no engine answers: an unknown image is refused with both reasons."""

    def __init__(
        self,
        run: Run,
        job: PlannedJob,
        layout: Layout,
        image: str | None,
        why: EngineUnavailable,
    ) -> None:
        super().__init__(run, job, layout, image)
        self._why = why

    def open(self) -> None:
        """Refuse an image that only a container could provide."""
        try:
            self._run.toolchain(self._image, self._job)
        except ImageUnknown as unknown:
            raise ImageUnknown(
                f"{unknown.message}: {self._why.message}",
                hint=f"{self._why.hint}; {unknown.hint}",
            ) from unknown
