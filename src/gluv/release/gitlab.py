"""Which GitLab, which project, and as whom: a job's variables, options, or the git remote."""

from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit

import msgspec

from gluv.errors import UsageWrong
from gluv.host.git import parse_remote
from gluv.release.api import Credentials, encode

TOKENS = ("GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN")


class Gitlab(msgspec.Struct, frozen=True, kw_only=True):
    """A project on a GitLab: `server` is the URL above `/api/v4`, `project` a number or path."""

    server: str
    project: str
    credentials: Credentials

    @property
    def path(self) -> str:
        """`projects/:id` as the API takes it."""
        return f"projects/{encode(self.project)}"

    @property
    def registry(self) -> str:
        """The upload endpoint of the project's PyPI registry."""
        return f"{self.server}/api/v4/projects/{quote(self.project, safe='')}/packages/pypi"

    @property
    def who(self) -> str:
        """As whom, for people."""
        if self.credentials.job_token:
            return "the job token (CI_JOB_TOKEN)"
        return "the access token (GITLAB_TOKEN)" if self.credentials.private_token else "nobody"


def find_gitlab(
    environ: Mapping[str, str],
    *,
    server: str | None,
    project: str | None,
    remote: Callable[[], str | None],
) -> Gitlab:
    """The project to release. In a job it is the job's own, seen through its job token.

    `server` (URL or host) and `project` (path or number) win over both; `remote` is asked for the
    git remote's URL only if they leave something open. Raises `UsageWrong` for what is missing.
    """
    in_job = bool(environ.get("GITLAB_CI")) and bool(environ.get("CI_API_V4_URL"))
    job_server = environ.get("CI_API_V4_URL", "").removesuffix("/api/v4") if in_job else ""
    job_project = environ.get("CI_PROJECT_ID", "") if in_job else ""
    given = _server(server) if server else ""
    found_server, found_project = given or job_server, project or ""
    if not found_project and found_server == job_server:
        found_project = job_project
    if not found_server or not found_project:
        remote_server, remote_project = read_remote(remote() or "")
        found_server = found_server or remote_server
        found_project = found_project or remote_project
    if not found_server or not found_project:
        raise UsageWrong(
            "which GitLab project is meant cannot be told: this is no GitLab job, and there is no "
            "git remote with a host and a path",
            hint="say --gitlab https://HOST --project GROUP/NAME, or `gitlab` and `project` in "
            "[tool.gluv]",
        )
    own = in_job and found_server == job_server
    credentials = Credentials(
        job_token=environ.get("CI_JOB_TOKEN", "") if own else "",
        private_token=next((environ[name] for name in TOKENS if environ.get(name)), ""),
    )
    if not credentials.headers():
        raise UsageWrong(
            f"no token for {found_server}",
            hint="export GITLAB_TOKEN with an access token of scope `api`; in a GitLab job the "
            "job token is used",
        )
    return Gitlab(server=found_server, project=found_project.strip("/"), credentials=credentials)


def read_remote(url: str) -> tuple[str, str]:
    """(server, project path) of a git remote; https unless the remote itself says http.

    A remote over ssh says nothing about the web server's port; empty texts for a path on disk.
    """
    host, path = parse_remote(url)
    if host is None or path is None:
        return "", ""
    parts = urlsplit(url) if "://" in url else None
    if parts is not None and parts.scheme in ("http", "https"):
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", path
    return f"https://{host}", path


def _server(text: str) -> str:
    """A server as the user wrote it, as a URL without a trailing slash or user name."""
    url = text if "://" in text else f"https://{text}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageWrong(f"{text!r} is not the address of a GitLab", hint="https://HOST")
    path = parts.path.rstrip("/").removesuffix("/api/v4")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"
