"""GLU404, GLU405, GLU406, GLU407: a release that can be run again."""

from collections.abc import Iterator

from gluv.lint.commands import Command
from gluv.lint.facts import JobFacts, LegFacts, LintFacts, scalar
from gluv.lint.fixes import fix, image_node, mend
from gluv.lint.model import Edit, Finding, Rule
from gluv.lint.publishing import check_url, is_gitlab, publish_url, uploads
from gluv.lint.spans import insert_entry, replace_value
from gluv.text.nodes import ScalarNode


def _to_gitlab(facts: LintFacts) -> Iterator[tuple[JobFacts, LegFacts, Command, str]]:
    for job in facts.jobs:
        for command in uploads(job):
            if command.program == "gluv":
                continue
            for leg in job.legs:
                url = publish_url(job, leg, command)
                if url and is_gitlab(url):
                    yield job, leg, command, url


def _once(facts: LintFacts) -> Iterator[Finding]:
    for job, leg, command, url in _to_gitlab(facts):
        if command.program == "uv" and check_url(job, leg, command) is None:
            yield Finding(
                message="a second run fails: GitLab refuses a file that it has already, and uv "
                "does not look",
                mark=command.mark,
                hint="set UV_PUBLISH_CHECK_URL to the project's simple index, or use gluv release",
                fix=fix("set UV_PUBLISH_CHECK_URL", _check(job, leg, url)),
                job=job.name,
            )
        elif command.program == "twine" and not command.has("--skip-existing"):
            yield Finding(
                message="a second run fails: GitLab refuses a file that it has already",
                mark=command.mark,
                hint="use uv publish --check-url URL/simple, or gluv release",
                job=job.name,
            )


def _check(job: JobFacts, leg: LegFacts, url: str) -> Edit | None:
    """UV_PUBLISH_CHECK_URL beside UV_PUBLISH_URL, where this uv can use it with GitLab."""
    where = job.variable_map("UV_PUBLISH_URL")
    if where is None or leg.uv_before(0, 11, 17) is not False or url.endswith("/simple"):
        return None
    return insert_entry(where, 'UV_PUBLISH_CHECK_URL: "${UV_PUBLISH_URL}/simple"')


def _old_uv(facts: LintFacts) -> Iterator[Finding]:
    for job, leg, command, _ in _to_gitlab(facts):
        url = check_url(job, leg, command)
        if command.program != "uv" or url is None or leg.uv_before(0, 11, 17) is not True:
            continue
        node = image_node(job)
        old = leg.image.uv if leg.image else None
        newest = facts.images.newest
        edit = mend(job, node, old, newest) if node is not None and old else None
        yield Finding(
            message=f"the first upload of a new name fails: uv {old} does not understand that "
            "GitLab forwards an unknown name to PyPI",
            mark=job.variable_mark("UV_PUBLISH_CHECK_URL") or command.mark,
            hint="use uv 0.11.17 or newer",
            fix=fix(f"use uv {newest}", edit, safe=False),
            job=job.name,
        )


def _wrong_url(facts: LintFacts) -> Iterator[Finding]:
    for job, leg, command, url in _to_gitlab(facts):
        name = "TWINE_REPOSITORY_URL" if command.program == "twine" else "UV_PUBLISH_URL"
        node = scalar(job.variable(name))
        if url.rstrip("/").endswith("/simple"):
            yield Finding(
                message="files are not uploaded to …/simple, GitLab answers 405",
                mark=node.mark if node else command.mark,
                hint="end the URL at /packages/pypi",
                fix=fix("end it at /packages/pypi", _cut(node, "/simple")),
                job=job.name,
            )
        check = check_url(job, leg, command) if command.program == "uv" else None
        if check is None or check == "?" or not is_gitlab(check):
            continue
        node = scalar(job.variable("UV_PUBLISH_CHECK_URL"))
        tail = check.rstrip("/").rsplit("/packages/pypi", 1)[-1]
        if tail in ("/simple", "") and not (tail == "" and check.rstrip("/") == url.rstrip("/")):
            continue
        right = "/packages/pypi/simple"
        yield Finding(
            message="uv finds nothing at this check URL: the index of a GitLab project ends in "
            "/packages/pypi/simple",
            mark=node.mark if node else command.mark,
            hint=f"end it in {right}",
            fix=fix(f"end it in {right}", _ended(node)),
            job=job.name,
        )


def _cut(node: ScalarNode | None, tail: str) -> Edit | None:
    if node is None:
        return None
    text = str(node.value).rstrip("/")
    return replace_value(node, f'"{text.removesuffix(tail)}"') if text.endswith(tail) else None


def _ended(node: ScalarNode | None) -> Edit | None:
    if node is None:
        return None
    text = str(node.value).rstrip("/")
    head, sign, _ = text.partition("/simple")
    if not sign and not text.endswith(("/packages/pypi", "UV_PUBLISH_URL}", "UV_PUBLISH_URL")):
        return None
    return replace_value(node, f'"{head}/simple"')


def _twine(facts: LintFacts) -> Iterator[Finding]:
    for job, _, command, _ in _to_gitlab(facts):
        if command.program == "twine" and command.has("--skip-existing"):
            yield Finding(
                message="twine refuses --skip-existing for GitLab: it works with PyPI only",
                mark=command.mark,
                hint="use uv publish --check-url URL/simple, or gluv release",
                job=job.name,
            )


RULES = (
    Rule(
        id="GLU404",
        title="an upload that cannot be repeated",
        level="warning",
        check=_once,
        fix="safe",
    ),
    Rule(
        id="GLU405",
        title="a check URL that this uv cannot use with GitLab",
        level="error",
        check=_old_uv,
        fix="unsafe",
    ),
    Rule(
        id="GLU406",
        title="a check or publish URL that ends wrongly",
        level="error",
        check=_wrong_url,
        fix="safe",
    ),
    Rule(
        id="GLU407",
        title="twine upload --skip-existing to GitLab",
        level="error",
        check=_twine,
    ),
)
