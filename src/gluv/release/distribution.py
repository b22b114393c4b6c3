"""A built file: what its name, its metadata and its bytes say."""

import hashlib
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Literal

import msgspec
from packaging.metadata import parse_email
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from gluv.release.project import is_private
from gluv.release.stop import ReleaseStopped

ENDINGS = (".whl", ".tar.gz")
"""Wheels, and sdists as PEP 625 has them."""

_MAX_METADATA = 16 * 1024 * 1024

# Names of the upload form where they differ from those of the parsed metadata.
_RENAMED = {"platforms": "platform", "supported_platforms": "supported_platform"}


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """A wheel or sdist on disk; `fields` are the metadata fields of the upload form, in order."""

    path: Path
    kind: Literal["bdist_wheel", "sdist"]
    project: str
    version: str
    python: str
    size: int
    sha256: str
    blake2_256: str
    fields: tuple[tuple[str, str], ...]
    private: bool = False

    @property
    def name(self) -> str:
        """The file name."""
        return self.path.name

    @property
    def key(self) -> str:
        """The normalised name of its project (PEP 503)."""
        return canonicalize_name(self.project)


def find_files(directory: Path) -> list[Path]:
    """The wheels and sdists of a folder, wheels first, each kind sorted as uv publishes them."""
    found = [path for path in directory.iterdir() if path.is_file()]
    return [path for end in ENDINGS for path in sorted(found) if path.name.endswith(end)]


def read_distribution(path: Path) -> Distribution:
    """Read a built file. Raises `ReleaseStopped` if it is damaged or misnamed."""
    kind: Literal["bdist_wheel", "sdist"] = "bdist_wheel" if path.name.endswith(".whl") else "sdist"
    python = "source"
    try:
        if kind == "bdist_wheel":
            name, version, _, tags = parse_wheel_filename(path.name)
            python = ".".join(sorted({tag.interpreter for tag in tags}))
            raw, _ = parse_email(_read_wheel(path))
        else:
            name, version = parse_sdist_filename(path.name)
            raw, _ = parse_email(_read_sdist(path))
    except (InvalidWheelFilename, InvalidSdistFilename) as error:
        raise ReleaseStopped(
            f"{path.name} is not a file name that installers understand: {error}",
            hint="rename nothing by hand: build it with `uv build`",
        ) from error
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise ReleaseStopped(f"{path} cannot be read: {error}", hint="build it again") from error
    said: dict[str, Any] = dict(raw)
    _check_names(path, (name, version), said)
    sha256, blake2, size = _digest(path)
    return Distribution(
        path=path,
        kind=kind,
        project=said["name"],
        version=said["version"],
        python=python,
        size=size,
        sha256=sha256,
        blake2_256=blake2,
        fields=_fields(said),
        private=is_private(said.get("classifiers")),
    )


def _check_names(path: Path, named: tuple[str, Version], said: dict[str, Any]) -> None:
    name, version = str(said.get("name", "")), str(said.get("version", ""))
    try:
        agree = (canonicalize_name(name), Version(version)) == named
    except InvalidVersion:
        agree = False
    if not agree:
        raise ReleaseStopped(
            f"{path.name} holds {name or 'no name'} {version or 'without version'}",
            hint="name and metadata must agree: build it again, and do not rename it",
        )


def _read_wheel(path: Path) -> bytes:
    with zipfile.ZipFile(path) as wheel:
        for entry in wheel.infolist():
            if entry.filename.count("/") == 1 and entry.filename.endswith(".dist-info/METADATA"):
                if entry.file_size > _MAX_METADATA:
                    raise ValueError("its METADATA is too large")
                return wheel.read(entry)
    raise KeyError("it has no METADATA")


def _read_sdist(path: Path) -> bytes:
    with tarfile.open(path, "r:gz") as sdist:
        for entry in sdist:
            if entry.name.count("/") == 1 and entry.name.endswith("/PKG-INFO"):
                if entry.size > _MAX_METADATA:
                    raise ValueError("its PKG-INFO is too large")
                file = sdist.extractfile(entry)
                if file is not None:
                    return file.read()
    raise KeyError("it has no PKG-INFO")


def _digest(path: Path) -> tuple[str, str, int]:
    sha256, blake2, size = hashlib.sha256(), hashlib.blake2b(digest_size=32), 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            sha256.update(chunk)
            blake2.update(chunk)
            size += len(chunk)
    return sha256.hexdigest(), blake2.hexdigest(), size


def _fields(said: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The core metadata as fields of the form; a list repeats its field.

    `requires_python` is always sent: GitLab stores a package without it differently.
    """
    fields: list[tuple[str, str]] = []
    for key, value in said.items():
        field = _RENAMED.get(key, key)
        match value:
            case list() if key == "keywords":
                fields.append((field, ",".join(value)))
            case list():
                fields += [(field, str(item)) for item in value]
            case dict():
                fields += [(field, f"{label}, {url}") for label, url in value.items()]
            case _:
                fields.append((field, str(value)))
    if "requires_python" not in said:
        fields.append(("requires_python", ""))
    return tuple(fields)
