"""GLU501, GLU503, GLU504: the addresses of indexes."""

import re
from collections.abc import Iterator

from gluv.lint.facts import LintFacts
from gluv.lint.fixes import fix
from gluv.lint.indexes import Index, project_indexes, yaml_indexes
from gluv.lint.model import Edit, Finding, Rule
from gluv.lint.spans import replace_part
from gluv.lint.toml_place import table_end


def _anonymous(facts: LintFacts) -> Iterator[Finding]:
    for index in project_indexes(facts):
        if not index.gitlab or index.credentials or index.table.get("authenticate") == "always":
            continue
        yield Finding(
            message="GitLab forwards a request without credentials to PyPI, so uv never sends any "
            "and installs what PyPI has under the name",
            mark=index.mark,
            hint='add authenticate = "always"',
            fix=fix('add authenticate = "always"', _always(facts, index)),
        )


def _always(facts: LintFacts, index: Index) -> Edit | None:
    file = facts.project.uv_file
    keys = ("index",) if file == "uv.toml" else ("tool", "uv", "index")
    text = facts.project.texts.get(file, "")
    end = table_end(text, keys, index.nth or 0)
    if end is None or "authenticate" in index.table:
        return None
    return Edit(file=file, start=end, end=end, text='authenticate = "always"\n')


def _not_simple(facts: LintFacts) -> Iterator[Finding]:
    for index in (*project_indexes(facts), *yaml_indexes(facts)):
        url = index.url.rstrip("/")
        if index.gitlab and url.endswith("/packages/pypi"):
            yield Finding(
                message="this is where files are uploaded; the index ends in /packages/pypi/simple",
                mark=index.mark,
                hint=f"write {url}/simple",
                fix=fix("add /simple", _simple(facts, index, url)),
                job=index.job,
            )


def _simple(facts: LintFacts, index: Index, url: str) -> Edit | None:
    if index.node is not None:
        text = str(index.node.value)
        if text.count(url) != 1:
            return None
        return replace_part(index.node, text.index(url), url, f"{url}/simple")
    text = facts.project.texts.get(facts.project.uv_file, "")
    if index.nth is None or text.count(f'"{index.url}"') != 1:
        return None
    start = text.index(f'"{index.url}"')
    return Edit(
        file=facts.project.uv_file,
        start=start,
        end=start + len(index.url) + 2,
        text=f'"{url}/simple"',
    )


_SECRET = re.compile(r"://[^/@\s:]*:(?!\$)[^/@\s]+@")
_NAMES = re.compile(r"\$\{?(\w*(?:TOKEN|PASSWORD|SECRET|PRIVATE_KEY)\w*)\b")


def _secrets(facts: LintFacts) -> Iterator[Finding]:
    for index in (*project_indexes(facts), *yaml_indexes(facts)):
        if not index.credentials:
            continue
        literal = _SECRET.search(index.url) is not None
        if index.nth is None and not literal:
            continue  # a variable in the YAML: no secret is written down
        yield Finding(
            message="credentials in the URL of an index: everybody who can read the repository has "
            "them"
            if literal
            else "credentials in the URL of an index are written to uv.lock, and differ elsewhere",
            mark=index.mark,
            hint="give the index a name, and set UV_INDEX_NAME_USERNAME and UV_INDEX_NAME_PASSWORD",
            level="error" if literal else "warning",
            job=index.job,
        )
    for number, line in enumerate(facts.project.texts.get("uv.lock", "").splitlines(), 1):
        if found := _SECRET.search(line):
            from gluv.errors import Mark

            yield Finding(
                message="uv.lock holds credentials",
                mark=Mark("uv.lock", number, found.start() + 1),
                hint="take them out of the URL of the index, and lock again",
            )
            break
    yield from _printed(facts)


def _printed(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.jobs:
        for command in job.commands:
            if command.program not in ("echo", "printf", "cat") or command.call.separator == "|":
                continue
            script = str(command.node.value)
            rest = script[command.call.end :].partition("\n")[0]
            whole = script[command.call.start : command.call.end] + rest
            kept = script[: command.call.start].endswith("$(")
            if kept or "|" in whole or ">" in whole:
                continue
            names = [
                name
                for word in command.arguments
                if not word.raw.startswith("'")
                for name in _NAMES.findall(word.text)
                # A secret of `secrets:` is the path of a file, not what is in it.
                if f"${{{name}:" not in word.text and name not in job.job.secrets
            ]
            if names:
                yield Finding(
                    message=f"prints {names[0]} to the job's log, which masks it only if it is a "
                    "masked variable",
                    mark=command.mark,
                    hint='to see whether it is set: test -n "$NAME"',
                    level="warning",
                    job=job.name,
                )


RULES = (
    Rule(
        id="GLU501",
        title="a GitLab index that uv asks without credentials",
        level="error",
        check=_anonymous,
        fix="safe",
    ),
    Rule(
        id="GLU503",
        title="an index URL without /simple",
        level="error",
        check=_not_simple,
        fix="safe",
    ),
    Rule(id="GLU504", title="secrets that are written down", level="error", check=_secrets),
)
