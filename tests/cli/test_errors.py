"""Bad input: one screen, the cause and the next step, an exit code by kind, no traceback."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gluv.errors import exhaustion
from tests.cli.conftest import Gluv, Repo

ONE_JOB = "job:\n  script: [echo hello]\n"


def test_outside_a_repository(gluv: Gluv, tmp_path: Path) -> None:
    ran = gluv("run", "-C", tmp_path)
    assert ran.code == 3
    assert "is not in a git repository" in ran.err
    assert "next: " in ran.err


def test_a_repository_without_commits(gluv: Gluv, repo: Repo) -> None:
    repo.write({".gitlab-ci.yml": ONE_JOB})
    ran = gluv("plan", "-C", repo.root)
    assert ran.code == 3
    assert "has no commits" in ran.err


def test_a_detached_head_beside_no_branch_at_all(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "a: {script: [echo]}\n"})
    repo.git("checkout", "--quiet", "--detach")
    assert (
        "say which one: --branch main; or `git switch` to a branch"
        in gluv("run", "-C", repo.root).err
    )
    repo.git("branch", "-D", "main")
    assert "next: `git switch -c NAME` to a branch" in gluv("run", "-C", repo.root).err


def test_a_detached_head(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": ONE_JOB})
    repo.git("checkout", "--quiet", "--detach")
    ran = gluv("plan", "-C", repo.root)
    assert ran.code == 3
    assert "HEAD is detached" in ran.err
    assert "--branch main" in ran.err


def test_a_tag_that_does_not_exist(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": ONE_JOB})
    ran = gluv("run", "-C", repo.root, "--tag", "v9")
    assert ran.code == 3
    assert "there is no tag 'v9'" in ran.err
    assert "git tag v9" in ran.err


def test_no_pipeline_file(gluv: Gluv, repo: Repo) -> None:
    repo.commit({"a": "b"})
    ran = gluv("plan", "-C", repo.root)
    assert ran.code == 2
    assert "there is no .gitlab-ci.yml" in ran.err


def test_broken_yaml_shows_the_line_and_a_caret(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "job:\n  script: [echo\nother: 1\n"})
    ran = gluv("plan", "-C", repo.root)
    assert ran.code == 2
    assert ".gitlab-ci.yml:" in ran.err
    assert "^" in ran.err
    assert "Traceback" not in ran.err


def test_every_mistake_is_reported_at_once(gluv: Gluv, repo: Repo) -> None:
    repo.commit(
        {
            ".gitlab-ci.yml": (
                "a:\n  script: [x]\n  stage: nowhere\nb:\n  script: [x]\n  imagee: y\n"
                "c:\n  before_script: [x]\n"
            )
        }
    )
    ran = gluv("plan", "-C", repo.root)
    assert ran.code == 2
    assert (
        "a job: chosen stage nowhere does not exist; "
        "available stages are .pre, build, test, deploy, .post" in ran.err
    )
    assert "jobs:b config contains unknown keys: imagee" in ran.err
    assert "image" in ran.err.partition("unknown keys: imagee")[2]
    assert "jobs c config should implement the script:, run:, or trigger: keyword" in ran.err
    assert ".gitlab-ci.yml:6:3" in ran.err


@pytest.mark.parametrize("arguments", [["--var", "novalue"], ["--source", "nothing"], ["nojob"]])
def test_a_wrong_command_line(gluv: Gluv, repo: Repo, arguments: list[str]) -> None:
    repo.commit({".gitlab-ci.yml": ONE_JOB})
    ran = gluv("run", "-C", repo.root, *arguments)
    assert ran.code == 2
    assert "next: " in ran.err


def test_an_unknown_setting(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": ONE_JOB, "pyproject.toml": "[tool.gluv]\npas-env = []\n"})
    ran = gluv("plan", "-C", repo.root)
    assert ran.code == 2
    assert "[tool.gluv] in pyproject.toml" in ran.err
    assert "pass-env" in ran.err


def test_a_port_in_use(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": ONE_JOB})
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = gluv("serve", "-C", repo.root, "--port", str(port))
    assert ran.code == 7
    assert str(port) in ran.err
    assert "next: " in ran.err


def test_a_store_that_is_not_writable(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": ONE_JOB})
    (repo.root / ".gluv").write_text("a file where a folder belongs\n")
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 6
    assert ".gluv" in ran.err
    assert "next: " in ran.err


def test_logs_before_any_run(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": ONE_JOB})
    ran = gluv("logs", "-C", repo.root)
    assert ran.code == 2
    assert "nothing has run here yet" in ran.err
    assert not (repo.root / ".gluv").exists()


def test_the_guide_without_stages_gets_gitlabs_own_error(gluv: Gluv, repo: Repo) -> None:
    repo.commit(
        {
            ".gitlab-ci.yml": (
                "release-job:\n  stage: release\n  rules:\n    - if: $CI_COMMIT_TAG\n"
                "  script:\n    - uv build --wheel --all-packages\n"
            )
        }
    )
    ran = gluv("plan", "-C", repo.root)
    assert ran.code == 2
    assert (
        ".gitlab-ci.yml:2:3: error: release-job job: chosen stage release does not exist; "
        "available stages are .pre, build, test, deploy, .post" in ran.err
    )
    assert "stage: release" in ran.err


def test_the_version_is_told_without_loading_anything(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "gluv", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.startswith("gluv ")
    assert "click" not in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["plan"],
        ["lint"],
        ["lint", "--format", "sarif"],
        ["show", "--origin"],
        ["graph"],
        ["graph", "--format", "svg"],
    ],
    ids=" ".join,
)
def test_looking_loads_no_server_no_database_no_event_loop(repo: Repo, command: list[str]) -> None:
    repo.commit({".gitlab-ci.yml": ONE_JOB})
    program = [sys.executable, "-X", "importtime", "-m", "gluv", *command]
    done = subprocess.run(
        program, capture_output=True, text=True, cwd=repo.root, check=True, env=dict(os.environ)
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "gluv.config.loading" in loaded
    unwanted = {
        "asyncio", "anyio", "starlette", "sqlite3", "rich", "httptools", "urllib3", "ssl", "socket",
        "filelock", "platformdirs", "jinja2",
    }  # fmt: skip
    assert not loaded & unwanted


def test_a_user_without_home_and_account(
    gluv: Gluv, repo: Repo, monkeypatch: pytest.MonkeyPatch, user_cache: Path
) -> None:
    """As in a container that runs under a number."""

    def unknown(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.delenv("HOME")
    for name in [name for name in os.environ if name.startswith("XDG_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(repo.root)
    repo.commit({".gitlab-ci.yml": ONE_JOB})
    assert gluv("run").code == 0
    monkeypatch.delenv("GLUV_CACHE_DIR")
    ran = gluv("run")
    assert ran.code == 6
    assert "HOME is not set, and this user has no account" in ran.err
    assert "next: set HOME, or GLUV_CACHE_DIR" in ran.err
    assert not (repo.root / "~").exists()


def test_a_cache_folder_that_no_path_can_name(
    gluv: Gluv, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({".gitlab-ci.yml": ONE_JOB})
    monkeypatch.setenv("GLUV_CACHE_DIR", str(tmp_path / "a:b"))
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 6
    assert "their PATH cannot name a folder with : in it" in ran.err
    assert "next: set GLUV_CACHE_DIR" in ran.err
    assert not (tmp_path / "a:b").exists()


def run_limited(repo: Repo, cache: Path, limit: str) -> "subprocess.CompletedProcess[str]":
    """Twenty jobs at once, under a limit of the shell."""
    jobs = "".join(f"j{number}: {{script: [sleep 1]}}\n" for number in range(20))
    repo.commit({".gitlab-ci.yml": jobs})
    limited = ["sh", "-c", f'{limit}; exec "$@"', "sh"]
    return subprocess.run(
        [*limited, sys.executable, "-m", "gluv", "run", "-j", "20"],
        cwd=repo.root,
        env={**os.environ, "GLUV_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_too_few_files_may_be_open(repo: Repo, user_cache: Path) -> None:
    ran = run_limited(repo, user_cache, "ulimit -n 40")
    # It is a job or the run itself that finds no more; the rest may fail for it too.
    said = ran.stdout + ran.stderr
    assert ran.returncode in (1, 6, 9), said
    assert "next: let fewer jobs run at once (-j), or raise the limit" in said
    assert "(ulimit -n)" in said


def test_a_limit_of_open_files_that_may_be_raised_is_raised(repo: Repo, user_cache: Path) -> None:
    ran = run_limited(repo, user_cache, "ulimit -S -n 40")
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (MemoryError(), "memory"),
        (RuntimeError("can't start new thread"), "threads: can't start new thread"),
        (BlockingIOError(errno.EAGAIN, "x"), f"processes: [Errno {errno.EAGAIN}] x"),
        (OSError(errno.ENOENT, "x"), None),
        (RuntimeError("x"), None),
    ],
)
def test_what_the_system_lacks(error: Exception, what: str | None) -> None:
    found = exhaustion(error)
    said = found.message.removeprefix("the system gives gluv no more ") if found else None
    assert said == what
