"""A fetcher over a dictionary, and short ways to read what the loader made."""

from collections.abc import Mapping
from typing import cast

from gluv.config import IncludeRules, Resolved, resolve
from gluv.config.fetch import ComponentData, FetchFailed
from gluv.text.nodes import MapNode, Source, plain


class Files:
    """Files by name: `path`, `https://...`, `group/project@ref:path`, `template:NAME`, ..."""

    def __init__(self, files: Mapping[str, str] = {}) -> None:
        self.texts = dict(files)

    def _get(self, key: str, message: str) -> Source:
        if key not in self.texts:
            raise FetchFailed(message, hint="put it there")
        return Source(key, self.texts[key])

    def local(self, path: str) -> Source:
        return self._get(path, f"Local file `{path}` does not exist!")

    def local_files(self) -> tuple[str, ...]:
        return tuple(name for name in self.texts if ":" not in name)

    def remote(self, url: str) -> Source:
        return self._get(
            url, f"Remote file `{url}` could not be fetched because of HTTP code `404` error!"
        )

    def project(self, project: str, path: str, ref: str | None) -> Source:
        return self._get(
            f"{project}@{ref or 'HEAD'}:{path}",
            f"Project `{project}` file `{path}` does not exist!",
        )

    def template(self, name: str) -> Source:
        return self._get(f"template:{name}", f"Included file `{name}` is empty or does not exist!")

    def component(self, address: str) -> Source:
        return self._get(f"component:{address}", f"Component '{address}' - content not found")

    def artifact(self, job: str, path: str) -> Source:
        raise FetchFailed(
            "Including configs from artifacts is only allowed when triggering child pipelines"
        )


class Repositories(Files):
    """Files that also know what other projects hold."""

    def project_files(self, project: str, ref: str | None) -> tuple[str, ...]:
        prefix = f"{project}@{ref or 'HEAD'}:"
        return tuple(name.removeprefix(prefix) for name in self.texts if name.startswith(prefix))

    def component_data(self, address: str) -> ComponentData:
        name = address.partition("@")[0].rpartition("/")[2]
        reference = address.partition("@")[2]
        return ComponentData(name=name, sha="f" * 40, version="1.2.3", reference=reference)


def read(
    text: str,
    files: Mapping[str, str] | Files | None = None,
    inputs: Mapping[str, object] = {},
    *,
    variables: Mapping[str, str] = {},
    rules: IncludeRules | None = None,
) -> Resolved:
    fetch = files if isinstance(files, Files) else Files(files or {})
    source = Source(".gitlab-ci.yml", text)
    return resolve(source, fetch, inputs, variables=variables, rules=rules)


def merged(resolved: Resolved) -> dict[str, object]:
    assert resolved.problems == ()
    assert resolved.merged is not None
    return cast(dict[str, object], plain(resolved.merged))


def node(resolved: Resolved, *path: str) -> MapNode:
    found = resolved.merged
    for key in path:
        assert found is not None
        child = found.items[key]
        assert isinstance(child, MapNode)
        found = child
    assert found is not None
    return found


def messages(resolved: Resolved) -> list[str]:
    return [problem.message for problem in resolved.problems]


def marks(resolved: Resolved) -> list[str]:
    return [str(problem.mark) for problem in resolved.problems]
