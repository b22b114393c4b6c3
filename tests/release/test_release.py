"""`gluv release` against the embedded GitLab, with the real uv."""

import hashlib
import json
import sys
from pathlib import Path

import pytest

from tests.release.conftest import Make
from tests.release.projects import commit, git, package
from tests.release.world import PROJECT, TOKEN, World, run
from tests.server.conftest import PAT

WHEEL, SDIST = NAMES = ["demo_pkg-1.0.0-py3-none-any.whl", "demo_pkg-1.0.0.tar.gz"]


def test_from_nothing_to_a_verified_release(world: World, project: Path) -> None:
    ran = world.release()
    assert ran.code == 0, ran.err
    hashes = {
        name: hashlib.sha256((project / "dist" / name).read_bytes()).hexdigest() for name in NAMES
    }
    state = world.state()
    assert state["files"] == [("demo-pkg", "1.0.0", name, hashes[name]) for name in NAMES]
    links = [
        (name, f"{world.pypi}/files/{hashes[name]}/{name}", f"/pkg/{name}", "package")
        for name in NAMES
    ]
    assert state["releases"]["v1.0.0"] == ("v1.0.0", "- Say what it does", links)
    outcome = json.loads((project / "release.json").read_text())
    assert [(file["name"], file["sha256"]) for file in outcome["files"]] == list(hashes.items())
    assert outcome["release"] == f"{world.url}/{PROJECT}/-/releases/v1.0.0"
    assert (project / "release.env").read_text() == (
        "RELEASE_TAG=v1.0.0\nRELEASE_VERSION=1.0.0\n"
        f"RELEASE_URL={world.url}/{PROJECT}/-/releases/v1.0.0\n"
        f"RELEASE_INDEX_URL={world.pypi}/simple\nRELEASE_PACKAGES=demo-pkg==1.0.0\n"
    )
    for text in (*NAMES, "uploaded", f"{world.pypi}/simple demo-pkg==1.0.0"):
        assert text in ran.out
    assert TOKEN not in ran.out + ran.err


def test_the_second_run_changes_nothing(world: World, project: Path) -> None:
    assert world.release().code == 0
    before, written = world.state(), (project / "release.json").read_bytes()
    world.calls.clear()
    ran = world.release()
    assert ran.code == 0, ran.err
    assert world.written() == []
    assert world.state() == before
    assert (project / "release.json").read_bytes() == written
    skipped = [line.split()[1] for line in ran.err.splitlines() if line.startswith("= ")]
    assert skipped == ["build", "upload", "release"]
    # A fresh checkout, as the retry of a job has it, builds again and gets the same bytes.
    git(project, "clean", "-q", "-fdx")
    ran = world.release()
    assert (ran.code, world.written(), world.state()) == (0, [], before), ran.err
    assert "2 of 2 there already" in ran.err


def test_a_dry_run_changes_nothing(world: World, project: Path) -> None:
    ran = world.release("--dry-run")
    assert ran.code == 0, ran.err
    assert world.written() == []
    assert not (project / "dist").exists()
    assert not (project / "release.json").exists()
    assert f"would upload {WHEEL}, {SDIST}" in ran.err
    assert "would create v1.0.0 with 2 links" in ran.err
    assert "dry run" in ran.out
    assert world.release().code == 0
    again = world.release("--dry-run")
    assert "= release  v1.0.0 is complete" in again.err


def test_a_wrong_tag_stops_before_the_build(world: World, project: Path) -> None:
    git(project, "tag", "v1.0.1")
    ran = world.release(tag="v1.0.1")
    assert ran.code == 1
    assert "the tag v1.0.1 says 1.0.1, but demo-pkg is 1.0.0" in ran.err
    assert not (project / "dist").exists()
    assert world.calls == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--notes", "N.md"), "N.md cannot be read: No such file or directory"),
        (("--changelog", "C.md"), "C.md cannot be read: No such file or directory"),
        (("--changelog", "pyproject.toml"), "pyproject.toml has no section for 1.0.0"),
    ],
)
def test_notes_that_are_not_there_stop_before_the_build(
    world: World, project: Path, options: tuple[str, ...], said: str
) -> None:
    ran = world.release(*options)
    assert (ran.code, said in ran.err) == (2, True), ran.err
    assert not (project / "dist").exists()
    assert world.written() == []


