"""A repository that is a mapping of paths to bytes: for `exists`, cache keys and includes."""

import hashlib
from collections.abc import Mapping

from gluv.config.fetch import FetchFailed
from gluv.text.nodes import Source
from gluv.text.source import read_source

Tree = Mapping[str, bytes]


class TreeRepository:
    """A `gluv.plan.context.Repository` over a tree; `changed` and `since` are as the scene says.

    None stands for a ref that is there, of which the scene does not say what differs.
    """

    def __init__(
        self,
        tree: Tree,
        changed: tuple[str, ...] | None,
        since: Mapping[str, tuple[str, ...] | None],
    ) -> None:
        self._tree = tree
        self._changed = changed
        self._since = since

    def files(self) -> tuple[str, ...]:
        """Every path."""
        return tuple(self._tree)

    def changed(self, compare_to: str | None) -> frozenset[str] | None:
        """What the scene says; raises `LookupError` for a ref that it does not name."""
        paths = self._changed
        if compare_to is not None:
            paths = self._since[compare_to.removeprefix("refs/heads/")]
        return None if paths is None else frozenset(paths)

    def blob_id(self, path: str) -> str | None:
        """The id that git would give the content."""
        content = self._tree.get(path.removeprefix("./"))
        if content is None:
            return None
        return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()

    def last_commit(self, path: str) -> str | None:
        """A made-up commit, the same one as long as the content is the same."""
        blob = self.blob_id(path)
        return None if blob is None else hashlib.sha1(f"commit {blob}".encode()).hexdigest()


class TreeFetcher:
    """Hands in the files of a tree; of other projects, those below `projects/<full path>/`.

    Nothing comes from the network: a case proves itself.
    """

    def __init__(self, tree: Tree, projects: Tree) -> None:
        self._tree = tree
        self._projects = projects

    def local(self, path: str) -> Source:
        """A file of the tree."""
        return _source(self._tree, path, f"Local file `{path}` does not exist!")

    def local_files(self) -> tuple[str, ...]:
        """Every path of the tree."""
        return tuple(self._tree)

    def project(self, project: str, path: str, ref: str | None) -> Source:
        """A file of another project, whatever the ref."""
        missing = f"Project `{project}` file `{path}` does not exist!"
        return _source(self._projects, f"{project}/{path}", missing)

    def remote(self, url: str) -> Source:
        """Never at hand."""
        raise FetchFailed(f"Remote file `{url}` could not be fetched", hint=_HINT)

    def template(self, name: str) -> Source:
        """Never at hand."""
        raise FetchFailed(f"Template file `{name}` is not at hand", hint=_HINT)

    def component(self, address: str) -> Source:
        """`host/group/project/name@version` is `templates/name.yml` of that project."""
        path = address.partition("@")[0].partition("/")[2]
        project, _, name = path.rpartition("/")
        for file in (f"templates/{name}.yml", f"templates/{name}/template.yml"):
            if f"{project}/{file}" in self._projects:
                return self.project(project, file, None)
        raise FetchFailed(f"Component '{address}' - content not found", hint=_HINT)

    def artifact(self, job: str, path: str) -> Source:
        """Never at hand."""
        raise FetchFailed(f"File `{path}` of job `{job}` is not at hand", hint=_HINT)


_HINT = "a folder of expectations holds every file it needs; other projects are in `projects/`"


def _source(tree: Tree, path: str, missing: str) -> Source:
    content = tree.get(path)
    if content is None:
        raise FetchFailed(missing)
    return read_source(path, content)
