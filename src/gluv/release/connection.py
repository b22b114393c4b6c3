"""Connections as this machine makes them: its proxy, its certificates, no redirects."""

import re
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

import urllib3

from gluv.errors import UsageWrong

TIMEOUT = urllib3.Timeout(connect=20.0, read=300.0)
"""Seconds; GitLab answers an upload only when it has stored the file."""


def open_pool(url: str, environ: Mapping[str, str]) -> urllib3.PoolManager:
    """A pool for a server's URL, with `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` obeyed.

    Beside the system's certificates and `SSL_CERT_FILE`, the one that GitLab's runner writes for
    its own server (`CI_SERVER_TLS_CA_FILE`) is trusted. Retries and redirects are the caller's.
    Raises `UsageWrong` if a file of certificates cannot be read.
    """
    context = ssl.create_default_context() if url.startswith("https:") else None
    bundle = environ.get("CI_SERVER_TLS_CA_FILE", "")
    if context is not None and bundle:
        try:
            context.load_verify_locations(bundle)
        except (OSError, ssl.SSLError) as error:
            raise UsageWrong(
                f"CI_SERVER_TLS_CA_FILE={bundle} cannot be read: {error}",
                hint="the runner sets it; unset it or point it at a PEM file",
            ) from error
    proxy = proxy_of(url, environ)
    if proxy:
        return urllib3.ProxyManager(
            proxy, ssl_context=context, retries=False, timeout=TIMEOUT, maxsize=8
        )
    return urllib3.PoolManager(ssl_context=context, retries=False, timeout=TIMEOUT, maxsize=8)


def reason_of(error: Exception) -> str:
    """What went wrong, in urllib3's words, without the object that they begin with."""
    text = str(getattr(error, "reason", None) or error)
    return re.sub(r"^(<[^>]*>|\w+\([^()]*\)): ", "", text) or type(error).__name__


def proxy_of(url: str, environ: Mapping[str, str]) -> str | None:
    """The proxy for a URL; lower-case variables win, as in curl. None without one."""
    parts = urlsplit(url)
    lower = {key.lower(): value for key, value in environ.items() if key.lower() != key}
    lower |= {key: value for key, value in environ.items() if key.lower() == key}
    if _bypassed(parts.hostname or "", parts.netloc, lower.get("no_proxy", "")):
        return None
    proxy = lower.get(f"{parts.scheme}_proxy") or lower.get("all_proxy")
    if proxy and "://" not in proxy:
        proxy = f"http://{proxy}"
    return proxy or None


def _bypassed(host: str, netloc: str, no_proxy: str) -> bool:
    """Whether `no_proxy` names the host, a domain above it, or everything (`*`)."""
    for entry in (part.strip().lower() for part in no_proxy.split(",")):
        domain = entry.lstrip(".")
        if entry == "*" or (domain and netloc.lower() == domain):
            return True
        if domain and (host == domain or host.endswith(f".{domain}")):
            return True
    return False
