"""What `gluv init` writes, planned and linted for every kind of project and event."""

import pytest

from gluv.cli.project import Where, open_project, plan_loaded
from gluv.host.context import ContextOptions
from gluv.plan.model import Plan
from gluv.plan.selection import Selection
from tests.cli.conftest import Gluv, Repo
from tests.scaffold import component, projects
from tests.scaffold.conftest import Start

LOCKED = {"library", "workspace", "existing"}


def begin(start: Start, kind: str) -> Repo:
    repo = start(projects.KINDS[kind])
    repo.commit({"uv.lock": "version = 1\n"} if kind in LOCKED else {})
    repo.git("tag", "v1.2.0")
    return repo


def plan(repo: Repo, options: ContextOptions) -> Plan:
    project = open_project(Where(directory=repo.root, file=None, context=options))
    context = project.context()
    return plan_loaded(project.load(context), context, Selection())


def jobs(plan: Plan) -> set[str]:
    return {job.name for job in plan.jobs}


@pytest.mark.parametrize("kind", projects.KINDS)
def test_no_problem_and_no_finding(gluv: Gluv, start: Start, kind: str) -> None:
    repo = begin(start, kind)
    extend = ["--extend"] if kind == "existing" else []
    assert gluv("init", "-C", repo.root, *extend).code == 0
    repo.commit({})
    linted = gluv("lint", "-C", repo.root)
    assert linted.code == 0, linted.out
    assert "GLU" not in linted.out
    assert "warning" not in linted.out


@pytest.mark.parametrize("kind", ["library", "flat", "app", "workspace", "vcs"])
def test_component_has_no_problem_and_no_finding(gluv: Gluv, start: Start, kind: str) -> None:
    repo = begin(start, kind)
    text = (repo.root / "pyproject.toml").read_text()
    repo.write({"pyproject.toml": text + component.settings()})
    written = gluv("init", "-C", repo.root, "--component")
    assert written.code == 0, written.err
    assert gluv("init", "-C", repo.root, "--check").code == 0
    repo.commit({})
    linted = gluv("lint", "-C", repo.root)
    assert linted.code == 0, linted.out
    assert "GLU" not in linted.out
    assert "warning" not in linted.out


@pytest.mark.parametrize("release", ["gitlab", "pypi", "none"])
def test_a_commit_has_one_pipeline(gluv: Gluv, start: Start, release: str) -> None:
    repo = begin(start, "library")
    gluv("init", "-C", repo.root, "--release", release)
    branch = jobs(plan(repo, ContextOptions()))
    assert branch == {"test: [3.12]", "test: [3.13]", "lint", "build"}
    repo.git("switch", "--quiet", "--create", "feature")
    assert jobs(plan(repo, ContextOptions(mr="main"))) == branch
    open_request = ContextOptions(variables={"CI_OPEN_MERGE_REQUESTS": "local/project!1"})
    assert plan(repo, open_request).pipeline is None
    tag = plan(repo, ContextOptions(tag="v1.2.0"))
    assert ("release" in jobs(tag)) == (release != "none")
    assert ("build" in jobs(tag)) == (release == "none")


def test_legs_do_not_share_a_cache_and_only_tests_write_it(gluv: Gluv, start: Start) -> None:
    repo = begin(start, "library")
    gluv("init", "-C", repo.root)
    caches = {job.name: job.cache for job in plan(repo, ContextOptions()).jobs}
    keys = [caches[name][0].key for name in ("test: [3.12]", "test: [3.13]")]
    assert len(set(keys)) == 2
    assert caches["lint"][0].policy == "pull"
    assert caches["build"] == ()
    tag = {job.name: job.cache for job in plan(repo, ContextOptions(tag="v1.2.0")).jobs}
    assert {entry.policy for cache in tag.values() for entry in cache} == {"pull"}
    assert tag["release"] == ()
