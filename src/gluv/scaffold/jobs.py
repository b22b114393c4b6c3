"""The jobs of the pipeline, as entries with their reasons."""

import msgspec

from gluv.scaffold import commands
from gluv.scaffold.choices import GLUV_PYTHON, Choices, number
from gluv.scaffold.facts import Facts
from gluv.scaffold.lines import Entry, Item, Quoted

CACHE_DIR = ".uv-cache"
_LEGS = 200  # GitLab's limit for `parallel:matrix`
TAGS = r"$CI_COMMIT_TAG =~ /^v?\d+\.\d+/"


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """How the jobs are called and where they stand; `policy` is the cache's of the tests.

    `workflow`: the pipeline says when it runs. Without that only jobs without rules, or with rules
    for branches and tags, stay clear of a second pipeline for a merge request.
    """

    prefix: str = ""
    test: str = "test"
    build: str = "build"
    release: str = "release"
    policy: str = "pull-push"
    workflow: bool = True


def cached_base(facts: Facts, layout: Layout) -> Entry:
    """The hidden job of those that use the cache."""
    files = _key_files(facts)
    prefix = "uv-$UV_VERSION-python$PYTHON_VERSION-$BASE_LAYER"
    key: object = [Entry("files", files), Entry("prefix", prefix)] if files else prefix
    return Entry(
        ".uv-cached",
        [
            Entry("extends", ".uv"),
            Entry(
                "variables",
                [Entry("UV_CACHE_DIR", f"$CI_PROJECT_DIR/{CACHE_DIR}")],
                "GitLab can keep only what is inside the project. Jobs that build a package do\n"
                "without, or the cache could end up in the sdist.",
            ),
            Entry(
                "cache",
                [
                    Entry("key", key),
                    Entry("paths", [CACHE_DIR]),
                    Entry("policy", layout.policy),
                ],
                "The key names all that changes what is in it: each Python has a cache of its own.",
            ),
            Entry(
                "after_script",
                ["uv cache prune --ci"],
                "Wheels from PyPI are quicker downloaded again than packed.",
            ),
        ],
        spaced=True,
    )


def _key_files(facts: Facts) -> list[str]:
    if facts.kind == "requirements":
        files = list(facts.requirements) or ["pyproject.toml" if facts.installable else ""]
    elif facts.kind == "scripts":
        files = [f"{each.path}.lock" if each.locked else each.path for each in facts.scripts]
    else:
        files = ["uv.lock"] if facts.locked else ["pyproject.toml"]
    return [each for each in files if each][:2]  # GitLab's limit


def check_jobs(facts: Facts, choices: Choices, layout: Layout) -> list[Entry]:
    """Lint, test, docs and build."""
    jobs = [
        _lint(facts, layout),
        _scripts(facts, layout),
        _test(facts, choices, layout),
        _docs(facts, layout),
        _build(facts, choices, layout),
    ]
    return [job for job in jobs if job is not None]


def _lint(facts: Facts, layout: Layout) -> Entry | None:
    lines = commands.lint_commands(facts)
    if not lines:
        return None
    if facts.kind == "requirements" and not all(line.startswith("uvx") for line in lines):
        checkers = [name for name in ("mypy", "ty", "pyright") if facts.tool(name)]
        lines.insert(0, commands.install_with_pip(facts, *checkers))
    entries = [
        Entry("extends", ".uv-cached"),
        Entry("stage", layout.test),
        Entry(
            "cache",
            [Entry("policy", "pull")],
            "The tests fill the cache; two jobs that write one key would undo each other.",
        ),
        Entry("script", lines),
    ]
    if facts.tool("ruff"):
        report = Entry("reports", [Entry("codequality", commands.CODE_QUALITY)])
        entries.append(Entry("artifacts", [Entry("when", "always"), report]))
    return Entry(f"{layout.prefix}lint", entries, spaced=True)


def _scripts(facts: Facts, layout: Layout) -> Entry | None:
    if facts.kind != "scripts":
        return None
    tested = any(member.tests for member in facts.members)
    policy = [Entry("cache", [Entry("policy", "pull")])] if tested else []
    return Entry(
        f"{layout.prefix}scripts",
        [
            Entry("extends", ".uv-cached"),
            Entry("stage", layout.test),
            *policy,
            Entry(
                "script",
                commands.check_scripts(facts),
                "What each script asks for can be installed; nothing of it is run.",
            ),
        ],
        spaced=True,
    )


def _test(facts: Facts, choices: Choices, layout: Layout) -> Entry | None:
    tested = [member.path for member in facts.members if member.tests]
    if tested:
        lines = commands.run_tests(facts)
    else:
        lines = commands.try_without_tests(facts)
        if not lines:
            return None
    if facts.kind == "requirements":
        needed = ["pytest"] if tested and lines[0].startswith("pytest") else []
        lines.insert(0, commands.install_with_pip(facts, *needed))
    entries = [Entry("extends", ".uv-cached"), Entry("stage", layout.test)]
    entries += _matrix(facts, choices, tested)
    entries.append(Entry("script", lines))
    if tested and commands.has_coverage(facts):
        entries.append(Entry("coverage", commands.COVERAGE_LINE))
    if tested:
        entries += _reports(facts)
    why = "" if tested else "There are no tests yet: this shows that it installs and loads."
    return Entry(f"{layout.prefix}test", entries, why, spaced=True)


