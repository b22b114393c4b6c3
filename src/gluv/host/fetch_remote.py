"""`include:remote`: a file over HTTP, once."""

import ssl
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)

from gluv.config.fetch import FetchFailed
from gluv.host.include_cache import IncludeCache

_SECONDS = 30.0
_MAX_REDIRECTS = 5
_MAX_BYTES = 16 * 1024 * 1024


def fetch_remote(url: str, cache: IncludeCache, environ: Mapping[str, str]) -> bytes:
    """The body of a URL, from the cache while it is fresh, or when the network fails.

    Certificates are the system's or those of `SSL_CERT_FILE`; proxies come from the environment.
    Raises `FetchFailed` with GitLab's sentence.
    """
    kept = cache.read_body(url)
    if kept is not None and cache.is_fresh(kept[1]):
        return kept[0]
    if cache.offline:
        raise FetchFailed(
            f"Remote file `{url}` was never fetched, and gluv is offline",
            hint="run once without --offline; the file is kept afterwards",
        )
    try:
        body = _get(url, environ)
    except FetchFailed:
        if kept is None:
            raise
        return kept[0]
    cache.write_body(url, body)
    return body


def _get(url: str, environ: Mapping[str, str]) -> bytes:
    if urlsplit(url).scheme.lower() not in ("http", "https"):
        raise FetchFailed(f"Remote file `{url}` could not be fetched because of HTTP error!")
    retries = urllib3.Retry(total=_MAX_REDIRECTS, connect=0, read=0, status=0, other=0)
    try:
        with _pool(url, environ) as pool:
            answer = pool.request(
                "GET", url, timeout=_SECONDS, retries=retries, preload_content=False
            )
            try:
                body: bytes = answer.read(_MAX_BYTES + 1, decode_content=True)
            finally:
                answer.release_conn()
    except HTTPError as error:
        raise FetchFailed(_sentence(url, error), hint=str(error)) from error
    if answer.status >= 400:
        raise FetchFailed(
            f"Remote file `{url}` could not be fetched because of HTTP code "
            f"`{answer.status}` error!",
            hint="GitLab fetches without credentials: the file must be public",
        )
    if len(body) > _MAX_BYTES:
        raise FetchFailed(f"Remote file `{url}` could not be fetched because of HTTP error!")
    return body


def _pool(url: str, environ: Mapping[str, str]) -> urllib3.PoolManager:
    context = ssl.create_default_context(cafile=environ.get("SSL_CERT_FILE") or None)
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    proxy = environ.get(f"{scheme}_proxy") or environ.get(f"{scheme.upper()}_PROXY")
    ignored = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    bypass = urllib.request.proxy_bypass_environment(  # type: ignore[attr-defined]
        parts.netloc, {"no": ignored}
    )
    if proxy and not bypass:
        return urllib3.ProxyManager(proxy, ssl_context=context)
    return urllib3.PoolManager(ssl_context=context)


def _sentence(url: str, error: HTTPError) -> str:
    reason = error.reason if isinstance(error, MaxRetryError) else error
    if isinstance(reason, NameResolutionError):
        return f"Remote file `{url}` could not be fetched because of a socket error!"
    if isinstance(reason, ConnectTimeoutError | ReadTimeoutError) and not isinstance(
        reason, NewConnectionError
    ):
        return f"Remote file `{url}` could not be fetched because of a timeout error!"
    if isinstance(reason, NewConnectionError) and "refused" in str(reason):
        return "Remote file could not be fetched because Connection refused!"
    return f"Remote file `{url}` could not be fetched because of HTTP error!"
