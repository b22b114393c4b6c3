"""GLU107, GLU108, GLU109: which Python uv takes."""

from collections.abc import Iterator

from gluv.lint.commands import Command
from gluv.lint.facts import JobFacts, LintFacts, references
from gluv.lint.fixes import fix, image_node, set_variable
from gluv.lint.model import Edit, Finding, Rule

_PICKS = ("sync", "run", "venv", "build")


def _picks(job: JobFacts) -> list[Command]:
    """Its commands that look for a Python by themselves."""
    return [
        command
        for command in job.uv(*_PICKS)
        if not command.has("--python", "-p", "--no-project") and not command.has("--script")
    ]


def _pythons(job: JobFacts) -> list[str]:
    found = (leg.image.python for leg in job.legs if leg.image)
    return list(dict.fromkeys(python for python in found if python and "." in python))


def _set_python(job: JobFacts, python: str) -> Edit | None:
    node = image_node(job)
    names = references(str(node.value)) if node is not None else set()
    for name in sorted(names):
        if all(leg.variables.get(name) == leg.image.python for leg in job.legs if leg.image):
            return set_variable(job, "UV_PYTHON", f"${name}")
    return set_variable(job, "UV_PYTHON", f'"{python}"')


def _differs(facts: LintFacts) -> Iterator[Finding]:
    requires, pin = facts.project.requires_python, facts.project.python_pin
    for job in facts.uv_jobs:
        node, pythons = image_node(job), _pythons(job)
        if node is None or job.sets("UV_PYTHON") or not _picks(job):
            continue
        for python in pythons:
            release = python if python.count(".") == 2 else f"{python}.99"
            if requires is not None and not requires.contains(release, prereleases=True):
                yield Finding(
                    message=f"the image has Python {python}, but the project requires "
                    f"{requires}: uv will look for another one",
                    mark=node.mark,
                    hint="take an image with a Python that requires-python admits",
                    level="error",
                    job=job.name,
                )
        if pin is None or len(pythons) != 1 or _minor(pin) == _minor(pythons[0]):
            continue
        yield Finding(
            message=f"the image has Python {pythons[0]}, but .python-version says {pin}: uv takes "
            f"{pin}, and downloads it if need be",
            mark=node.mark,
            hint="set UV_PYTHON to the Python of the image, or change .python-version",
            fix=fix("set UV_PYTHON", _set_python(job, pythons[0])),
            job=job.name,
        )


def _matrix(facts: LintFacts) -> Iterator[Finding]:
    pin = facts.project.python_pin
    if pin is None:
        return
    for job in facts.uv_jobs:
        node, pythons = image_node(job), _pythons(job)
        if node is None or len(pythons) < 2 or job.sets("UV_PYTHON"):
            continue
        picks = _picks(job)
        if picks:
            yield Finding(
                message=f"all {len(job.legs)} jobs of this matrix run Python {pin}: "
                ".python-version beats the Python of the image",
                mark=job.mark("parallel"),
                hint="set UV_PYTHON to the variable that chooses the image",
                fix=fix("set UV_PYTHON", _set_python(job, pythons[0]))
                if _one_variable(job)
                else None,
                job=job.name,
            )


def _one_variable(job: JobFacts) -> bool:
    node = image_node(job)
    names = references(str(node.value)) if node is not None else set()
    return any(
        all(leg.image and leg.variables.get(name) == leg.image.python for leg in job.legs)
        for name in names
    )


def _downloads(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.uv_jobs:
        picks = _picks(job)
        if picks and _pythons(job) and not job.sets("UV_PYTHON_DOWNLOADS"):
            yield Finding(
                message="uv may download another Python than the one of the image",
                mark=picks[0].mark,
                hint='set UV_PYTHON_DOWNLOADS: "never" to make that an error',
                fix=fix(
                    "forbid downloads",
                    set_variable(job, "UV_PYTHON_DOWNLOADS", '"never"'),
                    safe=False,
                ),
                job=job.name,
            )


def _minor(version: str) -> list[str]:
    return version.split(".")[:2]


RULES = (
    Rule(
        id="GLU107",
        title="another Python than the one of the image",
        level="warning",
        check=_differs,
        fix="safe",
    ),
    Rule(
        id="GLU108",
        title="a matrix over Pythons that tests one Python",
        level="error",
        check=_matrix,
        fix="safe",
    ),
    Rule(
        id="GLU109",
        title="a Python that may be downloaded in a job",
        level="info",
        check=_downloads,
        fix="unsafe",
        advice=True,
    ),
)
