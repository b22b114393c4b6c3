"""The packages of a uv project: which would be published, which not, and why."""

import tomllib
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import msgspec
from packaging.utils import canonicalize_name

from gluv.errors import UsageWrong
from gluv.release.stop import ReleaseStopped


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A project table: its name as written, its static version, None for a dynamic one.

    `left_out` says why it is not published, empty for one that is.
    """

    name: str
    version: str | None
    directory: Path
    left_out: str = ""

    @property
    def key(self) -> str:
        """The normalised name (PEP 503)."""
        return canonicalize_name(self.name)


def read_pyproject(directory: Path) -> dict[str, Any] | None:
    """The `pyproject.toml` of a folder, None without one. Raises `UsageWrong`."""
    path = directory / "pyproject.toml"
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageWrong(f"{path} is not valid TOML: {error}") from error


def read_packages(directory: Path) -> tuple[Package, ...]:
    """The packages of a folder: its own and, at a workspace root, its members', in path order.

    Raises `UsageWrong` if there is no `pyproject.toml`.
    """
    root = read_pyproject(directory)
    if root is None:
        raise UsageWrong(
            f"there is no pyproject.toml in {directory}",
            hint="say where the project is: -C DIR; or give built files: --dist DIR",
        )
    found = [_read_package(directory, root)]
    for path in _members(directory, root):
        member = read_pyproject(path)
        found.append(_read_package(path, member) if member is not None else None)
    return tuple(package for package in found if package is not None)


def choose_packages(
    packages: tuple[Package, ...], names: tuple[str, ...]
) -> tuple[tuple[Package, ...], tuple[Package, ...]]:
    """(the packages to publish, those left out with the reason).

    Raises `UsageWrong` for a name that does not exist, `ReleaseStopped` if nothing is left.
    """
    keys = {canonicalize_name(name) for name in names}
    known = {package.key: package for package in packages}
    for name in names:
        if canonicalize_name(name) not in known:
            raise UsageWrong(
                f"no package {name} here",
                hint=f"the packages are: {', '.join(package.name for package in packages)}",
            )
    wanted = [package for package in packages if not keys or package.key in keys]
    chosen = tuple(package for package in wanted if not package.left_out)
    left_out = tuple(package for package in wanted if package.left_out)
    if not chosen:
        reasons = "; ".join(f"{package.name}: {package.left_out}" for package in left_out)
        raise ReleaseStopped(
            f"there is no package to publish{': ' + reasons if reasons else ''}",
            hint="a package has a [project] and a [build-system] table",
        )
    return chosen, left_out


def is_private(classifiers: Any) -> bool:
    """Whether a classifier says that an index should refuse it (`Private :: ...`)."""
    return isinstance(classifiers, list | tuple) and any(
        str(classifier).strip().lower().startswith("private ::") for classifier in classifiers
    )


def _read_package(directory: Path, pyproject: Mapping[str, Any]) -> Package | None:
    project = pyproject.get("project")
    if not isinstance(project, dict) or not isinstance(project.get("name"), str):
        return None
    version = project.get("version")
    return Package(
        name=project["name"],
        version=version if isinstance(version, str) else None,
        directory=directory,
        left_out=_why_left_out(project, pyproject),
    )


def _why_left_out(project: Mapping[str, Any], pyproject: Mapping[str, Any]) -> str:
    # uv's own rule: `package` decides, else whether there is a build system.
    package = _table(pyproject, "tool", "uv").get("package")
    if package is False:
        return "tool.uv.package = false"
    if package is None and "build-system" not in pyproject:
        return "no [build-system]"
    if is_private(project.get("classifiers")):
        return "its classifiers say Private"
    return ""


def _members(root: Path, pyproject: Mapping[str, Any]) -> list[Path]:
    """The folders that `tool.uv.workspace` names, sorted; the root itself is not repeated."""
    workspace = _table(pyproject, "tool", "uv", "workspace")
    excluded = [str(pattern).strip("/") for pattern in workspace.get("exclude", [])]
    found: set[Path] = set()
    for pattern in workspace.get("members", []):
        for path in root.glob(str(pattern).removeprefix("./").rstrip("/")):
            inner = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
            if path.is_dir() and not any(fnmatch(inner, glob) for glob in excluded):
                found.add(path)
    return sorted(found - {root})


def _table(pyproject: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    value: Any = pyproject
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}
