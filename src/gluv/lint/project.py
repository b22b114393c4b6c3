"""The files beside the pipeline that the rules read: pyproject.toml, uv.lock and their kin."""

import re
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from gluv.errors import Mark
from gluv.lint.toml_place import find_key

_EXACT = re.compile(r"(?:cpython@?)?(\d+\.\d+(?:\.\d+)?)(?![\d.*])", re.I)


class ProjectFiles:
    """Texts by path from the top of the repository, and every path there is (None: unknown).

    What does not parse counts as absent: uv itself will say so.
    """

    def __init__(self, texts: Mapping[str, str], paths: frozenset[str] | None) -> None:
        self.texts = dict(texts)
        self.paths = paths

    def has(self, path: str) -> bool | None:
        """Whether a file is there; None where nobody looked."""
        if path in self.texts:
            return True
        return None if self.paths is None else path in self.paths

    def toml(self, path: str) -> dict[str, Any]:
        """A TOML file as data, empty if it is absent or broken."""
        try:
            return tomllib.loads(self.texts.get(path, ""))
        except tomllib.TOMLDecodeError:
            return {}

    @cached_property
    def pyproject(self) -> dict[str, Any]:
        """The pyproject.toml at the top."""
        return self.toml("pyproject.toml")

    @cached_property
    def lock(self) -> dict[str, Any]:
        """The uv.lock at the top."""
        return self.toml("uv.lock")

    @cached_property
    def members(self) -> dict[str, dict[str, Any]]:
        """Every pyproject.toml by its path, that of the top first."""
        paths = sorted(path for path in self.texts if path.rsplit("/", 1)[-1] == "pyproject.toml")
        return {path: self.toml(path) for path in sorted(paths, key=lambda path: path.count("/"))}

    @property
    def uv(self) -> dict[str, Any]:
        """The settings of uv: `uv.toml` at the top, else `[tool.uv]`."""
        if "uv.toml" in self.texts:
            return self.toml("uv.toml")
        return _table(self.pyproject, "tool", "uv")

    @property
    def uv_file(self) -> str:
        """Where those settings stand."""
        return "uv.toml" if "uv.toml" in self.texts else "pyproject.toml"

    @property
    def project(self) -> dict[str, Any]:
        """The `[project]` table."""
        return _table(self.pyproject, "project")

    @property
    def requires_python(self) -> SpecifierSet | None:
        """`requires-python`, None where there is none that can be read."""
        text = self.project.get("requires-python")
        try:
            return SpecifierSet(text) if isinstance(text, str) else None
        except InvalidSpecifier:
            return None

    @cached_property
    def python_pin(self) -> str | None:
        """The Python that .python-version asks for first, `X.Y` or `X.Y.Z`; None for others."""
        for line in self.texts.get(".python-version", "").splitlines():
            line = line.strip()
            if line and not line.startswith("#"):
                found = _EXACT.match(line)
                return found[1] if found else None
        return None

    @property
    def packages(self) -> list[dict[str, Any]]:
        """The packages of uv.lock."""
        found = self.lock.get("package", [])
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    @property
    def indexes(self) -> list[dict[str, Any]]:
        """The `[[tool.uv.index]]` entries."""
        found = self.uv.get("index", [])
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    def build_requires(self, path: str = "pyproject.toml") -> list[Requirement]:
        """What `[build-system]` of a pyproject.toml requires."""
        return requirements(_table(self.members.get(path, {}), "build-system").get("requires"))

    def backend(self, path: str = "pyproject.toml") -> str:
        """The module of the build backend, empty without a build system."""
        found = _table(self.members.get(path, {}), "build-system").get("build-backend")
        return found.partition(".")[0].partition(":")[0] if isinstance(found, str) else ""

    def mark(self, path: str, *keys: str, nth: int = 0) -> Mark | None:
        """Where a key of a TOML file stands; its table, or None, where it does not."""
        found = find_key(self.texts.get(path, ""), keys, nth)
        return Mark(path, *found) if found else None

    def ignored(self, path: str) -> bool | None:
        """Whether the top .gitignore leaves a top-level folder out; None where nobody looked."""
        text = self.texts.get(".gitignore")
        if text is None:
            return None if self.paths is None else False
        name, result = path.strip("/").partition("/")[0], False
        for line in text.splitlines():
            pattern = line.strip()
            if not pattern or pattern.startswith("#"):
                continue
            wanted = not pattern.startswith("!")
            pattern = pattern.lstrip("!").removesuffix("/**").removesuffix("/*").strip("/")
            pattern = pattern.removeprefix("**/")
            if fnmatchcase(name, pattern) or pattern == path.strip("/"):
                result = wanted
        return result


def requirements(texts: object) -> list[Requirement]:
    """The requirements in a list of strings that can be read."""
    found: list[Requirement] = []
    for text in texts if isinstance(texts, list) else []:
        try:
            found.append(Requirement(text))
        except (InvalidRequirement, TypeError):
            continue
    return found


def _table(data: dict[str, Any], *keys: str) -> dict[str, Any]:
    for key in keys:
        found = data.get(key)
        if not isinstance(found, dict):
            return {}
        data = found
    return data
