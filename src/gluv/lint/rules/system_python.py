"""GLU201, GLU202, GLU203: `uv pip` and the Python of the system."""

from collections.abc import Iterator

from gluv.errors import Mark
from gluv.lint.commands import Command
from gluv.lint.facts import JobFacts, LintFacts, truthy
from gluv.lint.fixes import fix, set_variable
from gluv.lint.model import Edit, Finding, Rule
from gluv.lint.spans import remove_entry, replace_part

_NAME = "UV_SYSTEM_PYTHON"
_CHANGES = ("pip install", "pip sync", "pip uninstall")
_PLACED = ("--target", "-t", "--prefix", "--python", "-p", "--system")


def _useless(facts: LintFacts) -> Iterator[Finding]:
    found: dict[Mark, list[JobFacts]] = {}
    for job in facts.jobs:
        mark = job.variable_mark(_NAME)
        if mark is not None and any(truthy(leg.variables.get(_NAME, "")) for leg in job.legs):
            found.setdefault(mark, []).append(job)
    for mark, jobs in found.items():
        commands = [command for job in jobs for command in job.uv()]
        if not commands or any(command.sub.startswith(("pip", "venv")) for command in commands):
            continue
        if any(_opaque(job) for job in jobs):
            continue
        where = jobs[0].variable_map(_NAME)
        yield Finding(
            message=f"{_NAME} does nothing here: only `uv pip` reads it, `uv {commands[0].sub}` "
            "always works in .venv",
            mark=mark,
            hint="remove it",
            fix=fix("remove it", remove_entry(where, _NAME)) if where is not None else None,
            job=jobs[0].name if len(jobs) == 1 else None,
        )


def _opaque(job: JobFacts) -> bool:
    """Whether the job hands over to scripts that may use `uv pip`."""
    programs = {"source", ".", "eval", "sh", "bash", "make", "just", "nox", "tox"}
    return any(each.program in programs or each.program.endswith(".sh") for each in job.commands)


def _no_environment(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.uv_jobs:
        kinds = {leg.image.kind if leg.image else "other" for leg in job.legs}
        if not kinds <= {"uv", "python", "system"} or job.truthy(_NAME):
            continue
        if any(job.sets(name) for name in ("VIRTUAL_ENV", "UV_PYTHON", "UV_PROJECT_ENVIRONMENT")):
            continue
        changes = list(job.uv(*_CHANGES))
        if not changes or _given(job):
            continue
        for command in changes:
            if command.has(*_PLACED):
                continue
            if any(_makes(other) for other in job.commands if other.order < command.order):
                continue
            yield Finding(
                message=f"`uv {command.sub}` finds no virtual environment and fails",
                mark=command.mark,
                hint="add --system for the Python of the image, or make one before: uv venv",
                fix=fix("add --system", _system(command)) if _has_python(job) else None,
                job=job.name,
            )


def _makes(command: Command) -> bool:
    if command.program == "uv":
        return command.sub in ("venv", "sync") or (
            command.sub == "run" and not command.has("--no-project", "--isolated")
        )
    return command.program in ("venv", "virtualenv", "source", ".", "eval", "conda", "poetry")


def _given(job: JobFacts) -> bool:
    """Whether a `.venv` may come out of a cache or of another job."""
    config = job.facts.config
    paths = [path for cache in job.job.cache for path in cache.paths]
    for other in config.jobs.values():
        if other.artifacts is not None and other.name != job.name:
            paths += other.artifacts.paths
    return any("venv" in path or path in (".", "./") for path in paths)


def _has_python(job: JobFacts) -> bool:
    return all(leg.image is not None and leg.image.python for leg in job.legs)


def _system(command: Command) -> Edit | None:
    last = command.sub.rsplit(" ", 1)[-1]
    word = next((word for word in command.call.words if word.text == last), None)
    return replace_part(command.node, word.start, last, f"{last} --system") if word else None


def _managed(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.uv_jobs:
        images = [leg.image for leg in job.legs if leg.image]
        if not images or not all(image.managed for image in images):
            continue
        if job.sets("UV_BREAK_SYSTEM_PACKAGES") or job.sets("UV_PYTHON"):
            continue
        system = any(truthy(leg.variables.get(_NAME, "")) for leg in job.legs)
        for command in job.uv(*_CHANGES):
            if command.has("--break-system-packages", "--python", "-p", "--target", "--prefix"):
                continue
            if not (system or command.has("--system")) or command.has("--no-system"):
                continue
            yield Finding(
                message=f"the only Python of {images[0].text} is the system's, which is externally "
                f"managed: `uv {command.sub}` refuses to change it",
                mark=command.mark,
                hint="take an image with a Python of its own (python3.13-trixie-slim), or uv venv",
                fix=fix(
                    "break the system's packages",
                    set_variable(job, "UV_BREAK_SYSTEM_PACKAGES", '"1"'),
                    safe=False,
                ),
                job=job.name,
            )


RULES = (
    Rule(
        id="GLU201",
        title="UV_SYSTEM_PYTHON where nothing reads it",
        level="warning",
        check=_useless,
        fix="safe",
    ),
    Rule(
        id="GLU202",
        title="uv pip without an environment",
        level="error",
        check=_no_environment,
        fix="safe",
    ),
    Rule(
        id="GLU203",
        title="uv pip into an externally managed Python",
        level="error",
        check=_managed,
        fix="unsafe",
    ),
)
