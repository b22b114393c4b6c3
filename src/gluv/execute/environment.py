"""The environment of a job's processes: clean, so that nothing of the user's leaks in."""

import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from gluv.execute.parts import Furnished
from gluv.plan.variable import EnvVar

CERTIFICATES = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "PIP_CERT",
    "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "NIX_SSL_CERT_FILE",
    "AWS_CA_BUNDLE",
)
"""Where the machine keeps the certificates it trusts; without them no job reaches PyPI."""

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")

SYSTEM_PATH = (
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
    "/run/current-system/sw/bin",
)


def base_environment(
    environ: Mapping[str, str],
    *,
    furnished: Furnished,
    first: Iterable[Path],
    home: Path,
    temporary: Path,
    server_url: str,
    pass_env: Iterable[str],
) -> dict[str, str]:
    """What a job sees besides its CI variables.

    `environ` is the caller's: of it only certificates, proxies and `pass_env` (`[tool.gluv]`)
    pass. `first` are directories before the toolchain in PATH, the system's standard ones follow.
    The server's host never goes through a proxy.
    """
    path = (*first, *furnished.path, *_present(SYSTEM_PATH))
    made = {
        "PATH": os.pathsep.join(map(str, path)),
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        **{name: environ[name] for name in CERTIFICATES if name in environ},
        **_proxies(environ, server_url),
        **furnished.environment,
    }
    if "PATH" in furnished.environment:
        made["PATH"] = f"{furnished.environment['PATH']}{os.pathsep}{made['PATH']}"
    made |= {name: environ[name] for name in pass_env if name in environ}
    return made


@cache
def _present(directories: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(os.path.isdir, directories))


_PROXIES = tuple(spelled for name in PROXIES for spelled in (name, name.upper()))


def _proxies(environ: Mapping[str, str], server_url: str) -> dict[str, str]:
    found = {name: environ[name] for name in _PROXIES if name in environ}
    if not found:
        return {}
    listed = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    direct = [host.strip() for host in listed.split(",") if host.strip()]
    for host in (urlsplit(server_url).hostname, "127.0.0.1", "localhost", "::1"):
        if host and host not in direct:
            direct.append(host)
    return found | {"no_proxy": ",".join(direct), "NO_PROXY": ",".join(direct)}


def write_variables(variables: Iterable[EnvVar], directory: Path) -> dict[str, str]:
    """CI variables as a process sees them.

    A `file` variable becomes the path of a file of its value (mode 0600) in `directory`, which is
    made for the first one, as GitLab Runner does with `<project>.tmp`. A name that no process can
    have is left out.
    """
    made: dict[str, str] = {}
    for variable in variables:
        if not variable.key or "=" in variable.key or "\0" in variable.key:
            continue
        value = variable.value
        if "\0" in value:
            value = value.replace("\0", "")
        if variable.file:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            place = directory / variable.key
            handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(handle, "w", encoding="utf-8", newline="") as file:
                file.write(value)
            value = str(place)
        made[variable.key] = value
    return made
