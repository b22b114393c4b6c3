"""Submodules: out of the user's own repository, else fetched as git would."""

import subprocess
from pathlib import Path

import pytest

from gluv.config.keywords.image import Image
from gluv.execute.events import Difference
from gluv.host.submodules import absolute_url, over_https
from tests.execute.conftest import Sandbox, job
from tests.execute.engines import IMAGE, needs_engine

NORMAL = {"GIT_SUBMODULE_STRATEGY": "normal"}
RECURSIVE = {"GIT_SUBMODULE_STRATEGY": "recursive"}


def git(place: Path, *args: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "protocol.file.allow=always")
    return subprocess.run(
        ["git", *identity, *args], cwd=place, check=True, capture_output=True, text=True
    ).stdout.strip()


def library(place: Path, name: str, *inner: Path) -> Path:
    made = place / name
    made.mkdir()
    git(made, "init", "-q", "-b", "main")
    for number in range(3):
        (made / "file").write_text(f"{name} {number}\n")
        git(made, "add", "-A")
        git(made, "commit", "-q", "-m", f"{number}")
    for each in inner:
        git(made, "submodule", "--quiet", "add", str(each), f"inner/{each.name}")
        git(made, "commit", "-q", "-m", f"with {each.name}")
    return made


@pytest.fixture
def place(sandbox: Sandbox, tmp_path: Path) -> Path:
    """Where the libraries come from; the sandbox has them as submodules."""
    deep = library(tmp_path, "deep")
    one, other = library(tmp_path, "one", deep), library(tmp_path, "other")
    for each in (one, other):
        git(sandbox.repository, "submodule", "--quiet", "add", str(each), f"lib/{each.name}")
    git(sandbox.repository, "submodule", "--quiet", "update", "--init", "--recursive")
    sandbox.commit("submodules")
    return tmp_path


def forget(place: Path) -> None:
    for name in ("one", "other", "deep"):
        (place / name).rename(place / f"gone-{name}")


LOOK = "cat lib/*/file lib/one/inner/deep/file 2> /dev/null || true"


def test_without_a_strategy_they_are_empty_folders(sandbox: Sandbox, place: Path) -> None:
    ran = sandbox.run(job("j", "ls lib; ls lib/one"))
    assert ran.printed("j") == ["one", "other"]
    assert "Skipping Git submodules setup" in ran.lines("j")


def test_the_next_job_and_the_next_run_find_none_of_another_jobs(
    sandbox: Sandbox, place: Path, tmp_path: Path
) -> None:
    look = "find . -path ./.git/modules -prune -o -type f -print | sort; ls .git; cat .git/config"
    for _ in range(2):
        ran = sandbox.run(
            job("before", look),
            job("with", LOOK, "echo changed > lib/one/file", stage="b", variables=RECURSIVE),
            job("behind", look, stage="c"),
            jobs=1,
            kept=tmp_path / "kept",
        )
        assert ran.printed("with") == ["one 2", "other 2", "deep 2"]
        assert ran.printed("behind") == ran.printed("before")
        assert "./lib/one/file" not in ran.printed("behind")


def test_they_come_from_the_users_own_repository(sandbox: Sandbox, place: Path) -> None:
    forget(place)
    ran = sandbox.run(
        job("normal", LOOK, "git submodule status", variables=NORMAL),
        job("recursive", LOOK, "git status --porcelain", stage="b", variables=RECURSIVE),
        job("plain", "ls lib/one; ls .git/modules 2> /dev/null || true", stage="c"),
    )
    assert set(ran.statuses.values()) == {"success"}, ran.lines("normal")
    recorded = git(sandbox.repository, "rev-parse", "HEAD:lib/one")
    assert ran.printed("normal")[:2] == ["one 2", "other 2"]
    assert ran.printed("normal")[2].startswith(f" {recorded} lib/one")
    assert ran.printed("recursive") == ["one 2", "other 2", "deep 2"]
    assert ran.printed("plain") == []
    said = "Updating/initializing submodules recursively with git depth set to 20..."
    assert said in ran.lines("recursive")


def test_a_job_cannot_write_into_the_users_submodule(sandbox: Sandbox, place: Path) -> None:
    script = (
        "cd lib/other; echo mine > file; git -c user.name=A -c user.email=a commit -qam mine",
        "git tag mine; git gc -q --prune=now; git log --oneline | wc -l",
    )
    ran = sandbox.run(job("j", *script, variables=NORMAL))
    assert ran.printed("j") == ["4"]
    own = sandbox.repository / "lib/other"
    assert (own / "file").read_text() == "other 2\n"
    assert git(own, "tag") == ""
    assert git(own, "fsck", "--strict") == ""


