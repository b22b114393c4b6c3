"""GLU408, GLU409, GLU416, GLU418: who publishes, and where to."""

import re
from collections.abc import Iterator

from gluv.lint.commands import Command
from gluv.lint.facts import JobFacts, LegFacts, LintFacts, scalar
from gluv.lint.fixes import fix
from gluv.lint.model import Finding, Rule
from gluv.lint.publishing import is_gitlab, publish_url, uploads
from gluv.lint.spans import replace_value

_TOKEN = re.compile(r"\$\{?CI_JOB_TOKEN\b")
_NAMES = {
    "uv": ("UV_PUBLISH_USERNAME", "UV_PUBLISH_PASSWORD"),
    "twine": ("TWINE_USERNAME", "TWINE_PASSWORD"),
}


def _login(job: JobFacts, leg: LegFacts, command: Command) -> tuple[str | None, str | None]:
    """User name and password of an upload, as far as the file says."""
    user, password = _NAMES[command.program]
    return (
        command.values.get("--username")
        or command.values.get("-u")
        or command.call.env.get(user)
        or leg.variables.get(user),
        command.values.get("--password")
        or command.values.get("-p")
        or command.call.env.get(password)
        or leg.variables.get(password),
    )


def _uploads(facts: LintFacts) -> Iterator[tuple[JobFacts, LegFacts, Command]]:
    for job in facts.jobs:
        for command in uploads(job):
            if command.program in _NAMES:
                for leg in job.legs:
                    yield job, leg, command


def _wrong_user(facts: LintFacts) -> Iterator[Finding]:
    for job, leg, command in _uploads(facts):
        user, password = _login(job, leg, command)
        token = command.values.get("--token") or leg.variables.get("UV_PUBLISH_TOKEN", "")
        if command.program == "uv" and _TOKEN.search(token):
            yield Finding(
                message="UV_PUBLISH_TOKEN logs in as __token__, which GitLab does not know",
                mark=job.variable_mark("UV_PUBLISH_TOKEN") or command.mark,
                hint="set UV_PUBLISH_USERNAME: gitlab-ci-token and UV_PUBLISH_PASSWORD: "
                "$CI_JOB_TOKEN",
                job=job.name,
            )
        if password is None or not _TOKEN.search(password):
            continue
        if user is None or user == "gitlab-ci-token" or "$" in user:
            continue
        node = scalar(job.variable(_NAMES[command.program][0]))
        yield Finding(
            message=f"a job token logs in as gitlab-ci-token, not as {user}",
            mark=node.mark if node else command.mark,
            hint="write gitlab-ci-token",
            fix=fix("write gitlab-ci-token", replace_value(node, "gitlab-ci-token"))
            if node is not None
            else None,
            job=job.name,
        )


def _other_place(facts: LintFacts) -> Iterator[Finding]:
    for job, leg, command in _uploads(facts):
        url = publish_url(job, leg, command)
        if not url or not is_gitlab(url):
            continue
        name = "TWINE_REPOSITORY_URL" if command.program == "twine" else "UV_PUBLISH_URL"
        mark = job.variable_mark(name) or command.mark
        if re.search(r"/groups/", url):
            yield Finding(
                message="a group has an index to install from, but takes no uploads",
                mark=mark,
                hint="upload to a project: $CI_API_V4_URL/projects/$CI_PROJECT_ID/packages/pypi",
                job=job.name,
            )
            continue
        project = re.search(r"/projects/([^/]+)/", url)
        _, password = _login(job, leg, command)
        if (
            project
            and _TOKEN.search(password or "")
            and re.fullmatch(r"\d+|.+%2[Ff].+", project[1])
        ):
            yield Finding(
                message=f"project {project[1]} takes this job's token only if this project is on "
                "its allowlist",
                mark=mark,
                hint="Settings > CI/CD > Job token permissions of the other project",
                level="info",
                job=job.name,
            )


def _pypi_token(facts: LintFacts) -> Iterator[Finding]:
    for job, leg, command in _uploads(facts):
        url = publish_url(job, leg, command)
        if command.program != "uv" or url is None or (url and "upload.pypi" not in url):
            continue
        if job.job.id_tokens or not job.sets("UV_PUBLISH_TOKEN") or leg.uv_before(0, 8, 18):
            continue
        yield Finding(
            message="a long-lived token publishes to PyPI, which also trusts jobs of GitLab.com",
            mark=job.variable_mark("UV_PUBLISH_TOKEN") or command.mark,
            hint="id_tokens: PYPI_ID_TOKEN with aud: pypi, and a trusted publisher on PyPI",
            job=job.name,
        )


def _job_token_to_pypi(facts: LintFacts) -> Iterator[Finding]:
    for job, leg, command in _uploads(facts):
        _, password = _login(job, leg, command)
        if publish_url(job, leg, command) == "" and _TOKEN.search(password or ""):
            yield Finding(
                message=f"`{command.program}` publishes to PyPI unless told otherwise, and PyPI "
                "does not know this GitLab's job token",
                mark=command.mark,
                hint="set UV_PUBLISH_URL: $CI_API_V4_URL/projects/$CI_PROJECT_ID/packages/pypi",
                job=job.name,
            )


RULES = (
    Rule(
        id="GLU408",
        title="a job token with another user name",
        level="error",
        check=_wrong_user,
        fix="safe",
    ),
    Rule(
        id="GLU409",
        title="an upload to a group or to another project",
        level="error",
        check=_other_place,
    ),
    Rule(
        id="GLU416",
        title="a token for PyPI instead of trusted publishing",
        level="info",
        check=_pypi_token,
        advice=True,
    ),
    Rule(
        id="GLU418",
        title="a job token sent to PyPI",
        level="error",
        check=_job_token_to_pypi,
    ),
)