def test_other_bytes_under_a_name_stop_before_any_upload(world: World, project: Path) -> None:
    assert world.release().code == 0
    theirs = {name: sha for _, _, name, sha in world.state()["files"]}
    (project / "package.py").write_text('VALUE = "other"\n')
    world.calls.clear()
    ran = world.release()
    assert ran.code == 1
    assert world.written() == []
    for name in NAMES:
        ours = hashlib.sha256((project / "dist" / name).read_bytes()).hexdigest()
        assert f"{name}\n    here   {ours}\n    there  {theirs[name]}" in ran.err


def test_a_dynamic_version_is_compared_after_the_build(make: Make, tmp_path: Path) -> None:
    project = package(tmp_path / "dynamic", "demo-pkg", None)
    commit(project, "v1.0.0")
    git(project, "tag", "v2.0")
    world = make(project)
    ran = world.release(tag="v2.0")
    assert ran.code == 1
    assert "the tag v2.0 says 2.0, but demo-pkg is 1.0.0" in ran.err
    assert "GIT_DEPTH: 0" in ran.err
    assert world.written() == []
    assert world.release().code == 0


def workspace(directory: Path) -> Path:
    """Two packages to publish, a private one, an app, and a virtual root."""
    package(
        directory,
        "all",
        builds=False,
        extra='[tool.uv.workspace]\nmembers = ["packages/*"]\nexclude = ["packages/old"]\n',
    )
    packages = directory / "packages"
    package(packages / "alpha", "alpha")
    package(packages / "beta", "beta")
    package(packages / "secret", "secret", classifiers=("Private :: Do Not Upload",))
    package(packages / "app", "app", "0.1", extra="[tool.uv]\npackage = false\n")
    package(packages / "old", "old", "0.1")
    commit(directory, "v1.0.0")
    return directory


def test_a_workspace_is_released_together(make: Make, tmp_path: Path) -> None:
    world = make(workspace(tmp_path / "workspace"))
    ran = world.release()
    assert ran.code == 0, ran.err
    assert {row[0] for row in world.state()["files"]} == {"alpha", "beta"}
    assert len(world.state()["releases"]["v1.0.0"][2]) == 4
    assert "app is left out: tool.uv.package = false" in ran.err
    assert "secret is left out: its classifiers say Private" in ran.err
    assert "all is left out: no [build-system]" in ran.err


def test_members_are_released_by_their_own_tags(make: Make, tmp_path: Path) -> None:
    project = workspace(tmp_path / "workspace")
    git(project, "tag", "beta-v1.0.0")
    world = make(project)
    ran = world.release(tag="beta-v1.0.0")
    assert ran.code == 0, ran.err
    assert {row[0] for row in world.state()["files"]} == {"beta"}
    ran = world.release("--package", "Alpha")
    assert ran.code == 0, ran.err
    assert {row[0] for row in world.state()["files"]} == {"alpha", "beta"}
    ran = world.release("--package", "secret")
    assert (ran.code, "no package to publish" in ran.err) == (1, True)
    ran = world.release("--package", "nobody")
    assert (ran.code, "the packages are: all, alpha" in ran.err) == (2, True)


def test_dist_takes_what_an_earlier_job_built(world: World, project: Path) -> None:
    run(["uv", "build", "-q", "-o", "built"], world.env(), project)
    (project / "built" / "notes.txt").write_text("not a distribution")
    (project / "pyproject.toml").unlink()
    ran = world.release("--dist", "built")
    assert ran.code == 0, ran.err
    assert [row[2] for row in world.state()["files"]] == NAMES
    assert "= build" in ran.err
    ran = world.release("--dist", "nowhere")
    assert (ran.code, "no such folder" in ran.err) == (2, True)
    # A name that its content contradicts is refused before anything is uploaded.
    (project / "built" / WHEEL).rename(project / "built" / WHEEL.replace("1.0.0", "1.0.1"))
    ran = world.release("--dist", "built")
    assert (ran.code, "holds demo-pkg 1.0.0" in ran.err) == (1, True)


