"""Reads a project's facts from its files: `pyproject.toml`, `uv.lock`, names of files."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, Literal

from gluv.errors import UsageWrong
from gluv.scaffold.facts import Facts, Member, Script
from gluv.scaffold.read_tests import read_runner
from gluv.scaffold.read_tools import read_tools, requirement_name
from gluv.scaffold.tree import Tree

Table = Mapping[str, Any]

_SCRIPT = re.compile(r"(?m)^# /// script\s*$\s(?P<content>(?:^#(?:| .*)$\s)+)^# ///\s*$")
_CLASSIFIER = re.compile(r"Programming Language :: Python :: (\d+\.\d+)")
_REQUIREMENTS = re.compile(
    r"(?:requirements/)?[\w.-]*requirements[\w.-]*\.txt|requirements/[\w.-]+\.txt"
)
_VCS = {
    "hatch-vcs",
    "setuptools-scm",
    "setuptools-git-versioning",
    "versioningit",
    "versioneer",
    "uv-dynamic-versioning",
    "poetry-dynamic-versioning",
    "vcs-versioning",
}
_GIT = re.compile(r"(?m)(?:@ git\+|^\s*(?:-e )?git\+)")


def read_facts(tree: Tree) -> Facts:
    """The facts of the project in `tree`.

    Raises `UsageWrong` for TOML that does not parse, and where there is no Python project.
    """
    root = _toml(tree, "pyproject.toml")
    scripts = _scripts(tree)
    requirements = _requirements(tree) if "project" not in root else {}
    installable = "project" not in root and (
        "build-system" in root or tree.read("setup.py") is not None
    )
    if "project" in root or "workspace" in root.get("tool", {}).get("uv", {}):
        return _project(tree, root)
    if requirements or installable:
        return _with_pip(tree, root, requirements, installable=installable)
    if scripts:
        return _with_scripts(tree, root, scripts)
    raise _no_project(tree)


def _project(tree: Tree, root: Table) -> Facts:
    pyprojects = _workspace(tree, root)
    files = tree.files()
    tools = read_tools(pyprojects, {}, files)
    has_pytest = any(tool.name == "pytest" for tool in tools)
    members = tuple(
        _member(tree, path, table, pyprojects, has_pytest=has_pytest)
        for path, table in pyprojects.items()
        if "project" in table
    )
    lock = tree.read("uv.lock")
    backends = [
        item
        for table in pyprojects.values()
        for item in table.get("build-system", {}).get("requires", [])
    ]
    vcs = next((name for name in map(requirement_name, backends) if name in _VCS), None)
    packages = [pyprojects[member.path] for member in members if member.package]
    pin = tree.read(".python-version") or ""
    settings = root.get("tool", {})
    requires = [table.get("project", {}).get("requires-python") for table in pyprojects.values()]
    return Facts(
        kind="project",
        members=members,
        workspace=len(pyprojects) > 1,
        requires_python=tuple(dict.fromkeys(filter(None, requires))),
        classifiers=_classifiers(packages),
        pinned=_pinned(pin),
        locked=lock is not None,
        tools=tools,
        formats_with_ruff=_formats(tree, tools_named={tool.name for tool in tools}),
        mypy_knows_paths=_mypy_paths(tree, settings),
        coverage_knows_source=_coverage_source(tree, settings),
        docs=_docs(files),
        docs_path=_docs_path(files),
        vcs_version=vcs,
        needs_git=vcs is not None or _fetches_by_git(pyprojects, lock or ""),
        uv_required=settings.get("uv", {}).get("required-version"),
        uv_locked=_locked_uv(lock or ""),
        uv_build=tuple(item for item in backends if requirement_name(item) == "uv-build"),
    )


def _with_pip(tree: Tree, root: Table, requirements: dict[str, str], *, installable: bool) -> Facts:
    files = tree.files()
    tools = read_tools({".": root}, requirements, files)
    named = {tool.name for tool in tools}
    runner = read_runner(tree, files, has_pytest="pytest" in named)
    member = Member(path=".", name="", package=False, tests=runner, sources=_python_places(files))
    return Facts(
        kind="requirements",
        members=(member,),
        pinned=_pinned(tree.read(".python-version") or ""),
        tools=tools,
        formats_with_ruff=_formats(tree, tools_named=named),
        mypy_knows_paths=_mypy_paths(tree, root.get("tool", {})),
        docs=_docs(files),
        docs_path=_docs_path(files),
        needs_git=any(_GIT.search(text) for text in requirements.values()),
        uv_required=root.get("tool", {}).get("uv", {}).get("required-version"),
        requirements=tuple(requirements),
        installable=installable,
    )


def _with_scripts(tree: Tree, root: Table, scripts: tuple[Script, ...]) -> Facts:
    files = tree.files()
    tools = read_tools({".": root}, {}, files)
    named = {tool.name for tool in tools}
    requires = [script.requires_python for script in scripts]
    return Facts(
        kind="scripts",
        members=(
            Member(
                path=".",
                name="",
                package=False,
                tests=read_runner(tree, files, has_pytest="pytest" in named),
            ),
        ),
        requires_python=tuple(dict.fromkeys(filter(None, requires))),
        pinned=_pinned(tree.read(".python-version") or ""),
        tools=tools,
        formats_with_ruff=_formats(tree, tools_named=named),
        uv_required=root.get("tool", {}).get("uv", {}).get("required-version"),
        scripts=scripts,
    )


def _no_project(tree: Tree) -> UsageWrong:
    below = [path for path in tree.files() if path.endswith("/pyproject.toml")]
    if below:
        folders = ", ".join(path.rpartition("/")[0] for path in below[:5])
        return UsageWrong(
            f"the top folder holds no Python project; these do: {folders}",
            hint="include the component once for each, with its working-directory "
            "(docs/component.md), or make a workspace of them",
        )
    return UsageWrong(
        "there is no Python project here: no pyproject.toml, no requirements.txt, no script "
        "with a `# /// script` header",
        hint="start one: uv init",
    )


def _toml(tree: Tree, path: str) -> Table:
    text = tree.read(path)
    if text is None:
        return {}
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageWrong(f"{path} is not valid TOML: {error}") from error


def _workspace(tree: Tree, root: Table) -> dict[str, Table]:
    """The `pyproject.toml` of every member by its folder, the root's first."""
    pyprojects = {".": root}
    workspace = root.get("tool", {}).get("uv", {}).get("workspace", {})
    patterns = workspace.get("members", [])
    excluded = workspace.get("exclude", [])
    for path in tree.files():
        folder, _, name = path.rpartition("/")
        if name != "pyproject.toml" or not folder or _matches(folder, excluded):
            continue
        if _matches(folder, patterns):
            pyprojects[folder] = _toml(tree, path)
    return pyprojects


