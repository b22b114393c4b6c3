"""From what a server answered to its cause and the cure."""

from typing import Literal

import msgspec

from gluv.errors import NetworkUnavailable, Stop
from gluv.release.api import Answered, ApiError
from gluv.release.stop import ReleaseStopped

Doing = Literal["upload", "index", "file", "release", "link"]
AGAIN = "run `gluv release` again: it goes on where it stopped"


class Told(msgspec.Struct, frozen=True):
    """Why, and what to do."""

    cause: str
    cure: str


def explain(error: ApiError, *, doing: Doing, what: str, who: str) -> Stop:
    """The way to stop for an error that retrying did not mend.

    `what` is the file, the index or the release; `who` the credentials in words. The message holds
    the server's own sentence too.
    """
    if not isinstance(error, Answered):
        return _unreachable(error, what)
    told = _told(error, doing, who)
    return ReleaseStopped(
        f"{what}: {error.method} was answered with {error.status} {error.said}".rstrip()
        + f"\n  cause: {told.cause}",
        hint=told.cure,
    )


def _unreachable(error: ApiError, what: str) -> Stop:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return NetworkUnavailable(
            f"{what}: the server's certificate is not trusted: {error}",
            hint="point SSL_CERT_FILE at the PEM file of your authority; in a job the runner sets "
            "CI_SERVER_TLS_CA_FILE when it knows it",
        )
    return NetworkUnavailable(
        f"{what}: no answer: {error}", hint=f"check the network, then {AGAIN}"
    )


def _told(error: Answered, doing: Doing, who: str) -> Told:
    match error.status:
        case 400:
            return _bad_request(error.said)
        case 401:
            return _unauthorized(who)
        case 403:
            return _forbidden(error.said, who)
        case 404:
            return Told(
                f"there is no such project, or {who} may not see it, or its package registry is "
                "switched off",
                "check CI_PROJECT_ID or --project; Settings > General > Visibility > Package "
                "registry; for another project its CI/CD job token allowlist",
            )
        case 405:
            return Told(
                "this address takes no uploads; it looks like a simple index",
                "leave `/simple` off the URL",
            )
        case 413:
            return Told(
                "a proxy or web server in front of GitLab takes no body this large",
                "raise its limit (client_max_body_size in nginx); GitLab itself answers 400 `File "
                "is too large`",
            )
        case 422:
            return _unprocessable(error.said)
        case 429:
            return Told("too many requests, also after waiting", AGAIN)
        case status if 300 <= status < 400:
            return Told(
                "the server redirects; a write must not follow that, the body would be lost",
                "give the address it redirects to (http or https, the host GitLab calls itself)",
            )
        case status if status >= 500:
            return Told("the server has a fault of its own, also after waiting", AGAIN)
    return Told(f"{doing} was refused", "see the server's own sentence")


def _bad_request(said: str) -> Told:
    if "File name has already been taken" in said:
        return Told(
            "the registry holds a file of this name whose bytes differ, or it hides it from "
            "these credentials",
            "a published file never changes: publish a new version, or delete the old file in "
            "Deploy > Package registry",
        )
    if "already been taken" in said:
        return Told(
            "a link with this name, URL or path exists in the release; each may exist once", AGAIN
        )
    if "too large" in said:
        return Told(
            "the file is larger than the limit for PyPI packages (plan limit pypi_max_file_size)",
            "make it smaller, or ask an administrator for a larger limit",
        )
    if "Name is invalid" in said:
        return Told("GitLab does not take this package name", "letters, digits, `-`, `_`, `.` only")
    if "Version is invalid" in said:
        return Told("GitLab does not take this version", "write it as PEP 440 does")
    if "sha256_digest" in said:
        return Told("what arrived is not what was sent", AGAIN)
    return Told("GitLab does not take what was sent", "see its own sentence")


def _unauthorized(who: str) -> Told:
    if "job token" in who:
        return Told(
            "the job token is not valid: it ends with its job, and a variable of the same name "
            "replaces it",
            "do not set CI_JOB_TOKEN yourself; retry the job: a new one has a new token",
        )
    return Told(
        f"{who} is not valid: expired, revoked, or without the scope `api`",
        "make a new token with the scope `api` and export it as GITLAB_TOKEN",
    )


def _forbidden(said: str, who: str) -> Told:
    if "protected" in said.lower() and "package" in said.lower():
        return Told(
            "a package protection rule forbids it",
            "Settings > Packages and registries > Protected packages",
        )
    if "protected" in said.lower() or "create this tag" in said.lower():
        return Told(
            "the tag is protected and the user behind it may not create it",
            "Settings > Repository > Protected tags: allow the role, or let another user push it",
        )
    return Told(
        f"the user behind {who} is not at least Developer in this project",
        "raise the role; for another project than the job's, add the job's project to its CI/CD "
        "job token allowlist",
    )


def _unprocessable(said: str) -> Told:
    if "Ref is not specified" in said:
        return Told("GitLab does not have the tag", "push it first: `git push origin TAG`")
    if "Invalid checksum" in said or "sha256" in said or "md5" in said:
        return Told("GitLab runs in FIPS mode and wants a SHA-256 digest", AGAIN)
    return Told("GitLab understood it and refuses its content", "see its own sentence")