def test_paths_and_depth_choose(sandbox: Sandbox, place: Path) -> None:
    variables = NORMAL | {
        "GIT_SUBMODULE_PATHS": "':(exclude)lib/one' .",
        "GIT_SUBMODULE_DEPTH": "2",
    }
    ran = sandbox.run(
        job(
            "j",
            "ls lib/one lib/other",
            "git -C lib/other log --oneline | wc -l",
            variables=variables,
        )
    )
    assert ran.printed("j") == ["lib/one:", "", "lib/other:", "file", "2"]


def test_what_is_not_there_is_fetched_by_git(
    sandbox: Sandbox, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text('[protocol "file"]\n\tallow = always\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    (place / "other/file").write_text("other 3\n")
    git(place / "other", "commit", "-qam", "3")
    newer = git(place / "other", "rev-parse", "HEAD")
    git(sandbox.repository, "update-index", "--cacheinfo", f"160000,{newer},lib/other")
    git(sandbox.repository, "commit", "-q", "-m", "newer")
    ran = sandbox.run(job("j", "cat lib/other/file", variables=NORMAL))
    assert ran.printed("j") == ["other 3"]
    what = "the submodule lib/other is at the commit that the repository records"
    assert any(event.what.startswith(what) for event in ran.of(Difference))
    forget(place)
    lost = sandbox.run(job("j", "true", variables=NORMAL))
    assert lost.finished["j"].reason == "runner_system_failure"
    assert any("submodule lib/other: fatal: " in line for line in lost.lines("j"))


@pytest.mark.engine
def test_they_are_there_in_a_container(sandbox: Sandbox, place: Path) -> None:
    engine = needs_engine("podman")
    sandbox.environ |= engine.environ
    ran = sandbox.run(
        job("j", LOOK, image=Image(name=IMAGE), variables=RECURSIVE),
        executor="podman",
        engine=lambda: engine,
    )
    assert ran.printed("j") == ["one 2", "other 2", "deep 2"]


def test_a_path_that_leads_out_is_left_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    text = '[submodule "x"]\n\tpath = ../../out\n\turl = https://x.example/x\n'
    sandbox.write(".gitmodules", text)
    sandbox.commit("evil")
    ran = sandbox.run(job("j", "true", variables=NORMAL))
    assert ran.statuses == {"j": "success"}
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("url", "base", "absolute"),
    [
        ("../lib.git", "https://gitlab.com/group/app.git", "https://gitlab.com/group/lib.git"),
        ("../../x/lib", "ssh://git@host:22/group/app", "ssh://git@host:22/x/lib"),
        ("../lib.git", "git@host:group/app.git", "git@host:group/lib.git"),
        ("./lib", "/srv/app", "/srv/app/lib"),
        ("git@host:a/b", "https://x.example/y", "git@host:a/b"),
    ],
)
def test_relative_addresses(url: str, base: str, absolute: str) -> None:
    assert absolute_url(url, base) == absolute


@pytest.mark.parametrize(
    ("url", "https"),
    [
        ("git@host:a/b.git", "https://host/a/b.git"),
        ("ssh://git@host:2222/a/b.git", "https://host/a/b.git"),
        ("https://host/a/b", "https://host/a/b"),
        ("/srv/a", "/srv/a"),
    ],
)
def test_addresses_by_https(url: str, https: str) -> None:
    assert over_https(url) == https


def test_variables_of_the_runner_without_effect_are_named(sandbox: Sandbox) -> None:
    variables = {"GIT_CLEAN_FLAGS": "none", "FF_USE_FASTZIP": "true", "GIT_DEPTH": "1"}
    ran = sandbox.run(job("j", "true", variables=variables))
    said = [event.what for event in ran.of(Difference)]
    assert "variables of the runner had no effect: FF_USE_FASTZIP, GIT_CLEAN_FLAGS" in said


def test_debug_trace_prints_what_the_shell_does(sandbox: Sandbox) -> None:
    ran = sandbox.run(job("j", "X=$((1 + 1)); test $X = 2", variables={"CI_DEBUG_TRACE": "true"}))
    assert any(line.endswith("+ test 2 = 2") for line in ran.lines("j"))
