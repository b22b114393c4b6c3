"""What a pipeline depends on in a project: the frozen facts."""

from typing import Literal

import msgspec

Kind = Literal["project", "requirements", "scripts"]
TestRunner = Literal["pytest", "unittest"]
Where = Literal["default", "group", "extra", "requirements", "configured"]


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A development tool the project asks for, or only has settings of (`configured`).

    `default`: `uv run` has it without being asked. `group` and `extra` name where it is otherwise.
    """

    name: str
    where: Where
    within: str = ""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A project of a workspace, or the only one (`path` is then `.`).

    `package`: it can be built, so it can be published. `tests`: what runs its tests, None without
    tests. `module` is what `import` takes, None where that cannot be told. `sources` are the paths
    a type checker is pointed at.
    """

    path: str
    name: str
    package: bool
    tests: TestRunner | None = None
    module: str | None = None
    sources: tuple[str, ...] = ()


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """A PEP 723 script; `locked` if its `.lock` file is beside it."""

    path: str
    requires_python: str | None
    locked: bool


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """A project as its pipeline sees it.

    `classifiers` are the `X.Y` of the trove classifiers, of the packages together; `pinned` is that
    of `.python-version`. `uv_required` is `[tool.uv] required-version`, `uv_locked` the version
    of uv in `uv.lock`, `uv_build` what `[build-system]` asks of uv's own backend. `needs_git`: a
    version is read from git's tags, or a dependency is fetched by git. `vcs_version` names what
    reads it.
    """

    kind: Kind
    members: tuple[Member, ...] = ()
    workspace: bool = False
    requires_python: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()
    pinned: str | None = None
    locked: bool = False
    tools: tuple[Tool, ...] = ()
    formats_with_ruff: bool = False
    mypy_knows_paths: bool = False
    coverage_knows_source: bool = False
    docs: Literal["mkdocs", "sphinx"] | None = None
    docs_path: str = "docs"
    vcs_version: str | None = None
    needs_git: bool = False
    uv_required: str | None = None
    uv_locked: str | None = None
    uv_build: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    installable: bool = False
    scripts: tuple[Script, ...] = ()

    def tool(self, name: str) -> Tool | None:
        """The tool of that name, if the project has it."""
        return next((tool for tool in self.tools if tool.name == name), None)

    @property
    def packages(self) -> tuple[Member, ...]:
        """The members that can be built."""
        return tuple(member for member in self.members if member.package)
