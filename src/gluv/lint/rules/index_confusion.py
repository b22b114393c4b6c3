"""GLU502, GLU507: names that may come from the wrong index."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from gluv.lint.facts import LintFacts, scalar
from gluv.lint.fixes import fix
from gluv.lint.indexes import project_indexes
from gluv.lint.model import Edit, Finding, Rule
from gluv.lint.toml_place import table_end

_WHY = "takes a package from whichever index has the higher version"


def _not_explicit(facts: LintFacts) -> Iterator[Finding]:
    project = facts.project
    named = {
        str(source.get("index"))
        for source in (project.uv.get("sources") or {}).values()
        if isinstance(source, dict) and source.get("index")
    }
    for index in project_indexes(facts):
        if not index.gitlab or index.table.get("explicit") is True:
            continue
        used = index.name in named
        yield Finding(
            message="every package is asked for here first: whoever can publish here, or on PyPI "
            "where GitLab forwards to, decides what is installed",
            mark=index.mark,
            hint="add explicit = true, and name its packages in [tool.uv.sources]",
            level="warning",
            fix=fix("add explicit = true", _explicit(facts, index.nth or 0), safe=False)
            if used and not index.table.get("default")
            else None,
        )
    for job in facts.uv_jobs:
        value = scalar(job.variable("UV_INDEX_STRATEGY"))
        if value is not None and str(value.value).startswith("unsafe-"):
            yield Finding(
                message=f"{value.value} {_WHY}",
                mark=value.mark,
                hint="name the packages of the private index in [tool.uv.sources]",
            )
        for command in job.uv():
            strategy = command.values.get("--index-strategy", "")
            if strategy.startswith("unsafe-"):
                yield Finding(
                    message=f"{strategy} {_WHY}",
                    mark=command.mark,
                    hint="name the packages of the private index in [tool.uv.sources]",
                    job=job.name,
                )
    chosen = project.uv.get("index-strategy")
    if isinstance(chosen, str) and chosen.startswith("unsafe-"):
        keys = () if project.uv_file == "uv.toml" else ("tool", "uv")
        yield Finding(
            message=f"{chosen} {_WHY}",
            mark=project.mark(project.uv_file, *keys, "index-strategy"),
            hint="name the packages of the private index in [tool.uv.sources]",
        )


def _explicit(facts: LintFacts, nth: int) -> Edit | None:
    file = facts.project.uv_file
    keys = ("index",) if file == "uv.toml" else ("tool", "uv", "index")
    end = table_end(facts.project.texts.get(file, ""), keys, nth)
    return Edit(file=file, start=end, end=end, text="explicit = true\n") if end else None


def _confused(facts: LintFacts) -> Iterator[Finding]:
    project = facts.project
    indexes = {index.name: index for index in project_indexes(facts) if index.name}
    sources = project.uv.get("sources") or {}
    expected = {
        _normal(name): indexes[source["index"]].url
        for name, source in sources.items()
        if isinstance(source, dict) and source.get("index") in indexes
    }
    for package in project.packages:
        source = package.get("source")
        url = source.get("registry") if isinstance(source, dict) else None
        wanted = expected.get(_normal(str(package.get("name", ""))))
        if not isinstance(url, str) or wanted is None or _host(url) == _host(wanted):
            continue
        if "$" in wanted or "$" in url:
            continue
        yield Finding(
            message=f"uv.lock takes {package.get('name')} from {_host(url)}, but pyproject.toml "
            f"says {_host(wanted)}",
            mark=project.mark("uv.lock", "package", "name", nth=project.packages.index(package)),
            hint="lock again, and look at what was installed in the meantime",
        )


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


RULES = (
    Rule(
        id="GLU502",
        title="an index that may answer for any name",
        level="error",
        check=_not_explicit,
        fix="unsafe",
    ),
    Rule(
        id="GLU507",
        title="a private package that was locked from elsewhere",
        level="error",
        check=_confused,
    ),
)
