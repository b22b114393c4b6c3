"""GLU101, GLU102, GLU103, GLU105: the tags of uv's images."""

import re
from collections.abc import Iterator

from gluv.errors import Mark
from gluv.lint.facts import JobFacts, LegFacts, LintFacts, references, scalar
from gluv.lint.fixes import fix, image_node, mend
from gluv.lint.images import ImageFacts
from gluv.lint.model import Finding, Fix, Rule
from gluv.lint.spans import replace_part
from gluv.text.key import render_plain

_SYSTEM = re.compile(r"(?:bookworm|trixie|bullseye|alpine\d+\.\d+)")
_PYTHON = re.compile(r"python(\d+\.\d+(?:-rc)?)")


def _uv_images(facts: LintFacts) -> Iterator[tuple[JobFacts, LegFacts, ImageFacts, Mark | None]]:
    for job in facts.jobs:
        node = image_node(job)
        mark = node.mark if node else job.job.mark
        if node is not None and _lost_a_zero(job, str(node.value)):
            continue  # GLU104 says what is wrong with the version
        for leg in job.legs:
            if leg.image is not None and leg.image.kind == "uv":
                yield job, leg, leg.image, mark


def _lost_a_zero(job: JobFacts, text: str) -> bool:
    """Whether a variable of the image is a number that YAML reads as another one."""
    values = [scalar(job.variable(name)) for name in references(text)]
    return any(
        value is not None
        and isinstance(value.value, float)
        and render_plain(value.value) != value.text
        for value in values
    )


def _never_published(facts: LintFacts) -> Iterator[Finding]:
    for job, _, image, mark in _uv_images(facts):
        if image.published or image.distroless or _python_missing(facts, image):
            continue
        near = f"{image.uv}-{image.nearest}" if image.uv else image.nearest
        yield Finding(
            message=f"the tag {image.tag} of {image.name} was never published",
            mark=mark,
            hint=f"the nearest tag that was: {near}" if image.nearest else "",
            fix=_other_system(job, image),
            job=job.name,
        )


def _other_system(job: JobFacts, image: ImageFacts) -> Fix | None:
    node = image_node(job)
    old, new = _SYSTEM.search(image.suffix or ""), _SYSTEM.search(image.nearest or "")
    if node is None or old is None or new is None:
        return None
    if (image.suffix or "").replace(old[0], new[0]) != image.nearest:
        return None
    if old[0] not in str(node.value) and _right_elsewhere(job, references(str(node.value)), old[0]):
        return None
    return fix(f"use {new[0]} instead of {old[0]}", mend(job, node, old[0], new[0]))


def _right_elsewhere(job: JobFacts, names: set[str], system: str) -> bool:
    """Whether a variable of the image serves other jobs whose uv was built on this system."""
    return any(
        image is not None and image.kind == "uv" and image.published and system in image.text
        for other in job.facts.jobs
        if (node := image_node(other)) is not None and names & references(str(node.value))
        for image in (leg.image for leg in other.legs)
    )


def _python_missing(facts: LintFacts, image: ImageFacts) -> str | None:
    """The Python of a tag, if no tag of that uv has it."""
    wanted = _PYTHON.match(image.suffix or "")
    if wanted is None or image.published or image.uv is None:
        return None
    has = _PYTHON.match(image.nearest or "")
    return wanted[1] if has is None or has[1] != wanted[1] else None


def _no_such_python(facts: LintFacts) -> Iterator[Finding]:
    for job, _, image, mark in _uv_images(facts):
        python = _python_missing(facts, image)
        if python is not None:
            yield Finding(
                message=f"uv {image.uv} has no image with Python {python}",
                mark=mark,
                hint=f"the nearest tag: {image.name}:{image.uv}-{image.nearest}",
                job=job.name,
            )


def _distroless(facts: LintFacts) -> Iterator[Finding]:
    for job, _, image, mark in _uv_images(facts):
        if not image.distroless:
            continue
        suffix = "python3.13-trixie-slim"
        shown = f"{image.uv}-{suffix}" if image.uv else suffix
        known = facts.images.read(f"{image.name}:{shown}")
        if known is not None and not known.published and known.nearest:
            shown = f"{image.uv}-{known.nearest}" if image.uv else known.nearest
        yield Finding(
            message=f"{image.text} is distroless: it has no shell, so it cannot run a script",
            mark=mark,
            hint=f"use a tag with a system, for example {image.name}:{shown}; "
            "an empty entrypoint does not add a shell",
            fix=_with_tag(job, image, shown),
            job=job.name,
        )


def _with_tag(job: JobFacts, image: ImageFacts, tag: str) -> Fix | None:
    node = image_node(job)
    if node is None:
        return None
    text = str(node.value)
    slash = text.rfind("/")
    colon = text.find(":", slash)
    if "@" in text:
        return None
    if colon < 0:
        last = text[slash + 1 :]
        return fix(
            f"use the tag {tag}",
            replace_part(node, slash + 1, last, f"{last}:{tag}"),
            safe=False,
        )
    old = text[colon + 1 :]
    # A version that comes from a variable stays there.
    new = old + tag.removeprefix(image.uv) if image.uv and "$" in old else tag
    return fix(f"use the tag {new}", replace_part(node, colon + 1, old, new), safe=False)


def _floating(facts: LintFacts) -> Iterator[Finding]:
    seen: set[tuple[str, Mark | None]] = set()
    for job, _, image, mark in _uv_images(facts):
        if image.digest or image.distroless or not image.published:
            continue
        if image.uv is not None and image.uv.count(".") == 2:
            continue
        if (job.name, mark) in seen:
            continue  # once for all jobs of a matrix
        seen.add((job.name, mark))
        yield Finding(
            message=_moving(image),
            mark=mark,
            hint=f"name a whole version, for example {image.name}:{facts.images.newest}"
            + ("-python3.13-trixie-slim" if image.before else f"-{image.suffix}"),
            level="info" if image.uv else "warning",
            fix=_pinned(facts, job, image),
            job=job.name,
        )


def _moving(image: ImageFacts) -> str:
    if image.uv is None and image.before is not None:
        return (
            f"{image.text} names no uv, and gets no new one: {image.suffix} is not built since "
            f"uv {image.before}"
        )
    moving = "the newest uv" if image.uv is None else f"the newest uv {image.uv}"
    return f"{image.text} is {moving} of the day: the same commit may run differently tomorrow"


def _pinned(facts: LintFacts, job: JobFacts, image: ImageFacts) -> Fix | None:
    pinned = f"{facts.images.newest}-{image.suffix}"
    known = facts.images.read(f"{image.name}:{pinned}")
    if image.uv is not None or known is None or not known.published:
        return None
    return _with_tag(job, image, pinned)


RULES = (
    Rule(
        id="GLU101",
        title="an image tag that was never published",
        level="error",
        check=_never_published,
        fix="safe",
    ),
    Rule(
        id="GLU102",
        title="a Python that no image of this uv has",
        level="error",
        check=_no_such_python,
    ),
    Rule(
        id="GLU103",
        title="a script in a distroless image",
        level="error",
        check=_distroless,
        fix="unsafe",
    ),
    Rule(
        id="GLU105",
        title="an image of uv without a whole version",
        level="warning",
        check=_floating,
        fix="unsafe",
    ),
)
