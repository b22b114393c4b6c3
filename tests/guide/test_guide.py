"""The guide, end to end: the real uv, the real pip, from nothing to an installed wheel."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import uv

from gluv.cli.checkout import open_checkout
from gluv.cli.gitlab import app_maker, listen
from gluv.demo.project import make_project
from gluv.store import Store
from tests.cli.conftest import Gluv, Repo, gluv, user_cache

__all__ = ["gluv", "user_cache"]

pytestmark = pytest.mark.network

PYTHON = "{}.{}".format(*sys.version_info)
GUIDE_UV = "0.10.6"
NEWEST_UV = version("uv")


@pytest.fixture
def project(tmp_path: Path) -> Repo:
    root = tmp_path / "parrots"
    make_project(root, python=PYTHON, uv=Path(uv.find_uv_bin()), environ=os.environ)
    return Repo(root)


@pytest.fixture
def index(project: Repo) -> Iterator[str]:
    """The simple index of the project, served while the test runs."""
    checkout = open_checkout(project.root)
    with Store.open(checkout.store) as store:
        listener = listen(store, checkout.settings)
        listener.start(app_maker(store, checkout.settings, listener.url, os.environ))
        yield f"{listener.url}/api/v4/projects/1/packages/pypi/simple"
        listener.close()


def use_uv(project: Repo, release: str) -> None:
    path = project.root / ".gitlab-ci.yml"
    path.write_text(path.read_text().replace(f'"{GUIDE_UV}"', f'"{release}"'))
    project.git("commit", "--quiet", "--all", "--allow-empty", "--message", f"Use uv {release}")
    project.git("tag", "--force", "v0.1.0")


@pytest.mark.parametrize("release", [GUIDE_UV, NEWEST_UV])
def test_from_the_page_to_an_installed_wheel(
    gluv: Gluv, project: Repo, release: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    use_uv(project, release)
    ran = gluv("run", "-C", project.root, "--tag", "v0.1.0")
    assert ran.code == 0, ran.out + ran.err
    for said in (
        f"uv {release} from PyPI",
        "Checking cache for 0_uv-",
        "1 passed",
        "Pruning cache at: .uv-cache",
        "parrot hello from the system Python of the image",
        "Successfully built dist/parrot-0.1.0-py3-none-any.whl",
        "release v0.1.0 (1 link)",
        "package file parrot-0.1.0-py3-none-any.whl",
        "the uv images contain no glab",
    ):
        assert said in ran.out
    index: str = request.getfixturevalue("index")
    assert f"{index} parrot==0.1.0" in ran.out

    digest = hashlib.sha256(stored_wheel(project)).hexdigest()
    wanted = tmp_path / "requirements.txt"
    wanted.write_text(f"parrot==0.1.0 --hash=sha256:{digest}\n")
    target = ("--index-url", index, "--require-hashes", "-r", str(wanted))
    for name, installer in (
        ("by-uv", (uv.find_uv_bin(), "pip", "install", "--quiet")),
        ("by-pip", (sys.executable, "-m", "pip", "--quiet", "install")),
    ):
        directory = tmp_path / name
        subprocess.run([*installer, *target, "--target", directory], check=True)
        program = [sys.executable, "-c", "import parrot; print(parrot.say('hi'))"]
        environ = {**os.environ, "PYTHONPATH": str(directory)}
        done = subprocess.run(program, env=environ, capture_output=True, text=True, check=True)
        assert done.stdout == "hi squawk!\n"


def stored_wheel(project: Repo) -> bytes:
    """The one uploaded file, as it lies in the store."""
    with Store.open(project.root / ".gluv") as store:
        (package,) = store.packages.of_projects([1])
        (file,) = store.packages.files_of(package.id)
        return store.blobs.path(file.sha256).read_bytes()


def test_the_second_run_finds_the_cache_and_prune_shrinks_it(gluv: Gluv, project: Repo) -> None:
    first = gluv("run", "-C", project.root, "test")
    assert first.code == 0, first.out + first.err
    assert "Successfully extracted cache" not in first.out
    second = gluv("run", "-C", project.root, "test")
    assert "Successfully extracted cache" in second.out
    kept = [path for path in (project.root / ".gluv" / "cache").rglob("*") if path.is_file()]
    assert not [path for path in kept if "pytest" in path.name], "prune --ci removes wheels"


def test_running_the_release_twice_fails_as_on_gitlab(gluv: Gluv, project: Repo) -> None:
    assert gluv("run", "-C", project.root, "--tag", "v0.1.0", "release-job").code == 0
    again = gluv("run", "-C", project.root, "--tag", "v0.1.0", "release-job")
    assert again.code == 1
    assert "release-job: script_failure" in again.out


def test_an_after_script_that_publishes_nothing_is_named(gluv: Gluv, project: Repo) -> None:
    path = project.root / ".gitlab-ci.yml"
    path.write_text(
        path.read_text().replace('uv publish "$package"', "uv publish dist/nothing.whl")
    )
    project.git("commit", "--quiet", "--all", "--message", "Publish the wrong file")
    project.git("tag", "--force", "v0.1.0")
    ran = gluv("run", "-C", project.root, "--tag", "v0.1.0", "release-job")
    assert ran.code == 0
    assert "release-job: it is green, as on GitLab, but its after_script failed" in ran.out
    assert "package file" not in ran.out
