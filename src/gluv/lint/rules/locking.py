"""GLU204 to GLU208: whether jobs run what uv.lock says."""

from collections.abc import Iterator

from gluv.lint.commands import Command
from gluv.lint.facts import JobFacts, LintFacts, truthy
from gluv.lint.fixes import fix, set_top_variable
from gluv.lint.model import Finding, Fix, Rule
from gluv.lint.spans import remove_entry, replace_part

_APART = ("--no-project", "--isolated", "--script", "--no-sync", "--directory", "--project")


def _uses(job: JobFacts) -> Iterator[Command]:
    """Its commands that would lock the project."""
    for command in job.uv("sync", "run"):
        if (
            not command.has(*_APART)
            and not job.truthy("UV_NO_SYNC")
            and not job.truthy("UV_NO_PROJECT")
        ):
            yield command


def _checks(facts: LintFacts) -> bool:
    """Whether anything in the pipeline fails for an outdated lock file."""
    if "uv-lock" in facts.project.texts.get(".pre-commit-config.yaml", ""):
        return True
    for job in facts.uv_jobs:
        if job.truthy("UV_LOCKED") and any(_uses(job)):
            return True
        for command in job.uv():
            if command.has("--locked") or (command.sub == "lock" and command.has("--check")):
                return True
    return False


def _unlocked(facts: LintFacts) -> Iterator[Finding]:
    if not facts.locked or _checks(facts):
        return
    for job in facts.uv_jobs:
        if job.truthy("UV_LOCKED") or job.truthy("UV_FROZEN"):
            continue
        changes = any(each.sub in ("lock", "add", "remove", "version") for each in job.uv())
        if changes or any(each.program == "cd" for each in job.commands):
            continue
        for command in _uses(job):
            if command.has("--frozen"):
                continue
            yield Finding(
                message=f"`uv {command.sub}` rewrites an outdated uv.lock in silence, so the job "
                "tests versions that nobody committed",
                mark=command.mark,
                hint='set UV_LOCKED: "1": an outdated lock file then fails the job',
                fix=_lock(facts, job),
                job=job.name,
            )


def _lock(facts: LintFacts, job: JobFacts) -> Fix | None:
    """Set UV_LOCKED for all jobs, unless one of them could not live with it."""
    for other in facts.uv_jobs:
        if other.sets("UV_FROZEN") or other.sets("UV_LOCKED"):
            return None
        if any(
            each.has("--frozen") or each.sub in ("add", "remove", "version") for each in other.uv()
        ):
            return None
    return fix('set UV_LOCKED: "1"', set_top_variable(job, "UV_LOCKED", '"1"'))


def _frozen(facts: LintFacts) -> Iterator[Finding]:
    if not facts.locked or _checks(facts):
        return
    for job in facts.uv_jobs:
        for command in job.uv("sync", "run"):
            if command.has("--frozen"):
                word = next(word for word in command.words if word.text == "--frozen")
                yield Finding(
                    message="--frozen does not look whether uv.lock is up to date, and no job does",
                    mark=command.mark,
                    hint="write --locked: it fails where --frozen goes on in silence",
                    fix=fix(
                        "write --locked",
                        replace_part(command.node, word.start, "--frozen", "--locked"),
                    ),
                    job=job.name,
                )
        mark = job.variable_mark("UV_FROZEN")
        where = job.variable_map("UV_FROZEN")
        if mark is None or where is None or job.sets("UV_LOCKED") or not any(job.uv("sync", "run")):
            continue
        if any(truthy(leg.variables.get("UV_FROZEN", "")) for leg in job.legs):
            key = where.keys["UV_FROZEN"]
            yield Finding(
                message="UV_FROZEN does not look whether uv.lock is up to date, and no job does",
                mark=mark,
                hint="set UV_LOCKED instead",
                fix=fix("set UV_LOCKED instead", replace_part(key, 0, "UV_FROZEN", "UV_LOCKED")),
            )


def _both(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.uv_jobs:
        for leg in job.legs:
            if truthy(leg.variables.get("UV_LOCKED", "")) and truthy(
                leg.variables.get("UV_FROZEN", "")
            ):
                where = job.variable_map("UV_FROZEN")
                yield Finding(
                    message="UV_LOCKED and UV_FROZEN both reach this job, which uv refuses",
                    mark=job.variable_mark("UV_FROZEN") or job.mark(),
                    hint="drop UV_FROZEN",
                    fix=fix("drop UV_FROZEN", remove_entry(where, "UV_FROZEN"))
                    if where is not None
                    else None,
                    job=job.name,
                )


def _no_lock(facts: LintFacts) -> Iterator[Finding]:
    project = facts.project
    missing = project.has("uv.lock") is False
    ignored = project.has("uv.lock") is True and project.ignored("uv.lock") is True
    if not (missing or ignored) or not project.pyproject:
        return
    for job in facts.uv_jobs:
        if any(each.program == "cd" or each.sub == "lock" for each in job.commands):
            continue
        for command in _uses(job):
            asked = next((name for name in ("--locked", "--frozen") if command.has(name)), "")
            for name in ("UV_LOCKED", "UV_FROZEN"):
                if not asked and any(truthy(leg.variables.get(name, "")) for leg in job.legs):
                    asked = name
            if asked:
                yield Finding(
                    message=f"{asked} needs a uv.lock, and "
                    + ("there is none" if missing else ".gitignore keeps it out of the repository"),
                    mark=command.mark,
                    hint="run uv lock and commit uv.lock",
                    job=job.name,
                )


_CHOICES = ("--no-dev", "--no-default-groups", "--only-group", "--no-group", "--group", "--extra",
            "--all-extras", "--all-groups", "--all-packages")  # fmt: skip


def _resynced(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.uv_jobs:
        if job.sets("UV_NO_SYNC"):
            continue
        chosen: tuple[Command, str] | None = None
        for command in job.uv("sync", "run"):
            options = [name for name in _CHOICES if command.has(name)]
            if command.sub == "sync":
                undone = [name for name in options if name.startswith(("--no-", "--only-"))]
                chosen = (command, undone[0]) if undone else None
            elif chosen is not None and not options and not command.has(*_APART):
                if job.sets("UV_NO_DEV") or job.sets("UV_NO_DEFAULT_GROUPS"):
                    continue
                word = next((each for each in command.call.words if each.text == "run"), None)
                yield Finding(
                    message=f"`uv run` syncs again, and undoes {chosen[1]} of `uv sync`",
                    mark=command.mark,
                    hint="write uv run --no-sync",
                    fix=fix(
                        "add --no-sync",
                        replace_part(command.node, word.start, "run", "run --no-sync")
                        if word
                        else None,
                    ),
                    job=job.name,
                )


RULES = (
    Rule(
        id="GLU204",
        title="a lock file that nobody checks",
        level="warning",
        check=_unlocked,
        fix="safe",
    ),
    Rule(
        id="GLU205",
        title="a frozen lock file that nobody checks",
        level="warning",
        check=_frozen,
        fix="safe",
    ),
    Rule(
        id="GLU206",
        title="UV_LOCKED beside UV_FROZEN",
        level="error",
        check=_both,
        fix="safe",
    ),
    Rule(id="GLU207", title="a lock file that is not there", level="error", check=_no_lock),
    Rule(
        id="GLU208",
        title="uv run that undoes what uv sync chose",
        level="info",
        check=_resynced,
        fix="safe",
    ),
)
