"""GLU301, GLU302, GLU303, GLU309: where the cache lies, and what that does to a build."""

from collections.abc import Iterator

from gluv.lint.caches import caches, covers, in_project, inside, uv_cache
from gluv.lint.facts import JobFacts, LegFacts, LintFacts, scalar
from gluv.lint.fixes import fix, set_variable
from gluv.lint.model import Edit, Finding, Level, Rule
from gluv.lint.spans import remove_item, replace_value
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode


def _outside(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.uv_jobs:
        if "UV_CACHE_DIR" in job.elsewhere or "*" in job.elsewhere:
            continue
        leg = job.legs[0]
        own = uv_cache(job, leg)
        for cache in caches(job):
            for written in cache.path_nodes():
                text = str(written.value)
                unset = "UV_CACHE_DIR" in text and own is None
                if unset:
                    yield Finding(
                        message="UV_CACHE_DIR is not set, so this path is empty: nothing is kept",
                        mark=written.mark,
                        hint="set UV_CACHE_DIR: .uv-cache",
                        fix=fix("set UV_CACHE_DIR", set_variable(job, "UV_CACHE_DIR", ".uv-cache")),
                        job=job.name,
                    )
                elif _away(text, own):
                    yield Finding(
                        message=f"GitLab keeps only what is in the project, not {own or text}",
                        mark=written.mark,
                        hint="set UV_CACHE_DIR: .uv-cache and cache $UV_CACHE_DIR",
                        fix=fix("keep it in the project", *_moved(job, written)),
                        job=job.name,
                    )
            if inside(own) and own is not None and not _kept(job, leg, own):
                near = [
                    node for node in cache.path_nodes() if _looks_uv(in_project(str(node.value)))
                ]
                for node in near[:1]:
                    yield Finding(
                        message=f"uv keeps its cache in {own}, but {node.value} is kept",
                        mark=node.mark,
                        hint="cache $UV_CACHE_DIR",
                        fix=fix("cache $UV_CACHE_DIR", replace_value(node, "$UV_CACHE_DIR")),
                        job=job.name,
                    )


def _away(text: str, own: str | None) -> bool:
    """Whether a cached path is uv's cache outside of the project."""
    if "UV_CACHE_DIR" in text:
        return own is not None and own.startswith(("/", "~"))
    return text.startswith(("/", "~", "$HOME")) and text.rstrip("/").endswith(".cache/uv")


def _moved(job: JobFacts, written: ScalarNode) -> list[Edit | None]:
    edits: list[Edit | None] = []
    value = scalar(job.variable("UV_CACHE_DIR"))
    if value is not None:
        edits.append(replace_value(value, ".uv-cache"))
    else:
        edits.append(set_variable(job, "UV_CACHE_DIR", ".uv-cache"))
    if "UV_CACHE_DIR" not in str(written.value):
        edits.append(replace_value(written, "$UV_CACHE_DIR"))
    return edits


def _kept(job: JobFacts, leg: LegFacts, own: str) -> bool:
    return any(covers(path, own) for cache in caches(job) for path in cache.paths(leg))


def _looks_uv(path: str) -> bool:
    name = path.strip("./").replace("_", "-").lower()
    return name in ("uv-cache", "uv", "cache/uv") and "$" not in path


_NEVER_IN_SDIST = "exclude", "include", "only-include"


def _in_sdist(facts: LintFacts) -> Iterator[Finding]:
    backend = facts.project.backend()
    for job in facts.uv_jobs:
        builds = [
            each
            for each in job.uv("build")
            if not each.has("--wheel", "--no-cache", "-n", "--cache-dir")
        ]
        if not builds or job.truthy("UV_NO_CACHE"):
            continue
        for leg in job.legs:
            own = uv_cache(job, leg)
            if own is None or not inside(own):
                continue
            level = _broken(facts, leg, own, backend)
            if level is None:
                continue
            yield Finding(
                message=f"the cache {own} lies in the project, and gets into the sdist"
                if level == "error" and leg.uv != (0, 11, 25)
                else f"the cache {own} lies in the project that is built"
                + (", which uv 0.11.25 refuses" if level == "error" else ""),
                mark=builds[0].mark,
                hint=f'add {own}/ to .gitignore, or set UV_NO_CACHE: "1" in this job',
                level=level,
                fix=fix(f"ignore {own}", _ignore(facts, own)) if leg.uv != (0, 11, 25) else None,
                job=job.name,
            )


def _broken(facts: LintFacts, leg: LegFacts, own: str, backend: str) -> Level | None:
    if leg.uv == (0, 11, 25):
        return "error"
    if backend != "hatchling" or facts.project.ignored(own) is not False:
        return None
    if leg.uv_before(0, 8, 1):
        return None
    hatch = facts.project.pyproject.get("tool", {}).get("hatch", {}).get("build", {})
    sdist = hatch.get("targets", {}).get("sdist", {}) if isinstance(hatch, dict) else {}
    if any(name in table for table in (hatch, sdist) for name in _NEVER_IN_SDIST):
        return None
    return "error"


def _ignore(facts: LintFacts, own: str) -> Edit | None:
    text = facts.project.texts.get(".gitignore")
    if text is None:
        return None
    return Edit(file=".gitignore", start=len(text), end=len(text), text=f"{own}/\n")


def _built_in_cache(facts: LintFacts) -> Iterator[Finding]:
    names = [
        str(package.get("name"))
        for package in facts.project.packages
        if package.get("sdist") and not package.get("wheels")
    ]
    if not names:
        return
    for job in facts.uv_jobs:
        own = uv_cache(job, job.legs[0])
        first = next(job.uv("sync", "run"), None)
        if first is not None and inside(own):
            yield Finding(
                message=f"{', '.join(names[:5])} must be built, in a cache inside this repository: "
                "backends that ask git would take its version",
                mark=first.mark,
                hint='set UV_NO_CACHE: "1", or build those wheels once',
                job=job.name,
            )


def _environments(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.jobs:
        places: list[tuple[str, Node | None]] = [
            ("cache", cache.node.get("paths")) for cache in caches(job)
        ]
        artifacts = job.node.get("artifacts")
        if isinstance(artifacts, MapNode):
            places.append(("artifacts", artifacts.get("paths")))
        for keyword, paths in places:
            items = paths.items if isinstance(paths, SeqNode) else ()
            for item in items:
                if not isinstance(item, ScalarNode):
                    continue
                path = in_project(str(item.value)).removesuffix("/*").removesuffix("/**")
                if path.rsplit("/", 1)[-1] in (".venv", "venv"):
                    yield Finding(
                        message=f"{path} in {keyword}: an environment is thousands of files with "
                        "absolute paths and links to an interpreter outside of it",
                        mark=item.mark,
                        hint="keep uv's cache instead: uv sync then takes a second",
                        fix=fix("remove it", remove_item(item, len(items)))
                        if keyword == "cache"
                        else None,
                        job=job.name,
                    )


RULES = (
    Rule(
        id="GLU301",
        title="a cache that GitLab cannot keep",
        level="error",
        check=_outside,
        fix="safe",
    ),
    Rule(
        id="GLU302",
        title="a cache in the project that is built",
        level="error",
        check=_in_sdist,
        fix="safe",
    ),
    Rule(
        id="GLU303",
        title="source distributions built inside the repository",
        level="warning",
        check=_built_in_cache,
        advice=True,
    ),
    Rule(
        id="GLU309",
        title="an environment that is kept",
        level="warning",
        check=_environments,
        fix="safe",
    ),
)
