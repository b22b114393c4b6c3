"""GLU104, GLU106, GLU113: the versions that the YAML names."""

import re
from collections.abc import Iterator

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from gluv.lint.facts import LintFacts, references
from gluv.lint.fixes import fix, image_node, mend
from gluv.lint.model import Finding, Rule
from gluv.lint.spans import replace_value
from gluv.text.key import render_plain
from gluv.text.nodes import MapNode, Node, ScalarNode

_NAME = re.compile(r"VERSION|PYTHON|(?:^|_)VER(?:_|$)|(?:^|_)UV(?:_|$)")


def _numbers(facts: LintFacts) -> Iterator[Finding]:
    in_images = {
        name
        for job in facts.jobs
        if (node := image_node(job)) is not None
        for name in references(str(node.value))
    }
    for name, written in _variables(facts.merged):
        value = written.get("value") if isinstance(written, MapNode) else written
        if not isinstance(value, ScalarNode) or type(value.value) is not float:
            continue
        became = render_plain(value.value)
        if became == value.text or not (_NAME.search(name) or name in in_images):
            continue
        yield Finding(
            message=f"{name} is the number {became}, not {value.text}: YAML drops the last zero",
            mark=value.mark,
            hint=f'put it in quotes: {name}: "{value.text}"',
            fix=fix("put it in quotes", replace_value(value, f'"{value.text}"')),
        )


def _variables(merged: MapNode) -> Iterator[tuple[str, Node]]:
    """Every variable of the file, those of hidden jobs and of rules too."""
    maps = [merged, *(node for _, node in merged if isinstance(node, MapNode))]
    for where in list(maps):
        rules = where.get("rules")
        maps += [rule for rule in getattr(rules, "items", ()) if isinstance(rule, MapNode)]
    for where in maps:
        variables = where.get("variables")
        if isinstance(variables, MapNode):
            yield from variables


def _required(facts: LintFacts) -> Iterator[Finding]:
    text = facts.project.uv.get("required-version")
    if not isinstance(text, str):
        return
    try:
        wanted = SpecifierSet(text if re.match(r"[<>=!~]", text) else f"=={text}")
    except InvalidSpecifier:
        return
    exact = re.fullmatch(r"(?:==)?\s*(\d+\.\d+\.\d+)", text)
    for job in facts.uv_jobs:
        node = image_node(job)
        for leg in job.legs:
            uv = leg.image.uv if leg.image and leg.image.kind == "uv" else None
            if node is None or uv is None or uv.count(".") < 2 or wanted.contains(uv):
                continue
            yield Finding(
                message=f"the image has uv {uv}, but {facts.project.uv_file} requires {text}: "
                "uv will refuse to start",
                mark=node.mark,
                hint="take the uv that the project requires",
                fix=fix(f"use uv {exact[1]}", mend(job, node, uv, exact[1])) if exact else None,
                job=job.name,
            )


def _several(facts: LintFacts) -> Iterator[Finding]:
    first: tuple[str, str] | None = None
    for job in facts.jobs:
        node = image_node(job)
        versions = {leg.image.uv for leg in job.legs if leg.image and leg.image.kind == "uv"}
        if node is None or len(versions) != 1:
            continue  # a matrix over versions of uv means it
        version = versions.pop()
        if version is None:
            continue
        if first is None:
            first = (version, job.name)
        elif version != first[0]:
            yield Finding(
                message=f"{job.name} runs uv {version}, {first[1]} runs uv {first[0]}",
                mark=node.mark,
                hint="keep the version in one top-level variable, UV_VERSION",
                job=job.name,
            )


RULES = (
    Rule(
        id="GLU104",
        title="a version that YAML reads as a number",
        level="error",
        check=_numbers,
        fix="safe",
    ),
    Rule(
        id="GLU106",
        title="an image with another uv than the project requires",
        level="error",
        check=_required,
        fix="safe",
    ),
    Rule(
        id="GLU113",
        title="several versions of uv in one pipeline",
        level="warning",
        check=_several,
    ),
)