def test_outside_a_job_the_remote_and_a_token_say_where(world: World, project: Path) -> None:
    env = {key: value for key, value in world.env().items() if not key.startswith(("CI", "GITLAB"))}
    git(project, "remote", "add", "origin", f"{world.url}/{PROJECT}.git")
    ran = run(world.command(), env, project)
    assert (ran.code, "export GITLAB_TOKEN" in ran.err) == (2, True)
    ran = run(world.command(), {**env, "GITLAB_TOKEN": PAT}, project)
    assert ran.code == 0, ran.err
    assert world.state()["releases"].keys() == {"v1.0.0"}
    assert all("job-token" not in call.headers for call in world.calls)
    assert PAT not in ran.out + ran.err
    git(project, "remote", "remove", "origin")
    ran = run(world.command(), {**env, "GITLAB_TOKEN": PAT}, project)
    assert (ran.code, "which GitLab project is meant" in ran.err) == (2, True)
    given = ("--gitlab", world.url, "--project", PROJECT, "--tag", "v1.0.0")
    ran = run(world.command(*given), {**env, "GITLAB_TOKEN": PAT}, project)
    assert ran.code == 0, ran.err
    git(project, "tag", "v1.0")
    ran = run(world.command(*given[:4]), {**env, "GITLAB_TOKEN": PAT}, project)
    assert (ran.code, "several tags" in ran.err) == (2, True)


def test_another_commit_than_the_tags_is_not_published(world: World, project: Path) -> None:
    commit(project)
    ran = world.release()
    assert (ran.code, "is checked out" in ran.err, world.calls) == (1, True, [])


def test_a_private_project_needs_the_token_for_all_of_it(make: Make, project: Path) -> None:
    world = make(project, visibility="private")
    ran = world.release()
    assert ran.code == 0, ran.err
    ran = world.release(CI_JOB_TOKEN="glcbt-stale")
    assert ran.code == 1
    assert "cause: the job token is not valid" in ran.err
    assert "glcbt-stale" not in ran.out + ran.err


def test_no_git_no_glab_no_curl(world: World, project: Path, tmp_path: Path) -> None:
    uv = tmp_path / "bin"
    uv.mkdir()
    for name in ("uv",):
        (uv / name).symlink_to(Path(sys.executable).parent / name)
    ran = world.release(PATH=str(uv), CI_COMMIT_TAG_MESSAGE="The first of its kind")
    assert ran.code == 0, ran.err
    assert world.state()["releases"]["v1.0.0"][1] == "The first of its kind"
    # Without uv on PATH it is gluv's own.
    git(project, "clean", "-q", "-fdx")
    ran = world.release(PATH=str(tmp_path / "empty"))
    assert ran.code == 0, ran.err


def test_the_settings_of_the_project_count(make: Make, tmp_path: Path) -> None:
    # Where a local run takes its project from says nothing in a job.
    settings = (
        '[tool.gluv]\nproject = "up/stream"\n[tool.gluv.release]\n'
        'tag-pattern = "release/{version}"\njson = "out/r.json"\n'
    )
    project = package(tmp_path / "project", "demo-pkg", extra=settings)
    (project / "CHANGELOG.md").write_text(
        "# Changes\n\n## [1.0] - today\n\n- New\n\n## 0.9\n\nOld\n"
    )
    commit(project, "release/1.0")
    world = make(project)
    ran = world.release(tag="release/1.0")
    assert ran.code == 0, ran.err
    assert world.state()["releases"]["release/1.0"][1] == "- New"
    assert (project / "out" / "r.json").is_file()
    (project / "NOTES.md").write_text("By hand")
    ran = world.release("--notes", "NOTES.md", "--name", "One", tag="release/1.0")
    assert ran.code == 0, ran.err
    assert world.state()["releases"]["release/1.0"][:2] == ("One", "By hand")
    ran = world.release(tag="v1.0")
    assert (ran.code, "understood are: release/{version}" in ran.err) == (1, True)
    pyproject = project / "pyproject.toml"
    pyproject.write_text(pyproject.read_text() + 'tag-prefix = "v"\n')
    ran = world.release(tag="release/1.0")
    assert (ran.code, "the keys of [tool.gluv.release] are: to, " in ran.err) == (2, True)


def test_the_import_is_light(project: Path) -> None:
    code = (
        "import sys, gluv.cli.release, gluv.release.perform, gluv.report.release;"
        "print(*sorted({m.partition('.')[0] for m in sys.modules} &"
        " {'starlette', 'httptools', 'jinja2', 'sqlite3', 'rich', 're2', 'yaml', 'wcmatch'}))"
    )
    ran = run([sys.executable, "-c", code], {"PATH": ""}, project)
    assert (ran.code, ran.out) == (0, "\n"), ran.err
