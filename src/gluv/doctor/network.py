"""Whether the package index answers, the token is good, and the GitLab forwards to PyPI."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

import msgspec
from urllib3.exceptions import HTTPError

from gluv.doctor.finding import Finding, State
from gluv.errors import Stop
from gluv.release.connection import open_pool, reason_of
from gluv.release.gitlab import TOKENS

TOPIC = "network"
_SECONDS = 10.0
_MOST = 64 * 1024
# A package of PyPI that no project registry has by chance.
_PROBE = "pip"
_SOON_DAYS = 14


class Remote(msgspec.Struct, frozen=True, kw_only=True):
    """The project's own GitLab: `server` is the URL above `/api/v4`, `path` is `group/name`."""

    server: str
    path: str


class _Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes
    location: str


def look_at_network(
    environ: Mapping[str, str], index: str | None, remote: Remote | None, *, today: date
) -> Iterator[Finding]:
    """The index, then the GitLab of the git remote; nothing is written anywhere."""
    yield _index(environ, index)
    if remote is None:
        yield _finding("GitLab", "note", "no git remote on a GitLab, so none was asked")
        return
    yield from _gitlab(environ, remote, today)


def _finding(name: str, state: State, said: str, mend: str = "") -> Finding:
    return Finding(topic=TOPIC, name=name, state=state, said=said, mend=mend)


def _get(url: str, environ: Mapping[str, str], headers: Mapping[str, str]) -> _Answer | str:
    """The answer, not following redirects; in words why there is none."""
    try:
        with open_pool(url, environ) as pool:
            answer = pool.request(
                "GET",
                url,
                headers=dict(headers),
                timeout=_SECONDS,
                redirect=False,
                retries=False,
                preload_content=False,
            )
            try:
                body = answer.read(_MOST)
            finally:
                answer.close()
            return _Answer(answer.status, body, answer.headers.get("Location", ""))
    except HTTPError as error:
        return reason_of(error)
    except Stop as stop:
        return stop.message


