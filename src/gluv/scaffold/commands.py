"""The commands of the jobs: how a tool is run in this kind of project."""

import shlex
from collections.abc import Iterable

from gluv.scaffold.facts import Facts, Tool

REPORT = "report.xml"
COVERAGE = "coverage.xml"
COVERAGE_LINE = r"/TOTAL.*? (100(?:\.0+)?\%|[1-9]?\d(?:\.\d+)?\%)$/"
"""The percentage in what coverage prints, as GitLab's documentation has it."""
CODE_QUALITY = "gl-code-quality-report.json"
# Tools that look at the text of the project and need nothing of it installed.
_TEXT_ALONE = {"ruff", "black"}


def run_tool(facts: Facts, name: str, *others: str) -> str:
    """What stands before a tool's arguments, with `others` at hand as well."""
    tool = facts.tool(name)
    absent = tool is None or tool.where == "configured"
    if name in _TEXT_ALONE and (absent or facts.kind == "scripts"):
        return f"uvx {name}"
    if facts.kind == "requirements":
        return name
    if facts.kind == "scripts":
        return f"uvx {_with_scripts(facts)} {name}"
    everything = ["--all-packages"] if facts.workspace else []
    return " ".join(["uv run", *everything, *_options(facts, (name, *others)), name])


def _with_scripts(facts: Facts) -> str:
    return " ".join(f"--with-requirements {shlex.quote(each.path)}" for each in facts.scripts)


def _options(facts: Facts, names: Iterable[str]) -> list[str]:
    """`--group`, `--extra` or `--with` for what `uv run` does not have by itself."""
    options: list[str] = []
    for name in names:
        option = _option(facts.tool(name), name)
        if option is not None and option not in options:
            options.append(option)
    return options


def _option(tool: Tool | None, name: str) -> str | None:
    match tool.where if tool is not None else "configured":
        case "group":
            return f"--group {shlex.quote(tool.within)}" if tool else None
        case "extra":
            return f"--extra {shlex.quote(tool.within)}" if tool else None
        case "configured":
            return f"--with {name}"
    return None


def install_with_pip(facts: Facts, *needed: str) -> str:
    """`uv pip install` of everything a job needs; what no file names, by name."""
    words = [word for path in facts.requirements for word in ("-r", path)]
    words += ["-e", "."] if facts.installable else []
    words += [name for name in needed if not _comes_with(facts, name)]
    return " ".join(["uv pip install", *map(shlex.quote, words)])


def _comes_with(facts: Facts, name: str) -> bool:
    tool = facts.tool(name)
    return tool is not None and tool.where == "requirements"


def run_tests(facts: Facts) -> list[str]:
    """The commands that test; in a workspace a matrix names the member by `$PACKAGE`."""
    arguments = f" --junitxml={_report(facts)}"
    if all(member.tests != "pytest" for member in facts.members):
        return _unittest(facts)
    if facts.tool("pytest-cov"):
        arguments += f" --cov{_covered(facts)}"
        arguments += f" --cov-report=term --cov-report=xml:{_at_root(facts, COVERAGE)}"
        return [_pytest(facts, "pytest-cov") + arguments]
    if facts.tool("coverage") and facts.kind == "project" and not facts.workspace:
        return _with_coverage(facts, f"pytest{arguments}", "pytest")
    return [_pytest(facts) + arguments]


def _with_coverage(facts: Facts, module: str, *others: str) -> list[str]:
    run = run_tool(facts, "coverage", *others)
    source = _covered(facts).replace("=", " --source=")
    return [f"{run} run{source} -m {module}", f"{run} xml -o {COVERAGE}", f"{run} report"]


def _covered(facts: Facts) -> str:
    """What is measured: what the project's settings say, else its own code and nothing else."""
    if facts.coverage_knows_source:
        return ""
    modules = [member.module for member in facts.members if member.module]
    return f"={modules[0]}" if modules and not facts.workspace else "=."


