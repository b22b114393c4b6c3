"""What is written around a step's text for the shell in a container."""

import re
from collections.abc import Mapping

from gluv.script.quoting import quote

FIND_SHELL = (
    "for s in /usr/local/bin/bash /usr/bin/bash /bin/bash"
    " /usr/local/bin/sh /usr/bin/sh /bin/sh /busybox/sh; do"
    ' if [ -x "$s" ]; then exec "$s"; fi; done; echo shell not found; exit 1'
)
"""The container's command: bash where there is one, else sh, as GitLab Runner looks for them."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FIXED = {"BASHOPTS", "BASH_VERSINFO", "EUID", "PPID", "SHELLOPTS", "UID"}
"""Names that bash lets nobody set."""


def write_step(text: str, environment: Mapping[str, str], *, project: str, server: str) -> str:
    """The variables, then the step itself.

    The workspace may belong to another user than the container's; git then wants to be told that
    this is fine. `server` never goes through a proxy that the image or the engine brings along.
    """
    lines = [
        f"export {name}={quote(value)}"
        for name, value in environment.items()
        if _NAME.fullmatch(name) and name not in _FIXED
    ]
    return "\n".join(lines) + "\n" + write_surroundings(project=project, server=server) + text


def write_surroundings(*, project: str, server: str) -> str:
    """What a shell in a container must know, and is no secret."""
    lines = [
        f'if [ ! -O {quote(project)} ] && [ -z "${{GIT_CONFIG_COUNT:-}}" ]; then '
        "export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'; fi"
    ]
    if server:
        proxies = "${http_proxy:-}${HTTP_PROXY:-}${all_proxy:-}${ALL_PROXY:-}"
        lines.append(
            f'if [ -n "{proxies}" ]; then '
            f'export no_proxy="${{no_proxy:+$no_proxy,}}"{quote(server)}; '
            f'export NO_PROXY="${{NO_PROXY:+$NO_PROXY,}}"{quote(server)}; fi'
        )
    return "\n".join(lines) + "\n"
