"""The package indexes that a project and its jobs name."""

import re
from collections.abc import Iterator

import msgspec

from gluv.errors import Mark
from gluv.lint.facts import LintFacts
from gluv.text.nodes import MapNode, ScalarNode

_VARIABLES = ("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL")
_OPTIONS = ("--index", "--default-index", "--index-url", "-i", "--extra-index-url")
_CREDENTIALS = re.compile(r"://[^/@\s]+@")


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """An index: its name if it has one, its URL as written, and the place.

    `nth` counts those of the project's file; it is None for one in the YAML, whose value is `node`.
    """

    name: str | None
    url: str
    mark: Mark | None
    nth: int | None = None
    table: dict[str, object] = {}
    node: ScalarNode | None = None
    job: str | None = None

    @property
    def gitlab(self) -> bool:
        """Whether it is a GitLab package registry."""
        return bool(
            re.search(r"/packages/pypi(?:/|$)", self.url)
            and re.search(r"/api/v4/|CI_API_V4_URL", self.url)
        )

    @property
    def credentials(self) -> bool:
        """Whether its URL holds a user name or a token."""
        return _CREDENTIALS.search(self.url) is not None


def project_indexes(facts: LintFacts) -> list[Index]:
    """The `[[tool.uv.index]]` entries."""
    project = facts.project
    keys = ("index",) if project.uv_file == "uv.toml" else ("tool", "uv", "index")
    return [
        Index(
            name=str(entry["name"]) if entry.get("name") else None,
            url=str(entry.get("url", "")),
            mark=project.mark(project.uv_file, *keys, "url", nth=number),
            nth=number,
            table=dict(entry),
        )
        for number, entry in enumerate(project.indexes)
    ]


def yaml_indexes(facts: LintFacts) -> Iterator[Index]:
    """Those of `UV_INDEX` and its kin, and of options in scripts."""
    for job in facts.jobs:
        for variable in _VARIABLES:
            node = job.variable(variable)
            node = node.get("value") if isinstance(node, MapNode) else node
            if isinstance(node, ScalarNode):
                for entry in str(node.value).split():
                    yield _index(entry, node.mark, node, None)
        for command in job.uv():
            for option in _OPTIONS:
                if option in command.values and command.sub != "publish":
                    yield _index(command.values[option], command.mark, None, job.name)


def _index(entry: str, mark: Mark, node: ScalarNode | None, job: str | None) -> Index:
    found = re.fullmatch(r"([A-Za-z][\w.-]*)=(.*)", entry)
    name, url = (found[1], found[2]) if found else (None, entry)
    return Index(name=name, url=url, mark=mark, node=node, job=job)


def variable_name(name: str) -> str:
    """How uv writes the name of an index in `UV_INDEX_<NAME>_USERNAME`."""
    return re.sub(r"[^A-Z0-9]", "_", name.upper())
