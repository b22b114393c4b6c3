"""Who is asking: the tokens that GitLab knows, and where it looks for them."""

import base64
import binascii
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal, NoReturn

import msgspec
from starlette.datastructures import Headers

from gluv.errors import StoreUnavailable
from gluv.server.answers import Refused, retry_later, unauthorized
from gluv.server.attempts import Attempts
from gluv.store import JobRow, Store, TokenRow, UserRow
from gluv.store.digest import digest

Accepts = Literal["packages", "job", "user"]
"""What a route takes: `packages` Basic of every kind and deploy tokens, `job` job tokens in the
request, `user` none of these.

Every route takes a personal, project or group access token in `PRIVATE-TOKEN` or as Bearer.
"""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who a request speaks for: a user, perhaps through a running job, a deploy token, or nobody.

    `job_token_unused` is a running job whose token came where this route does not take one.
    """

    user: UserRow | None = None
    job: JobRow | None = None
    token: TokenRow | None = None
    job_token_unused: JobRow | None = None

    @property
    def anonymous(self) -> bool:
        """Whether nobody was recognised."""
        return self.user is None and self.token is None

    @property
    def name(self) -> str:
        """What people call it, empty for nobody."""
        if self.user is not None:
            return self.user.username
        return self.token.username if self.token is not None else ""

    @property
    def deploy(self) -> TokenRow | None:
        """The deploy token, if it is one."""
        return self.token if self.token is not None and self.token.kind == "deploy" else None


NOBODY = Caller()


class Recognition:
    """Recognises the callers of one GitLab."""

    def __init__(self, store: Store, attempts: Attempts) -> None:
        self._store = store
        self._attempts = attempts

    def identify(
        self, headers: Headers, params: Mapping[str, Any], accepts: Accepts, address: str
    ) -> Caller:
        """Who it is. Raises `Refused` (401) where GitLab's token lookup does, and 429.

        A wrong `gitlab-ci-token` password is refused even on a public project; any other unknown
        Basic password is merely not recognised. The user name never matters otherwise. `address`
        is the client's. Only what the route looks at and does not find counts as a wrong guess.
        """
        credential = _credential(headers, params)
        if not credential:
            return NOBODY
        mark = digest(credential)
        closed = self._attempts.is_closed(address, mark)
        try:
            caller = self._look_up(headers, params, accepts)
        except Refused as refusal:
            if not isinstance(refusal, _Ended):
                self._attempts.failed(address)
            if closed:
                raise retry_later() from None
            raise
        if caller is not None and (caller.anonymous or caller.job is not None):
            # What is not looked at opens nothing. Jobs share one address with whoever guesses, and
            # must not suffer for it.
            return caller
        if caller is None:
            self._attempts.failed(address)
        elif not closed:
            self._attempts.succeeded(mark)
        if closed:
            raise retry_later()
        return caller or NOBODY

    def _look_up(
        self, headers: Headers, params: Mapping[str, Any], accepts: Accepts
    ) -> Caller | None:
        """Who it is: nobody if the route looks at no credential, None if at one that is unknown."""
        packages = accepts == "packages"
        if private := headers.get("private-token") or _text(params.get("private_token")):
            return self._access_token(private) or _refuse(packages)
        scheme, _, value = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and value.strip():
            return self._bearer(value.strip(), accepts)
        if packages and scheme.lower() == "basic":
            return self._basic(value)
        if packages and (deploy := headers.get("deploy-token")):
            return self._deploy_token(deploy) or _refuse(packages)
        token = headers.get("job-token") or _text(params.get("job_token"))
        job = self._store.job_by_token(token) if token else None
        if token and accepts == "job":
            return self._of_job(job) or _refuse(packages)
        return Caller(job_token_unused=job)

    def _bearer(self, token: str, accepts: Accepts) -> Caller:
        packages = accepts == "packages"
        if (caller := self._access_token(token)) is not None:
            return caller
        job = self._store.job_by_token(token) if accepts != "user" else None
        return self._of_job(job) or _refuse(packages)

    def _basic(self, value: str) -> Caller | None:
        try:
            decoded = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        user, _, password = decoded.partition(":")
        if user == "gitlab-ci-token":
            return self._of_job(self._store.job_by_token(password)) or _refuse(packages=True)
        return self._access_token(password) or self._deploy_token(password)

    def _access_token(self, secret: str) -> Caller | None:
        token = self._store.tokens.by_secret(secret)
        if token is None or token.user_id is None:
            return None
        self._must_be_active(token)
        return Caller(user=self._store.people.find(token.user_id), token=token)

    def _deploy_token(self, secret: str) -> Caller | None:
        token = self._store.tokens.by_secret(secret)
        if token is None or token.kind != "deploy":
            return None
        self._must_be_active(token)
        return Caller(token=token)

    def _of_job(self, job: JobRow | None) -> Caller | None:
        pipeline = self._store.pipeline(job.pipeline_id) if job is not None else None
        if pipeline is None:
            return None
        return Caller(job=job, user=self._store.people.find(pipeline.user_id))

    def _must_be_active(self, token: TokenRow) -> None:
        if token.is_active(self._store.now()):
            # On a full disk there is still much to read.
            with suppress(StoreUnavailable):
                self._store.tokens.used(token)
            return
        words = (
            "Token was revoked. You have to re-authorize from the user."
            if token.revoked_at is not None
            else "Token is expired. You can either do re-authorization or token refresh."
        )
        raise _Ended(401, {"error": "invalid_token", "error_description": words})


class _Ended(Refused):
    """A token that was right until it expired or was revoked: no guess."""


ANY_SCOPE = "any"
"""Among the scopes of an endpoint: every token will do."""


def require_scope(caller: Caller, *wanted: str) -> None:
    """Refuse an access token that has none of these scopes, as GitLab does (403)."""
    token = caller.token
    if token is None or token.kind == "deploy" or set(token.scopes) & set(wanted):
        return
    if ANY_SCOPE in wanted:
        return
    raise Refused(
        403,
        {
            "error": "insufficient_scope",
            "error_description": (
                "The request requires higher privileges than provided by the access token."
            ),
            "scope": " ".join(wanted),
        },
    )


def has_credential(headers: Headers, params: Mapping[str, Any]) -> bool:
    """Whether a request holds anything that might be a secret."""
    return _credential(headers, params) != ""


def _refuse(packages: bool) -> NoReturn:
    raise unauthorized(packages=packages)


def _credential(headers: Headers, params: Mapping[str, Any]) -> str:
    """All that might be a secret in a request; empty if there is nothing."""
    found = [
        headers.get("private-token"),
        headers.get("authorization"),
        headers.get("deploy-token"),
        headers.get("job-token"),
        _text(params.get("private_token")),
        _text(params.get("job_token")),
    ]
    return "\0".join(filter(None, found))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
