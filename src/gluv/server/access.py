"""Who is asking, and whether GitLab would let them: tokens, visibility, roles."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from starlette.datastructures import Headers

from gluv.server.answers import not_found, refused, unauthorized
from gluv.server.settings import ServerSettings
from gluv.store import JobRow, Store

Accepts = Literal["packages", "job", "user"]
"""What a route takes: `packages` Basic of every kind, `job` job tokens in the request, `user` PATs.

Every route takes a personal access token in `PRIVATE-TOKEN` or as Bearer.
"""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who a request speaks for: a running job, the project's owner, or nobody.

    `job_token_unused` is a running job whose token came where this route does not take one.
    """

    job: JobRow | None = None
    owner: bool = False
    job_token_unused: JobRow | None = None

    @property
    def anonymous(self) -> bool:
        """Whether nobody was recognised."""
        return self.job is None and not self.owner


class Door:
    """The tokens of one GitLab and the visibility of its project."""

    def __init__(self, store: Store, settings: ServerSettings) -> None:
        self._store = store
        self._settings = settings

    def identify(self, headers: Headers, params: Mapping[str, Any], accepts: Accepts) -> Caller:
        """Recognise a caller. Raises `Refused` (401) where GitLab's token lookup does.

        A wrong `gitlab-ci-token` password is refused even on a public project; any other unknown
        Basic password is merely not recognised. The user name never matters otherwise.
        """
        packages = accepts == "packages"
        private = headers.get("private-token") or _text(params.get("private_token"))
        if private:
            if self._is_owner(private):
                return Caller(owner=True)
            raise unauthorized(packages=packages)
        scheme, _, value = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and value.strip():
            return self._bearer(value.strip(), accepts)
        if packages and scheme.lower() == "basic":
            return self._basic(value)
        token = headers.get("job-token") or _text(params.get("job_token"))
        job = self._store.job_by_token(token) if token else None
        if token and accepts == "job":
            if job is None:
                raise unauthorized()
            return Caller(job=job)
        return Caller(job_token_unused=job)

    def admit_read(self, caller: Caller, accepts: Accepts, path: str, *, lenient: bool) -> None:
        """Let a caller read the project. Raises `Refused`.

        Whoever reads without credentials what a private project would refuse is reported, except
        where clients count on the refusal (`lenient`): glab asks with its job token for a single
        tag, which no job token may read, and goes on.
        """
        if not caller.anonymous:
            return
        if self._settings.project.visibility != "public":
            raise unauthorized(packages=True) if accepts == "packages" else not_found("Project")
        if not (lenient and caller.job_token_unused is not None):
            self._settings.on_unauthenticated_read(path)

    def admit_write(self, caller: Caller, accepts: Accepts) -> None:
        """Let a caller change the project: Developer on GitLab. Raises `Refused`."""
        if not caller.anonymous:
            return
        if accepts == "packages":
            raise unauthorized(packages=True)
        raise (
            refused(403) if self._settings.project.visibility == "public" else not_found("Project")
        )

    def _bearer(self, token: str, accepts: Accepts) -> Caller:
        if self._is_owner(token):
            return Caller(owner=True)
        job = self._store.job_by_token(token)
        if job is None or accepts == "user":
            raise unauthorized(packages=accepts == "packages")
        return Caller(job=job)

    def _basic(self, value: str) -> Caller:
        try:
            decoded = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return Caller()
        user, _, password = decoded.partition(":")
        if user == "gitlab-ci-token":
            job = self._store.job_by_token(password)
            if job is None:
                raise unauthorized(packages=True)
            return Caller(job=job)
        return Caller(owner=self._is_owner(password))

    def _is_owner(self, token: str) -> bool:
        known = self._settings.access_token
        return known is not None and hmac.compare_digest(known.encode(), token.encode())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