def without_secret(url: str) -> str:
    """An address as it may be shown: no user, no password, no query."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _index(environ: Mapping[str, str], index: str | None) -> Finding:
    if index is None:
        return _finding("index", "note", "uv does not say where packages come from")
    shown = without_secret(index)
    if urlsplit(index).scheme not in ("http", "https"):
        return _finding("index", "ok", f"{shown} (a folder)")
    answer = _get(f"{shown.rstrip('/')}/uv/", environ, _basic(index))
    if isinstance(answer, str):
        return _finding(
            "index",
            "wrong",
            f"{shown} cannot be reached: {answer}",
            "check the network, HTTPS_PROXY and SSL_CERT_FILE, or set UV_DEFAULT_INDEX to a mirror",
        )
    if answer.status in (401, 403):
        return _finding(
            "index",
            "wrong",
            f"{shown} refuses the credentials (HTTP {answer.status})",
            "set UV_DEFAULT_INDEX with a user name and a password that are valid",
        )
    if answer.status >= 500:
        return _finding(
            "index", "wrong", f"{shown} answers HTTP {answer.status}", "try again later"
        )
    if answer.status == 404:
        return _finding(
            "index",
            "wrong",
            f"{shown} answers, but has no package uv",
            "does the address end in /simple? is it a mirror of PyPI?",
        )
    return _finding("index", "ok", f"{shown} answers")


def _basic(url: str) -> dict[str, str]:
    from urllib3.util import make_headers

    user = unquote(urlsplit(url).netloc.rpartition("@")[0])
    return dict(make_headers(basic_auth=user)) if user else {}


def _gitlab(environ: Mapping[str, str], remote: Remote, today: date) -> Iterator[Finding]:
    name = next((each for each in TOKENS if environ.get(each)), None)
    headers = {"PRIVATE-TOKEN": environ[name]} if name else {}
    api = f"{remote.server}/api/v4"
    project = f"{api}/projects/{quote(remote.path, safe='')}"
    seen = _get(project, environ, headers)
    if isinstance(seen, str):
        yield _finding(
            "GitLab",
            "wrong" if name else "note",
            f"{remote.server} cannot be reached: {seen}",
            "check the network, HTTPS_PROXY and SSL_CERT_FILE",
        )
        return
    yield _finding("GitLab", "ok", f"{remote.server} answers")
    if name is None:
        yield _finding(
            "token",
            "note",
            "GITLAB_TOKEN is not set; gluv release outside a job needs it",
            "export GITLAB_TOKEN with an access token of scope api",
        )
    else:
        yield from _token(environ, remote, name, headers, today)
    yield _project(remote, seen, has_token=name is not None)
    if seen.status == 200:
        yield _forwarding(project, environ, headers)


def _token(
    environ: Mapping[str, str],
    remote: Remote,
    name: str,
    headers: Mapping[str, str],
    today: date,
) -> Iterator[Finding]:
    page = f"{remote.server}/-/user_settings/personal_access_tokens"
    answer = _get(f"{remote.server}/api/v4/personal_access_tokens/self", environ, headers)
    if isinstance(answer, str):
        yield _finding("token", "wrong", f"{name} could not be tried: {answer}")
        return
    if answer.status != 200:
        yield _finding(
            "token",
            "wrong",
            f"{name} is refused by {remote.server} (HTTP {answer.status}): "
            "expired, revoked or of another GitLab",
            f"make a new one with scope api at {page}",
        )
        return
    facts = _json(answer.body)
    listed = facts.get("scopes")
    scopes = [str(each) for each in listed] if isinstance(listed, list) else []
    expires = str(facts.get("expires_at") or "")[:10]
    if "api" not in scopes:
        yield _finding(
            "token",
            "wrong",
            f"{name} is valid, but has the scopes {', '.join(scopes) or 'none'}: "
            "a release needs api",
            f"make one with scope api at {page}",
        )
        return
    until = f", until {expires}" if expires else ""
    soon = _days_left(expires, today)
    if soon is not None and soon <= _SOON_DAYS:
        yield _finding(
            "token", "note", f"{name} is good{until}, that is {soon} days", f"renew it at {page}"
        )
        return
    yield _finding("token", "ok", f"{name} is good (api{until})")


def _days_left(text: str, today: date) -> int | None:
    try:
        return (date.fromisoformat(text) - today).days
    except ValueError:
        return None


def _json(body: bytes) -> dict[str, object]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _project(remote: Remote, seen: _Answer, *, has_token: bool) -> Finding:
    if seen.status == 200:
        return _finding("project", "ok", f"{remote.path} is visible")
    if seen.status in (301, 302, 307, 308):
        place = without_secret(urljoin(remote.server, seen.location))
        return _finding(
            "project", "wrong", f"{remote.path} has moved to {place}", "git remote set-url origin"
        )
    who = "with this token" if has_token else "without a token, so it is private or absent"
    return _finding(
        "project",
        "wrong" if has_token else "note",
        f"{remote.path} is not visible {who} (HTTP {seen.status})",
        "check the remote (git remote -v) and the membership" if has_token else "",
    )


def _forwarding(project: str, environ: Mapping[str, str], headers: Mapping[str, str]) -> Finding:
    """GitLab redirects requests for packages it does not have, unless an owner switched it off."""
    answer = _get(f"{project}/packages/pypi/simple/{_PROBE}", environ, headers)
    name = "forwarding"
    if isinstance(answer, str):
        return _finding(name, "note", f"could not be tried: {answer}")
    if answer.status in (301, 302, 307, 308):
        return _finding(
            name,
            "note",
            "the registry sends requests for packages it does not have on to PyPI, so a name that "
            "is missing there is taken from PyPI",
            'mark the index explicit = true and authenticate = "always" in [[tool.uv.index]]',
        )
    if answer.status == 404:
        return _finding(name, "ok", "off: a package that is not in the registry is not found")
    if answer.status == 200:
        return _finding(name, "ok", f"cannot be told: the registry has a package {_PROBE}")
    return _finding(name, "note", f"cannot be told: HTTP {answer.status}")
