"""GLU115: a build backend that the uv of the pipeline cannot keep up with."""

from collections.abc import Iterator

from gluv.lint.facts import LintFacts
from gluv.lint.fixes import fix
from gluv.lint.model import Edit, Finding, Rule


def _newer(facts: LintFacts) -> Iterator[Finding]:
    project = facts.project
    for path in project.members:
        wanted = next(
            (each for each in project.build_requires(path) if each.name == "uv_build"), None
        )
        wanted = wanted or next(
            (each for each in project.build_requires(path) if each.name == "uv-build"), None
        )
        if wanted is None:
            continue
        for job in facts.uv_jobs:
            building = [each for each in job.uv("build") if not each.has("--wheel")]
            for leg in job.legs if building else ():
                uv = leg.uv
                if uv is None or len(uv) < 3 or uv >= (0, 13):
                    continue
                # The next minors of uv_build are read by an older uv up to 0.12, not from 0.13 on.
                if not any(wanted.specifier.contains(f"0.{minor}.99") for minor in range(13, 40)):
                    continue
                version = ".".join(map(str, uv))
                bound = f"{wanted.name}>={version},<0.{uv[1] + 1}"
                yield Finding(
                    message=f"`{wanted}` may be newer than the job's uv {version}, which cannot "
                    "unpack what uv_build 0.13 packs",
                    mark=project.mark(path, "build-system", "requires"),
                    hint=f'write "{bound}", or raise the version of uv',
                    level="error" if uv < (0, 11) else "warning",
                    fix=fix(f"bound {wanted.name}", _bound(facts, path, str(wanted), bound)),
                    job=job.name,
                )


def _bound(facts: LintFacts, path: str, old: str, new: str) -> Edit | None:
    text = facts.project.texts[path]
    table = text.find("[build-system]")
    start = text.find(f'"{old}"', text.find("requires", table)) if table >= 0 else -1
    if start < 0 or "]" in text[text.find("[", table + 1) : start]:
        return None
    return Edit(file=path, start=start, end=start + len(old) + 2, text=f'"{new}"')


RULES = (
    Rule(
        id="GLU115",
        title="a uv_build newer than the pipeline's uv",
        level="error",
        check=_newer,
        fix="safe",
    ),
)