def _matches(folder: str, patterns: Iterable[str]) -> bool:
    """Whether a glob of Cargo's kind, which uv uses, names a folder: `*` stays inside a part."""
    path = PurePosixPath(folder)
    for pattern in patterns:
        wanted = PurePosixPath(pattern)
        if "**" in wanted.parts:
            expression = re.escape(wanted.as_posix()).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
            if re.fullmatch(expression, folder):
                return True
        elif len(wanted.parts) == len(path.parts) and path.match(wanted.as_posix()):
            return True
    return False


def _member(
    tree: Tree, path: str, table: Table, pyprojects: Mapping[str, Table], *, has_pytest: bool
) -> Member:
    name = str(table["project"].get("name", ""))
    settings = table.get("tool", {}).get("uv", {})
    package = bool(settings.get("package", "build-system" in table))
    others = [other for other in pyprojects if other != "." and other != path]
    files = tuple(
        file
        for file in _inside(tree.files(), path)
        if path != "." or not any(file.startswith(f"{other}/") for other in others)
    )
    prefix = "" if path == "." else f"{path}/"
    local = tuple(file.removeprefix(prefix) for file in files)
    module = _module(name, local) if package else None
    return Member(
        path=path,
        name=name,
        package=package,
        tests=read_runner(tree, files, has_pytest=has_pytest),
        module=module,
        sources=tuple(prefix + place for place in _python_places(local)),
    )


def _inside(files: tuple[str, ...], folder: str) -> tuple[str, ...]:
    if folder == ".":
        return files
    return tuple(file for file in files if file.startswith(f"{folder}/"))


def _module(name: str, files: tuple[str, ...]) -> str | None:
    """What to import: the module named like the project, in `src` or beside `pyproject.toml`."""
    wanted = re.sub(r"[-_.]+", "_", name).lower()
    for file in files:
        place = file.lower()
        for start in ("src/", ""):
            if place in {f"{start}{wanted}/__init__.py", f"{start}{wanted}.py"}:
                return file.removeprefix(start).removesuffix("/__init__.py").removesuffix(".py")
    return None


