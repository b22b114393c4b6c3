"""From a project and a tag to the files that will be published."""

from collections.abc import Callable, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from gluv.errors import UsageWrong
from gluv.release.build import Build, already_built, build_files, uv_cache_inside
from gluv.release.distribution import Distribution, find_files, read_distribution
from gluv.release.history import History
from gluv.release.options import Request
from gluv.release.packed import foreign_members
from gluv.release.project import Package, choose_packages, read_packages
from gluv.release.stop import ReleaseStopped, State
from gluv.release.tag import TagRead, check_version, read_tag
from gluv.release.uv import Uv

Tell = Callable[[str, State, str], None]


class Sources:
    """The packages of a request, checked against its tag, built or taken from `--dist`."""

    def __init__(
        self, request: Request, environ: Mapping[str, str], history: History, tell: Tell
    ) -> None:
        self._request = request
        self._root = request.directory.resolve()
        self._environ = environ
        self._history = history
        self._tell = tell
        self._given = (
            None
            if request.dist is None
            else _read_given(request.dist, request.options.packages, tell)
        )
        self._packages: tuple[Package, ...] = ()
        self._all: tuple[Package, ...] = ()
        if self._given is None:
            self._all = read_packages(self._root)
            self._packages, left_out = choose_packages(self._all, request.options.packages)
            for package in left_out:
                tell("packages", "note", f"{package.name} is left out: {package.left_out}")

    def read_tag(self, tag: str) -> TagRead:
        """Understand the tag, and compare it with every version that is known before a build.

        A tag with a package's name releases that package alone. Raises `ReleaseStopped`.
        """
        if self._given is not None:
            names = sorted({file.project for file in self._given})
        else:
            names = [package.name for package in self._packages]
        read = read_tag(tag, names, self._request.options.tag_pattern)
        if self._given is not None:
            return read
        if read.package is not None:
            self._packages = tuple(p for p in self._packages if p.key == read.package)
        for package in self._packages:
            if package.version is not None:
                check_version(read, package.name, package.version)
        shown = ", ".join(
            f"{p.name} {p.version or '(version known after the build)'}" for p in self._packages
        )
        self._tell("tag", "done", f"{tag} is the version of {shown}")
        if self._request.dist is None:
            self._check_checkout(tag)
        return read

    def files(
        self,
        read: TagRead,
        folder: Path,
        uv: Callable[[], Uv],
        output: Callable[[str], None],
    ) -> tuple[Distribution, ...]:
        """The files to publish, wheels first. Raises `ReleaseStopped`."""
        if self._given is not None:
            return self._chosen(self._given, read)
        build = self._plan(read, folder, uv())
        built = already_built(build, self._environ)
        if not built:
            build_files(build, self._environ, output)
        files = tuple(read_distribution(path) for path in find_files(folder))
        self._check_built(files, read)
        names = ", ".join(file.name for file in files)
        if built:
            self._tell(
                "build", "skipped", f"{folder.name}/ has the build of these sources: {names}"
            )
        else:
            self._tell("build", "done", f"{names} (uv {build.uv.version})")
        return files

    def _plan(self, read: TagRead, folder: Path, uv: Uv) -> Build:
        options = self._request.options
        whole = (
            len(self._all) > 1
            and len(self._packages) == len(self._all)
            and not any(package.left_out for package in self._all)
        )
        commit = self._environ.get("CI_COMMIT_SHA") or self._history.commit()
        return Build(
            uv=uv,
            root=self._root,
            packages=self._packages,
            whole=whole,
            sources=options.sources,
            directory=folder,
            commit=f"{commit or ''} {read.tag}",
            epoch=self._history.epoch(self._environ),
            outputs=(self._root / options.json, self._root / options.dotenv),
        )

    def _check_checkout(self, tag: str) -> None:
        """A tag names a commit; other files must not be published under its name."""
        tagged, here = self._history.commit(f"refs/tags/{tag}"), self._history.commit()
        if tagged is not None and here is not None and tagged != here:
            raise ReleaseStopped(
                f"the tag {tag} is the commit {tagged[:8]}, but {here[:8]} is checked out",
                hint=f"`git checkout {tag}`",
            )
        changed = self._history.changed()
        outputs = {self._request.options.json, self._request.options.dotenv}
        changed = [name for name in changed if name not in outputs]
        if changed:
            names = ", ".join(changed[:5]) + (" ..." if len(changed) > 5 else "")
            self._tell("tag", "note", f"files differ from the tagged commit: {names}")

    def _check_built(self, files: tuple[Distribution, ...], read: TagRead) -> None:
        if not files:
            raise ReleaseStopped("uv build left no files", hint="see what it printed above")
        dynamic = {package.key for package in self._packages if package.version is None}
        wanted = {package.key for package in self._packages}
        for file in files:
            if file.key not in wanted:
                raise ReleaseStopped(
                    f"{file.name} is of no package that was to be built",
                    hint="name the packages: --package NAME",
                )
            check_version(read, file.project, file.version, dynamic=file.key in dynamic)
        lost = wanted - {file.key for file in files}
        if lost:
            raise ReleaseStopped(f"uv build left nothing of {', '.join(sorted(lost))}")
        cache = uv_cache_inside(self._root, self._environ)
        for file in files:
            packed = foreign_members(file.path, cache) if cache is not None else 0
            if packed:
                raise ReleaseStopped(
                    f"{file.name} holds {packed} files of uv's cache ({cache})",
                    hint=f"add {cache}/ to .gitignore: backends pack what git does not ignore",
                )

    def _chosen(self, given: tuple[Distribution, ...], read: TagRead) -> tuple[Distribution, ...]:
        """The given files of the tag's package, each with the tag's version."""
        chosen = tuple(file for file in given if read.package in (None, file.key))
        for file in chosen:
            check_version(read, file.name, file.version)
        for file in given:
            if file not in chosen:
                self._tell("packages", "note", f"{file.name} is left out: the tag is for another")
        shown = ", ".join(sorted({f"{file.project} {file.version}" for file in chosen}))
        self._tell("tag", "done", f"{read.tag} is the version of {shown}")
        names = ", ".join(file.name for file in chosen)
        self._tell("build", "skipped", f"{self._request.dist} holds {names}")
        return chosen


def _read_given(directory: Path, packages: tuple[str, ...], tell: Tell) -> tuple[Distribution, ...]:
    """The files of `--dist`, without private ones. Raises `UsageWrong` and `ReleaseStopped`."""
    if not directory.is_dir():
        raise UsageWrong(
            f"--dist {directory}: no such folder",
            hint="the job that builds keeps it: `artifacts: {paths: [dist/]}`",
        )
    wanted = {canonicalize_name(name) for name in packages}
    files = []
    for path in find_files(directory):
        file = read_distribution(path)
        if wanted and file.key not in wanted:
            continue
        if file.private:
            tell("packages", "note", f"{file.name} is left out: its classifiers say Private")
            continue
        files.append(file)
    if not files:
        raise ReleaseStopped(
            f"{directory} holds no wheel and no sdist to publish",
            hint="`uv build` makes them; does the job get the artifacts of the one that builds?",
        )
    return tuple(files)
