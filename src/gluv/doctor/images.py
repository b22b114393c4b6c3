"""What each image of a pipeline would run on here."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from gluv.doctor.finding import Finding
from gluv.errors import ToolchainUnavailable
from gluv.plan.model import PlannedJob
from gluv.toolchain.foresee import foresee

TOPIC = "images of the pipeline"


def look_at_images(
    jobs: Iterable[PlannedJob],
    *,
    cache: Path,
    environ: Mapping[str, str],
    default_image: str | None,
) -> Iterator[Finding]:
    """One finding for each image, naming the jobs that want it."""
    wanted: dict[tuple[str | None, tuple[str, ...] | None], list[str]] = {}
    for job in jobs:
        if job.trigger is None:
            image = (job.image.name, job.image.entrypoint) if job.image else (None, None)
            wanted.setdefault(image, []).append(job.name)
    for (name, entrypoint), names in wanted.items():
        shown = f"{name or 'no image'} ({', '.join(names)})"
        try:
            seen = foresee(
                name,
                cache=cache,
                entrypoint=entrypoint,
                environ=environ,
                default_image=default_image,
            )
        except ToolchainUnavailable as refused:
            yield Finding(
                topic=TOPIC, name=shown, state="wrong", said=refused.message, mend=refused.hint
            )
            continue
        yield Finding(
            topic=TOPIC,
            name=shown,
            state="wrong" if seen.missing else "ok",
            said="; ".join(seen.said),
            mend=f"uv python install {seen.missing}" if seen.missing else "",
        )
