"""What a run left in the embedded GitLab: packages, releases, and how to install them."""

import shlex

from gluv.store import Store


def install_line(base_url: str, project_id: int, package: str) -> str:
    """The command that installs a package from a project's registry."""
    index = f"{base_url}/api/v4/projects/{project_id}/packages/pypi/simple"
    return f"uv pip install --index-url {index} {shlex.quote(package)}"


def render_exhibits(store: Store, pipeline_id: int, base_url: str, *, at: str = "") -> str:
    """The packages and releases that a pipeline made; empty when it made none.

    `at` is what a command needs to find the project from here (` -C DIR`), empty in its folder.
    """
    jobs = tuple(job.id for job in store.jobs_of(pipeline_id))
    files = store.packages.uploaded_by(jobs)
    releases = store.releases.created_by(jobs)
    lines = []
    for release in releases:
        links = store.releases.links_of(release.id)
        count = f"{len(links)} link{'' if len(links) == 1 else 's'}"
        lines.append(f"release {release.tag} ({count})")
        lines += [f"  {link.name}: {link.url}" for link in links]
    wanted: dict[str, int] = {}
    for file in files:
        lines.append(f"package file {file.name}, sha256 {file.sha256[:16]}...")
        package = store.packages.find(file.package_id)
        if package is not None:
            wanted[f"{package.name}=={package.version}"] = package.project_id
    if wanted:
        lines += ["to try it:", f"  gluv serve{at} &"]
        lines += [f"  {install_line(base_url, home, name)}" for name, home in wanted.items()]
    return "\n".join(lines)
