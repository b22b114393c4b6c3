"""GLU505, GLU506, GLU508: whether credentials reach the index or the repository."""

import re
from collections.abc import Iterator

from gluv.lint.commands import Command
from gluv.lint.facts import JobFacts, LintFacts
from gluv.lint.fixes import fix
from gluv.lint.indexes import Index, project_indexes, variable_name, yaml_indexes
from gluv.lint.model import Finding, Rule
from gluv.lint.spans import replace_part

_LOGIN = re.compile(r"UV_INDEX_(.+)_(USERNAME|PASSWORD)")


def _names(facts: LintFacts) -> set[str]:
    found = {index.name for index in (*project_indexes(facts), *yaml_indexes(facts))}
    for data in facts.project.members.values():
        uv = data.get("tool", {}).get("uv", {})
        found |= {str(each.get("name")) for each in uv.get("index", ()) if isinstance(each, dict)}
    return {variable_name(name) for name in found if name}


def _no_such_index(facts: LintFacts) -> Iterator[Finding]:
    if not facts.project.pyproject:
        return
    names = _names(facts)
    private = [index for index in project_indexes(facts) if index.name and index.gitlab]
    for job in facts.uv_jobs:
        variables = {name for leg in job.legs for name in leg.variables}
        taken = {found[1] for name in variables if (found := _LOGIN.fullmatch(name))}
        for name in sorted(variables):
            found = _LOGIN.fullmatch(name)
            where = job.variable_map(name)
            if found is None or where is None or found[1] in names or name not in where.keys:
                continue
            if job.sets("UV_INDEX") and "$" in str(job.legs[0].variables.get("UV_INDEX", "")):
                continue
            other = variable_name(private[0].name or "") if len(private) == 1 else ""
            right = f"UV_INDEX_{other}_{found[2]}"
            yield Finding(
                message=f"no index is called {found[1]}, so uv does not read {name}",
                mark=where.key_mark(name),
                hint=f"the name is {right}"
                if other
                else "the middle of the name is that of the index, in capitals with _",
                fix=fix(f"rename it to {right}", replace_part(where.keys[name], 0, name, right))
                if other and other not in taken
                else None,
            )


_HANDLES = re.compile(r"netrc|UV_INDEX_|uv auth|keyring|CI_JOB_TOKEN|insteadOf|\.sh\b")


_LOGINS = ("UV_INDEX", "UV_EXTRA_INDEX", "UV_DEFAULT_INDEX", "NETRC", "UV_KEYRING")


def _unauthorised(facts: LintFacts) -> Iterator[Finding]:
    private = [index for index in project_indexes(facts) if index.gitlab and not index.credentials]
    if not private:
        return
    for job in facts.uv_jobs:
        if _has_login(job, private[0]):
            continue
        command = next(job.uv("sync", "run", "lock", "pip install", "add"), None)
        if command is not None and not command.has("--no-project", "--frozen-offline", "--offline"):
            name = variable_name(private[0].name or "NAME")
            yield Finding(
                message=f"nothing here gives uv a login for {private[0].name or private[0].url}",
                mark=command.mark,
                hint=f"set UV_INDEX_{name}_USERNAME: gitlab-ci-token and "
                f"UV_INDEX_{name}_PASSWORD: $CI_JOB_TOKEN, here or in the project's settings",
                level="info",  # the settings may have it
                job=job.name,
            )


def _has_login(job: JobFacts, index: Index) -> bool:
    if "*" in job.elsewhere:
        return True
    names = [name for leg in job.legs for name in (*leg.variables, *job.elsewhere)]
    if any(name.startswith(_LOGINS) for name in names):
        return True
    scripts = (
        str(item.value) for section in ("before_script", "script") for item in job.items(section)
    )
    return any(_HANDLES.search(text) for text in scripts)


def _publish_login(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.uv_jobs:
        for command in job.uv("publish"):
            index = command.values.get("--index")
            if not index or "$" in index or _publish_has_login(job, command):
                continue
            if any(
                f"UV_INDEX_{variable_name(index)}_PASSWORD" in leg.variables for leg in job.legs
            ):
                yield Finding(
                    message=f"uv publish does not read UV_INDEX_{variable_name(index)}_PASSWORD",
                    mark=command.mark,
                    hint="set UV_PUBLISH_USERNAME and UV_PUBLISH_PASSWORD",
                    job=job.name,
                )


def _publish_has_login(job: JobFacts, command: Command) -> bool:
    options = ("--token", "-t", "--username", "-u", "--password", "-p", "--keyring-provider")
    names = ("UV_PUBLISH_TOKEN", "UV_PUBLISH_PASSWORD", "UV_PUBLISH_USERNAME")
    return command.has(*options) or any(job.sets(name) for name in names)


def _logins(facts: LintFacts) -> Iterator[Finding]:
    yield from _unauthorised(facts)
    yield from _publish_login(facts)


_SSH = re.compile(r"ssh://|^git@|GIT_SSH|GIT_CONFIG|insteadOf|ssh-add|ssh-agent|\.ssh|known_hosts")


def _over_ssh(facts: LintFacts) -> Iterator[Finding]:
    found = [
        package
        for package in facts.project.packages
        if isinstance(package.get("source"), dict)
        and str(package["source"].get("git", "")).startswith("ssh://")
    ]
    if not found:
        return
    for job in facts.uv_jobs:
        scripts = [
            str(item.value)
            for section in ("before_script", "script")
            for item in job.items(section)
        ]
        names = {name for leg in job.legs for name in leg.variables}
        if any(_SSH.search(text) for text in (*scripts, *names)) or "*" in job.elsewhere:
            continue
        command = next(job.uv("sync", "run"), None)
        if command is not None:
            yield Finding(
                message=f"uv.lock takes {found[0].get('name')} over ssh, and the job has no key",
                mark=command.mark,
                hint="let git use the job token: git config --global "
                'url."https://gitlab-ci-token:$CI_JOB_TOKEN@$CI_SERVER_HOST/".insteadOf '
                '"ssh://git@$CI_SERVER_HOST/"',
                job=job.name,
            )


RULES = (
    Rule(
        id="GLU505",
        title="a login for an index that does not exist",
        level="error",
        check=_no_such_index,
        fix="safe",
    ),
    Rule(id="GLU506", title="a private index without a login", level="warning", check=_logins),
    Rule(
        id="GLU508",
        title="a dependency over ssh without a key",
        level="warning",
        check=_over_ssh,
    ),
)