def _pytest(facts: Facts, *others: str) -> str:
    if facts.kind == "requirements":
        return "pytest"
    command = run_tool(facts, "pytest", *others)
    if facts.workspace:
        return command.replace("uv run ", "uv run --directory $PACKAGE ")
    return command


def _report(facts: Facts) -> str:
    return _at_root(facts, REPORT)


def _at_root(facts: Facts, name: str) -> str:
    return f"$CI_PROJECT_DIR/{name}" if facts.workspace else name


def _unittest(facts: Facts) -> list[str]:
    start = "" if facts.kind == "requirements" else "uv run "
    if facts.kind == "scripts":
        start = f"uv run --no-project {_with_scripts(facts)} "
    if facts.workspace:
        start += "--all-packages --directory $PACKAGE "
    if facts.tool("coverage") and facts.kind == "project" and not facts.workspace:
        return _with_coverage(facts, "unittest discover")
    if facts.tool("unittest-xml-reporting"):
        return [f"{start}python -m xmlrunner discover --output-file {_report(facts)}"]
    return [f"{start}python -m unittest discover"]


def has_coverage(facts: Facts) -> bool:
    """Whether the tests print and write a coverage."""
    single = facts.kind == "project" and not facts.workspace
    pytest = any(member.tests == "pytest" for member in facts.members)
    return bool((facts.tool("pytest-cov") and pytest) or (facts.tool("coverage") and single))


def has_junit(facts: Facts) -> bool:
    """Whether the tests write a JUnit report."""
    runners = {member.tests for member in facts.members}
    return "pytest" in runners or facts.tool("unittest-xml-reporting") is not None


def try_without_tests(facts: Facts) -> list[str]:
    """What can be tried where there are no tests: it installs, and it imports or compiles."""
    match facts.kind:
        case "requirements":
            return ["python -m compileall -q ."]
        case "scripts":
            return []
    start = "uv run --all-packages" if facts.workspace else "uv run"
    modules = [member.module for member in facts.packages if member.module]
    if modules:
        return [f'{start} python -c "import {", ".join(modules)}"']
    sources = " ".join(shlex.quote(each) for member in facts.members for each in member.sources)
    return [f"{start} python -m compileall -q {sources}" if sources else "uv sync"]


def check_scripts(facts: Facts) -> list[str]:
    """For each script: what it asks for can be installed, and it compiles; it does not run."""
    commands = []
    for script in facts.scripts:
        path = shlex.quote(script.path)
        locked = "--locked " if script.locked else ""
        commands.append(f"uv sync {locked}--script {path}")
        commands.append(f"uv run --no-project python -m py_compile {path}")
    return commands


def lint_commands(facts: Facts) -> list[str]:
    """The lock file, then ruff, black, mypy, ty and pyright as far as the project has them."""
    commands = ["uv lock --check"] if facts.locked else []
    if facts.tool("ruff"):
        ruff = run_tool(facts, "ruff")
        commands.append(
            f"{ruff} check --exit-zero --output-format=gitlab --output-file={CODE_QUALITY}"
        )
        commands.append(f"{ruff} check")
        commands += [f"{ruff} format --check"] if facts.formats_with_ruff else []
    if facts.tool("black"):
        commands.append(f"{run_tool(facts, 'black')} --check .")
    sources = [place for member in facts.members for place in member.sources] or ["."]
    if facts.tool("mypy"):
        paths = "" if facts.mypy_knows_paths else f" {shlex.join(sources)}"
        commands.append(f"{run_tool(facts, 'mypy')}{paths}")
    if facts.tool("ty"):
        commands.append(f"{run_tool(facts, 'ty')} check")
    for checker in ("basedpyright", "pyright"):
        if facts.tool(checker):
            commands.append(run_tool(facts, checker))
            break
    return commands


def docs_command(facts: Facts) -> str:
    """Builds the documentation, a warning being an error."""
    if facts.docs == "mkdocs":
        return f"{run_tool(facts, 'mkdocs')} build --strict --site-dir public"
    with_sphinx = run_tool(facts, "sphinx").removesuffix(" sphinx")
    return f"{with_sphinx} sphinx-build -W {facts.docs_path} public"