def _python_places(files: tuple[str, ...]) -> tuple[str, ...]:
    """`src` if there is one, else the folders and modules at the top that hold the code."""
    python = [file for file in files if file.endswith(".py")]
    if any(file.startswith("src/") for file in python):
        return ("src",)
    tops = dict.fromkeys(file.partition("/")[0] for file in python)
    left_out = {"tests", "test", "docs", "doc", "setup.py", "conftest.py", "noxfile.py"}
    return tuple(top for top in tops if top not in left_out and not top.startswith("."))


def _requirements(tree: Tree) -> dict[str, str]:
    """The requirements files at the top or in `requirements/`, the main one first."""
    found = [path for path in tree.files() if _REQUIREMENTS.fullmatch(path)]
    found.sort(key=lambda path: (PurePosixPath(path).name != "requirements.txt", path))
    return {path: tree.read(path) or "" for path in found}


def _scripts(tree: Tree) -> tuple[Script, ...]:
    files = tree.files()
    scripts = []
    for path in files:
        if not path.endswith(".py") or path.count("/") > 1:
            continue
        header = _SCRIPT.search(tree.read(path) or "")
        if header is None:
            continue
        content = "\n".join(line[2:] for line in header["content"].splitlines())
        try:
            table = tomllib.loads(content)
        except tomllib.TOMLDecodeError as error:
            raise UsageWrong(f"the header of the script {path} is not TOML: {error}") from error
        scripts.append(
            Script(
                path=path,
                requires_python=table.get("requires-python"),
                locked=f"{path}.lock" in files,
            )
        )
    return tuple(scripts)


def _classifiers(tables: Iterable[Table]) -> tuple[str, ...]:
    """The Pythons that every table with such classifiers names."""
    named = [
        {found[1] for item in table["project"].get("classifiers", [])
         if (found := _CLASSIFIER.fullmatch(item))}
        for table in tables
    ]  # fmt: skip
    named = [each for each in named if each]
    return tuple(sorted(set.intersection(*named))) if named else ()


def _pinned(text: str) -> str | None:
    found = re.match(r"(?:cpython[@-]?)?(\d+\.\d+)", text.strip())
    return found[1] if found else None


def _formats(tree: Tree, *, tools_named: set[str]) -> bool:
    """Whether ruff is the formatter: it is there, and no other formatter is."""
    hooks = tree.read(".pre-commit-config.yaml") or ""
    if "ruff-format" in hooks:
        return True
    return not tools_named & {"black", "yapf", "autopep8", "blue"} and "psf/black" not in hooks


def _mypy_paths(tree: Tree, tools: Table) -> bool:
    table = tools.get("mypy", {})
    ini = (tree.read("mypy.ini") or "") + (tree.read(".mypy.ini") or "")
    return any(key in table for key in ("files", "packages", "modules")) or bool(
        re.search(r"(?m)^(?:files|packages|modules)\s*=", ini)
    )


def _coverage_source(tree: Tree, tools: Table) -> bool:
    run = tools.get("coverage", {}).get("run", {})
    ini = tree.read(".coveragerc") or ""
    return any(key in run for key in ("source", "source_pkgs", "include")) or bool(
        re.search(r"(?m)^(?:source|source_pkgs|include)\s*=", ini)
    )


def _docs(files: tuple[str, ...]) -> Literal["mkdocs", "sphinx"] | None:
    if "mkdocs.yml" in files or "mkdocs.yaml" in files:
        return "mkdocs"
    return (
        "sphinx"
        if any(re.fullmatch(r"docs?/(?:source/)?conf\.py", each) for each in files)
        else None
    )


def _docs_path(files: tuple[str, ...]) -> str:
    found = next((each for each in files if re.fullmatch(r"docs?/(?:source/)?conf\.py", each)), "")
    return found.rpartition("/")[0] or "docs"


def _fetches_by_git(pyprojects: Mapping[str, Table], lock: str) -> bool:
    sources = [
        table.get("tool", {}).get("uv", {}).get("sources", {}) for table in pyprojects.values()
    ]
    entries = [entry for table in sources for entry in table.values()]
    flat = [one for entry in entries for one in (entry if isinstance(entry, list) else [entry])]
    return any("git" in one for one in flat) or "source = { git = " in lock


def _locked_uv(lock: str) -> str | None:
    found = re.search(r'(?m)^name = "uv"\nversion = "([^"]+)"', lock)
    return found[1] if found else None
