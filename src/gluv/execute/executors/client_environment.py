"""Variables handed to a container through the engine's client, by name only.

`-e NAME` takes the value from the client's own environment, so it is in no argument list and may
hold newlines. Names that the client itself reads go through a file of mode 0600 instead.
"""

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CLIENT = re.compile(
    r"DOCKER_.*|BUILDKIT_.*|BUILDAH_.*|PODMAN_.*|CONTAINER.*|REGISTRY_AUTH_FILE|STORAGE_.*|CNI_.*"
    r"|NETAVARK_.*|XDG_.*|DBUS_.*|LD_.*|GO[A-Z]+|SSL_CERT_.*|.*_proxy|.*_PROXY|PATH|HOME|USER"
    r"|TMPDIR|SHELL|LANG|LC_.*|TERM|SSH_.*|TZ|_.*"
)


@contextlib.contextmanager
def by_name(
    variables: Mapping[str, str], directory: Path
) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """The options of `create` or `run` for these variables, and what the client must have itself.

    The file, if one is needed, is in `directory` and gone afterwards. A value with a newline
    under a name of the client's is left out: no engine can take it.
    """
    options: list[str] = []
    environment: dict[str, str] = {}
    lines: list[str] = []
    for name, value in variables.items():
        if not _NAME.fullmatch(name) or "\0" in value:
            continue
        if not _CLIENT.fullmatch(name):
            options += ("-e", name)
            environment[name] = value
        elif "\n" not in value:
            lines.append(f"{name}={value}\n")
    if not lines:
        yield tuple(options), environment
        return
    place = directory / "variables"
    place.unlink(missing_ok=True)
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.writelines(lines)
        yield ("--env-file", str(place), *options), environment
    finally:
        place.unlink()
