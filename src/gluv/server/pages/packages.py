"""The packages of a project or a group: a list to search, and a page for each."""

from typing import Any

from gluv.registry.names import normalise
from gluv.server.answers import not_found
from gluv.server.call import Call
from gluv.server.markup import kind_of, rendered
from gluv.server.packages import group_base, project_base
from gluv.server.pages.installing import installs
from gluv.server.pages.page import Page
from gluv.server.pages.paging import Paging, number_of, page_number, word_of
from gluv.server.pages.readme import read_readme
from gluv.server.pages.shelves import latest_of, newest_first, shelf
from gluv.store import FileRow, PackageRow, ProjectRow

PER_PAGE = 50


def of_project(call: Call) -> Page:
    """The list of a project."""
    base = project_base(call.gitlab.settings, call.project)
    return _list(call, here=call.project, base=base)


def of_group(call: Call) -> Page:
    """The list of all projects of a group."""
    base = group_base(call.gitlab.settings, call.group)
    return _list(call, here=call.group, base=base)


def _list(call: Call, *, here: Any, base: str) -> Page:
    search, order = word_of(call.params, "search"), word_of(call.params, "sort")
    newest, number = order == "newest", page_number(call.params)
    found, total = shelf(
        call,
        search=normalise(search) if search else "",
        newest=newest,
        limit=PER_PAGE,
        offset=(number - 1) * PER_PAGE,
    )
    kept = {"search": search, "sort": "newest" if newest else ""}
    return Page(
        template="packages.html",
        here=here,
        live=True,
        values={
            "packages": found,
            "paging": Paging(number=number, size=PER_PAGE, total=total, kept=kept),
            "search": search,
            "sort": "newest" if newest else "name",
            "index_url": f"{base}/simple",
            "publish_url": base,
        },
    )


def one(call: Call) -> Page:
    """A version of a package, its files, and the other versions."""
    store = call.gitlab.store
    package = store.packages.find(number_of(call.path["package"]))
    if package is None or package.project_id != call.project.id:
        raise not_found()
    versions = newest_first(store.listings.versions(call.project.id, package.normalised))
    latest = latest_of(versions)
    files = store.packages.files_of(package.id)
    return Page(
        template="package.html",
        here=call.project,
        values={
            "package": package,
            "versions": versions,
            "latest": latest,
            "files": [(file, _maker(call, file)) for file in files],
            "installs": installs(
                call, package.normalised, "" if package.id == latest.id else package.version
            ),
            "readme": _readme(call, package, files),
            "facts": _facts(package),
        },
    )


def _maker(call: Call, file: FileRow) -> dict[str, Any] | None:
    """The job that uploaded a file, if the caller may see jobs of its project."""
    gitlab = call.gitlab
    job = gitlab.store.job(file.job_id) if file.job_id is not None else None
    pipeline = gitlab.store.pipeline(job.pipeline_id) if job is not None else None
    project = gitlab.store.projects.find(pipeline.project_id) if pipeline is not None else None
    if job is None or project is None or not _sees_jobs(call, project):
        return None
    return {"job": job, "project": project, "pipeline": pipeline}


def _sees_jobs(call: Call, project: ProjectRow) -> bool:
    return call.gitlab.door.may(call.caller, "read_build", project)


def _readme(call: Call, package: PackageRow, files: tuple[FileRow, ...]) -> dict[str, Any] | None:
    store = call.gitlab.store

    def make() -> dict[str, Any] | None:
        # A wheel's metadata is found at once, a sdist must be unpacked up to it.
        ordered = sorted(files, key=lambda file: not file.name.endswith(".whl"))
        readme = read_readme(package, [(file, store.blobs.path(file.sha256)) for file in ordered])
        if not readme.text.strip() or readme.text.strip() == "UNKNOWN":
            return None
        html = rendered(readme.text, kind_of(readme.content_type))
        return {"html": html, "whole": readme.whole}

    key = (package.id, tuple(file.sha256 for file in files), package.metadata.get("description"))
    found: dict[str, Any] | None = call.gitlab.memory.readmes.get(key, make)
    return found


def _facts(package: PackageRow) -> list[tuple[str, str]]:
    given = package.metadata
    facts = (
        ("Requires Python", package.requires_python),
        ("Author", given.get("author_email", "")),
        ("Keywords", given.get("keywords", "")),
        ("Metadata version", given.get("metadata_version", "")),
    )
    return [(label, value) for label, value in facts if value]