def _matrix(facts: Facts, choices: Choices, tested: list[str]) -> list[Entry]:
    pythons = choices.pythons
    members = tested if facts.workspace else []
    if len(pythons) * len(members) > _LEGS:
        pythons = (pythons[0], pythons[-1])
    axes = []
    if len(pythons) > 1:
        axes.append(Entry("PYTHON_VERSION", [Quoted(python) for python in pythons]))
    if members:
        axes.append(Entry("PACKAGE", members))
    return [Entry("parallel", [Entry("matrix", [Item(tuple(axes))])])] if axes else []


def _reports(facts: Facts) -> list[Entry]:
    reports = []
    if commands.has_junit(facts):
        reports.append(Entry("junit", commands.REPORT))
    if commands.has_coverage(facts):
        cobertura = [
            Entry("coverage_format", "cobertura"),
            Entry("path", commands.COVERAGE),
        ]
        reports.append(Entry("coverage_report", cobertura))
    if not reports:
        return []
    return [
        Entry(
            "artifacts",
            [Entry("when", "always"), Entry("reports", reports)],
            "The merge request shows what failed.",
        )
    ]


def _docs(facts: Facts, layout: Layout) -> Entry | None:
    if facts.docs is None:
        return None
    lines = [commands.docs_command(facts)]
    if facts.kind == "requirements":
        lines.insert(0, commands.install_with_pip(facts))
    return Entry(
        f"{layout.prefix}docs",
        [
            Entry("extends", ".uv-cached"),
            Entry("stage", layout.test),
            Entry("cache", [Entry("policy", "pull")]),
            Entry("script", lines),
            Entry(
                "artifacts",
                [Entry("paths", ["public"]), Entry("expire_in", "1 week")],
                "With `pages: true` in this job GitLab would publish them.",
            ),
        ],
        spaced=True,
    )


def _build(facts: Facts, choices: Choices, layout: Layout) -> Entry | None:
    if not facts.packages:
        return None
    names = [member.name for member in facts.packages]
    lines = ["uv build --no-sources"]
    if facts.workspace:
        lines = [f"uv build --no-sources --package {name}" for name in names]
    for member in facts.packages:
        if member.module and not facts.workspace:
            lines.append(
                "uv run --isolated --no-project --with dist/*.whl "
                f'python -c "import {member.module}"'
            )
    rules = []
    if choices.release != "none":
        skip = Item((Entry("if", "$CI_COMMIT_TAG"), Entry("when", "never")))
        rest = Entry("when", "on_success") if layout.workflow else Entry("if", "$CI_COMMIT_BRANCH")
        rules = [
            Entry(
                "rules",
                [skip, Item((rest,))],
                "On a tag the release builds it.",
            )
        ]
    return Entry(
        f"{layout.prefix}build",
        [
            Entry("extends", ".uv"),
            Entry("stage", layout.build),
            *rules,
            Entry(
                "script",
                lines,
                "Without the sources of [tool.uv]: as those who install it from an index see it.",
            ),
            Entry("artifacts", [Entry("paths", ["dist/"]), Entry("expire_in", "1 week")]),
        ],
        spaced=True,
    )


def release_job(choices: Choices, layout: Layout) -> Entry | None:
    """Publishes the packages of a tag and makes the release."""
    if choices.release == "none":
        return None
    command = "uvx gluv release"
    entries = [
        Entry("extends", ".uv"),
        Entry("stage", layout.release),
        Entry("rules", [Item((Entry("if", TAGS),))]),
    ]
    if number(choices.python) < GLUV_PYTHON:
        newest = [each for each in choices.pythons if number(each) >= GLUV_PYTHON]
        python = Quoted(newest[-1] if newest else "3.13")
        entries.append(
            Entry(
                "variables", [Entry("PYTHON_VERSION", python)], "gluv needs Python 3.11 or newer."
            )
        )
    if choices.release == "pypi":
        command += " --to pypi"
        entries.append(
            Entry(
                "id_tokens",
                [Entry("PYPI_ID_TOKEN", [Entry("aud", "pypi")])],
                "Trusted publishing: PyPI believes this job, no token is kept anywhere.",
            )
        )
    entries += [
        Entry("interruptible", False),
        Entry("resource_group", "release", "One release at a time."),
        Entry(
            "script",
            [command],
            "Compares the tag with the version, builds, uploads, makes the release, verifies it.\n"
            "What is done already is skipped, so this job can always be run again.",
        ),
    ]
    why = "Protect the tags v* in GitLab (Settings, Repository): whoever may push one may release."
    return Entry(f"{layout.prefix}release", entries, why, spaced=True)
