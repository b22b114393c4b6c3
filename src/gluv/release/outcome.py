"""What a release left behind, for people, for programs and for later jobs."""

import re
from pathlib import Path
from typing import Literal

import msgspec

from gluv.host.files import write_whole
from gluv.release.stop import ReleaseStopped

MAX_DOTENV = 5 * 1024
"""GitLab's limit for a dotenv report, in bytes."""


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A file: `state` says what this run did to it."""

    name: str
    project: str
    version: str
    sha256: str
    size: int
    url: str
    state: Literal["uploaded", "there already", "would upload"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A whole release; `release` says what this run did to it on GitLab, None without one."""

    tag: str
    version: str
    index: str
    files: tuple[Published, ...]
    release_url: str = ""
    release: Literal["created", "updated", "unchanged", "would create", "would update"] | None = (
        None
    )
    dry_run: bool = False


def write_json(outcome: Outcome, path: Path) -> None:
    """`release.json`: the end state, the same however many runs it took."""
    files = [
        {key: getattr(file, key) for key in ("name", "project", "version", "sha256", "size", "url")}
        for file in outcome.files
    ]
    content = {
        "tag": outcome.tag,
        "version": outcome.version,
        "index": outcome.index,
        "release": outcome.release_url or None,
        "files": files,
    }
    _write(path, msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")


def write_dotenv(outcome: Outcome, path: Path) -> None:
    """A dotenv report: `artifacts:reports:dotenv` makes it variables of later jobs.

    Values stand unquoted, as GitLab reads them. Raises `ReleaseStopped` beyond GitLab's 5 KiB.
    """
    projects = sorted({f"{file.project}=={file.version}" for file in outcome.files})
    values = {
        "RELEASE_TAG": outcome.tag,
        "RELEASE_VERSION": outcome.version,
        "RELEASE_URL": outcome.release_url,
        "RELEASE_INDEX_URL": outcome.index,
        "RELEASE_PACKAGES": " ".join(projects),
    }
    text = "".join(f"{key}={value}\n" for key, value in values.items() if value)
    if len(text.encode()) > MAX_DOTENV:
        raise ReleaseStopped(
            f"{path.name} would be larger than GitLab's limit of 5 KiB",
            hint="release fewer packages with one tag: tags `{name}-v{version}`",
        )
    _write(path, text.encode())


def _write(path: Path, content: bytes) -> None:
    """Write a file whole, and remove what a killed run left of it."""
    write_whole(path, content)
    for other in path.parent.iterdir():
        if re.fullmatch(rf"\.{re.escape(path.name)}\.[0-9a-f]{{12}}", other.name):
            other.unlink(missing_ok=True)
