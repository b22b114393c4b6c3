"""The fetcher of real life: this repository, other projects, URLs, and what was kept of them."""

import os
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gluv.config.fetch import ComponentData, FetchFailed
from gluv.host.git import Git
from gluv.host.git_objects import read_blob
from gluv.host.memory import Memory
from gluv.settings import Settings
from gluv.text.nodes import MapNode, Source
from gluv.text.source import read_source

if TYPE_CHECKING:
    from gluv.host.fetch_project import ProjectFetcher
    from gluv.host.include_cache import IncludeCache, Revision

_GITLAB = "gitlab-org/gitlab"
_TEMPLATES = "lib/gitlab/ci/templates"


class HostFetcher:
    """Hands included files to `gluv.config.load`; implements `Fetcher` and `Repositories`.

    `root` is the repository, `store` its `.gluv`. Local files come from the working tree, or from
    `commit`. Projects that `[tool.gluv.projects]` maps come from the working tree of that checkout,
    whatever the ref; others by git from the configured GitLab. What was fetched is kept a day
    (commits and release tags for good): `refresh` asks again, `offline` never asks. `edited` are
    texts that stand in for files of the repository.
    """

    def __init__(
        self,
        root: Path,
        store: Path,
        settings: Settings,
        *,
        commit: str | None = None,
        offline: bool = False,
        refresh: bool = False,
        environ: Mapping[str, str] | None = None,
        now: Callable[[], float] = time.time,
        edited: Mapping[str, str] = {},
    ) -> None:
        self._root = root
        self._edited = edited
        self._settings = settings
        self._commit = commit
        self._environ = os.environ if environ is None else environ
        self._store, self._offline, self._refresh, self._now = store, offline, refresh, now
        self._memory = Memory(store)
        self._mapped = {name.lower(): path for name, path in settings.projects.items()}

    @cached_property
    def _cache(self) -> "IncludeCache":
        from gluv.host.include_cache import IncludeCache

        return IncludeCache(
            self._store, offline=self._offline, refresh=self._refresh, now=self._now
        )

    @cached_property
    def _projects(self) -> "ProjectFetcher":
        from gluv.host.fetch_project import ProjectFetcher, clone_base

        remote = Git(self._root).ask("config", "--get", "remote.origin.url")
        return ProjectFetcher(clone_base(self._settings.gitlab, remote), self._cache)

    def documents(self, source: Source) -> tuple[MapNode, ...]:
        """What a file consists of; one that was read before is not parsed again."""
        from gluv.text.packed import pack, unpack

        text = source.text.encode()
        known = self._memory.recall(source.name, text, maker="text")
        if known is not None:
            return unpack(source, known)
        from gluv.text.reader import parse_documents

        documents = parse_documents(source)
        packed = pack(documents)
        if packed is not None:
            self._memory.keep(source.name, text, packed, maker="text")
        return documents

    def local(self, path: str) -> Source:
        """A file of this repository."""
        if path in self._edited:
            return Source(path, self._edited[path])
        content = (
            _read_file(self._root, path)
            if self._commit is None
            else read_blob(self._root, self._commit, path)
        )
        if content is None:
            raise FetchFailed(f"Local file `{path}` does not exist!")
        return read_source(path, content)

    def local_files(self) -> tuple[str, ...]:
        """Every path of the commit, or the working tree's that git does not ignore."""
        if self._commit is None:
            return _work_tree_files(self._root)
        listed = Git(self._root).ask("ls-tree", "-r", "-z", "--name-only", self._commit)
        return tuple(path for path in (listed or "").split("\0") if path)

    def remote(self, url: str) -> Source:
        """A file by its URL."""
        from gluv.host.fetch_remote import fetch_remote  # HTTP is slow to load

        return read_source(url, fetch_remote(url, self._cache, self._environ))

    def project(self, project: str, path: str, ref: str | None) -> Source:
        """A file of another project; `ref` may also be a component's version."""
        missing = f"Project `{project}` file `{path}` does not exist!"
        mapped = self._checkout(project)
        if mapped is not None:
            content = _read_file(mapped, path)
            if content is None:
                raise FetchFailed(missing, hint=f"looked in {mapped}, as [tool.gluv.projects] says")
            return read_source(f"{self._mapped[project.lower()]}/{path}", content)
        revision = self._revision(project, ref)
        content = self._projects.read(project, revision.sha, path)
        if content is None:
            raise FetchFailed(missing)
        return read_source(f"{project}@{ref or revision.version}:{path}", content)

    def project_files(self, project: str, ref: str | None) -> tuple[str, ...]:
        """Every path of another project at `ref`."""
        mapped = self._checkout(project)
        if mapped is not None:
            return _work_tree_files(mapped)
        return self._projects.files(project, self._revision(project, ref).sha)

    def template(self, name: str) -> Source:
        """One of the templates GitLab ships, from a checkout of GitLab."""
        checkout = self._checkout(_GITLAB)
        content = _read_file(checkout, f"{_TEMPLATES}/{name}") if checkout is not None else None
        if content is None:
            where = f"{checkout}/{_TEMPLATES}" if checkout else "no checkout of GitLab is mapped"
            raise FetchFailed(
                f"Template file `{name}` is not at hand: gluv ships none of GitLab's templates",
                hint=f'{where}; [tool.gluv.projects] "{_GITLAB}" = "../gitlab" names a folder that '
                f"holds {_TEMPLATES}/{name}",
            )
        return read_source(f"{_TEMPLATES}/{name}", content)

    def component(self, address: str) -> Source:
        """A component, `templates/NAME.yml` or `templates/NAME/template.yml` of its project."""
        project, name, version = self._address(address)
        for path in (f"templates/{name}.yml", f"templates/{name}/template.yml"):
            mapped = self._checkout(project)
            if mapped is not None:
                content = _read_file(mapped, path)
                label = f"{self._mapped[project]}/{path}"
            else:
                content = self._projects.read(project, self._component_revision(address).sha, path)
                label = f"{project}@{version}:{path}"
            if content is not None:
                return read_source(label, content)
        raise FetchFailed(f"Component '{address}' - content not found")

    def component_data(self, address: str) -> ComponentData:
        """What a component may say about itself; a mapped checkout says its HEAD."""
        project, name, reference = self._address(address)
        mapped = self._checkout(project)
        if mapped is not None:
            sha = Git(mapped).commit_of("HEAD") or ""
            return ComponentData(name=name, sha=sha, version=reference, reference=reference)
        revision = self._component_revision(address)
        return ComponentData(
            name=name, sha=revision.sha, version=revision.version, reference=reference
        )

    def artifact(self, job: str, path: str) -> Source:
        """Refused: this is not a child pipeline."""
        raise FetchFailed(
            "Including configs from artifacts is only allowed when triggering child pipelines"
        )

    def _checkout(self, project: str) -> Path | None:
        mapped = self._mapped.get(project.lower())
        return (self._root / mapped).resolve() if mapped is not None else None

    def _revision(self, project: str, ref: str | None) -> "Revision":
        revision = self._projects.revision(project, ref, versions=True)
        if revision is None:
            raise FetchFailed(f"Project `{project}` reference `{ref or 'HEAD'}` does not exist!")
        return revision

    def _component_revision(self, address: str) -> "Revision":
        project, _, version = self._address(address)
        try:
            revision = self._projects.revision(project, version, versions=True)
        except FetchFailed as failure:
            message = (
                f"Component '{address}' - project does not exist or you don't have sufficient "
                "permissions"
            )
            if self._cache.offline:
                message = f"Component '{address}' was never fetched, and gluv is offline"
            raise FetchFailed(message, hint=failure.hint) from failure
        if revision is None:
            hint = f"the project has no tag, branch or release `{version}`"
            raise FetchFailed(f"Component '{address}' - content not found", hint=hint)
        return revision

    def _address(self, address: str) -> tuple[str, str, str]:
        path, at, version = address.partition("@")
        host, _, rest = path.partition("/")
        project, _, name = rest.rpartition("/")
        if not (host and project and name and at and version):
            raise FetchFailed(
                f"Component '{address}' - the component path is not supported",
                hint="an address is HOST/GROUP/PROJECT/NAME@VERSION",
            )
        return project.lower(), name, version


def _read_file(root: Path, path: str) -> bytes | None:
    """A file of a working tree, None if there is none inside of it."""
    target = (root / path).resolve()
    if not target.is_relative_to(root.resolve()) or not target.is_file():
        return None
    return target.read_bytes()


def _work_tree_files(root: Path) -> tuple[str, ...]:
    listed = Git(root).ask("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed is None:  # a mapped folder need not be a repository
        paths = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        return tuple(sorted(paths))
    return tuple(sorted({path for path in listed.split("\0") if path and (root / path).is_file()}))
