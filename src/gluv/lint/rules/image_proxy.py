"""GLU114: images of uv that are pulled past the dependency proxy."""

from collections.abc import Iterator

from gluv.lint.facts import LintFacts
from gluv.lint.fixes import fix, image_node, mend
from gluv.lint.model import Finding, Rule

_PROXY = "${CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX}/astral/uv"
_GITHUB = "ghcr.io/astral-sh/uv"


def _past_proxy(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.jobs:
        node = image_node(job)
        if node is None or not str(node.value).startswith(_GITHUB):
            continue
        yield Finding(
            message="the image is pulled from GitHub for every job",
            mark=node.mark,
            hint=f"a group with the dependency proxy keeps a copy: {_PROXY}:TAG (the same images "
            "are on Docker Hub as astral/uv)",
            fix=fix("use the dependency proxy", mend(job, node, _GITHUB, _PROXY), safe=False),
            job=job.name,
        )


RULES = (
    Rule(
        id="GLU114",
        title="an image that could come through the dependency proxy",
        level="info",
        check=_past_proxy,
        fix="unsafe",
        advice=True,
    ),
)
