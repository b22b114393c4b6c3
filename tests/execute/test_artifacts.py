import contextlib
import os
import random
import string
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gluv.config.keywords.artifacts import Artifacts
from gluv.execute.dotenv import MAX_SIZE, MAX_VARIABLES, DotenvInvalid, read_dotenv
from gluv.plan.model import PlannedCache, PlannedNeed
from tests.execute.conftest import Sandbox, job


def build(job_name: str, /, *script: str, stage: str = "build", **keys: Any) -> Any:
    return job(job_name, *script, stage=stage, artifacts=Artifacts(**keys))


def test_later_stages_get_artifacts_in_order(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        build("one", "mkdir d; echo 1 > d/same; echo 1 > d/one", paths=("d/",)),
        build(
            "two",
            "mkdir -p d/sub; echo 2 > d/same; chmod 700 d/same",
            "ln -s same d/l; echo 3 > d/sub/x",
            paths=("d",),
        ),
        job("use", "cat d/same d/one d/l d/sub/x", "test -x d/same"),
    )
    assert ran.printed("use") == ["2", "1", "2", "3"]
    assert "Downloading artifacts for one (1)..." in ran.printed("use", "download_artifacts")
    assert ran.printed("one", "upload_artifacts_on_success")[:2] == [
        "Uploading artifacts...",
        "d/: found 3 matching artifact files and directories",
    ]
    place = sandbox.store.directory / "artifacts" / "1"
    assert (place / "archive" / "d" / "one").read_text() == "1\n"


def test_needs_and_dependencies_choose(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        build("a", "touch a.out", paths=("*.out",)),
        build("b", "touch b.out", paths=("*.out",)),
        job("all", "ls *.out"),
        job(
            "only-a",
            "ls *.out",
            needs=(PlannedNeed(job="a"), PlannedNeed(job="b", artifacts=False)),
        ),
        job("deps", "ls *.out", dependencies=("b",)),
        job("none", "ls *.out || true", dependencies=()),
    )
    assert ran.printed("all") == ["a.out", "b.out"]
    assert ran.printed("only-a") == ["a.out"]
    assert ran.printed("deps") == ["b.out"]
    assert not [line for line in ran.printed("none") if line.endswith("b.out")]


def test_exclude_untracked_and_globs(sandbox: Sandbox) -> None:
    script = "mkdir -p d/e/f; touch d/a.txt d/e/b.txt d/e/f/c.log .hidden new"
    jobs = {
        "globs": {"paths": ("d/**/*.txt", "d/{e,x}/f")},
        "exclude": {"paths": ("d",), "exclude": ("d/**/*.log", "d/a.*")},
        "untracked": {"untracked": True},
        "variables": {"paths": ("$D/${E:-e}/b.txt",)},
    }
    for name, keys in jobs.items():
        made = Artifacts(**keys)  # type: ignore[arg-type]
        ran = sandbox.run(job(name, script, artifacts=made, variables={"D": "d"}))
        if name == "exclude":
            said = ran.printed(name, "upload_artifacts_on_success")
            assert {"d/**/*.log: excluded 1 files", "d/a.*: excluded 1 files"} <= set(said)
    root = sandbox.store.directory / "artifacts"
    archives = [root / number / "archive" for number in "1234"]
    kept = [
        {str(place.relative_to(top)) for place in top.rglob("*") if place.is_file()}
        for top in archives
    ]
    assert kept == [
        {"d/a.txt", "d/e/b.txt", "d/e/f/c.log"},
        {"d/e/b.txt"},
        {"d/a.txt", "d/e/b.txt", "d/e/f/c.log", ".hidden", "new"},
        {"d/e/b.txt"},
    ]


@pytest.mark.parametrize(
    ("when", "ending", "kept"),
    [
        ("on_success", "true", True),
        ("on_success", "false", False),
        ("on_failure", "false", True),
        ("always", "false", True),
        ("always", "true", True),
    ],
)
def test_when(sandbox: Sandbox, when: str, ending: str, kept: bool) -> None:
    sandbox.run(build("j", "touch f", ending, paths=("f",), when=when))
    assert (sandbox.store.directory / "artifacts" / "1" / "archive" / "f").exists() is kept


def test_nothing_found_is_a_warning(sandbox: Sandbox) -> None:
    ran = sandbox.run(build("j", "true", paths=("none/", "/etc/hostname", "../x")))
    assert ran.statuses == {"j": "success"}
    said = ran.printed("j", "upload_artifacts_on_success")
    assert said[1].startswith(
        "WARNING: none/: no matching files. Ensure that the artifact path is relative to the "
        "working directory ("
    )
    assert sum("artifact path is not a subpath of project directory" in line for line in said) == 2
    assert said[-1] == "ERROR: No files to upload"


def test_dotenv_gives_variables_to_later_jobs(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        build("j", "printf 'VERSION=1.2\\nQ=\"kept\"\\n' > b.env", reports={"dotenv": ("b.env",)}),
        job("use", 'echo "$VERSION $Q"', variables={"VERSION": "yaml"}),
        job("not", 'echo "[$VERSION]"', needs=(PlannedNeed(job="j", artifacts=False),)),
    )
    assert ran.printed("use") == ['1.2 "kept"']
    assert ran.printed("not") == ["[]"]


def test_a_refused_dotenv_fails_the_job_after_its_other_uploads(sandbox: Sandbox) -> None:
    script = "printf 'A=1\\n\\nB=2\\n' > b.env; touch f; echo '<x/>' > j.xml"
    reports = {"dotenv": ("b.env",), "junit": ("j.xml",)}
    ran = sandbox.run(
        build("j", script, paths=("f",), reports=reports),
        job("use", "echo never"),
        job("told", 'echo "[$A]"', needs=(PlannedNeed(job="j"),), when="always"),
    )
    assert ran.statuses["j"] == "failed"
    assert ran.statuses.get("use") != "success"
    assert ran.printed("told") == ["[]"]
    done = ran.finished["j"]
    assert (done.reason, done.exit_code) == ("script_failure", 1)
    assert any("dotenv report was refused: Invalid Format" in note for note in done.notes)
    assert "ERROR: Job failed: exit code 1" in ran.lines("j")
    place = sandbox.store.directory / "artifacts" / "1"
    assert sorted(kept.name for kept in (place / "reports").iterdir()) == ["junit"]
    assert (place / "archive" / "f").is_file()
    assert any(
        "400 Bad Request: Invalid Format" in line
        for line in ran.printed("j", "upload_artifacts_on_success")
    )


NOISE = "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=2 * MAX_SIZE))


@pytest.mark.parametrize(
    "content",
    [
        b"no equals sign",
        b"# comment",
        b"A=1\n\nB=2\n",
        b"A-B=1",
        b"\xff=1",
        b"=1",
        f"A={NOISE}".encode(),
        "".join(f"A{number}=1\n" for number in range(MAX_VARIABLES + 1)).encode(),
    ],
)
def test_dotenv_refuses_what_gitlab_refuses(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(DotenvInvalid):
        read_dotenv([tmp_path / "f"])


@pytest.mark.parametrize(
    ("content", "variables"),
    [
        (b"", {}),
        (b" A = 1 \r\nB=2=3", {"A": "1", "B": "2=3"}),
        (b"\xef\xbb\xbfA=1\n", {"A": "1"}),
        ("A=1\r\nB=2\r\n".encode("utf-16"), {"A": "1", "B": "2"}),
        (b"A=\xff\n", {"A": "\ufffd"}),
        ("A=one\x0b\x0c\x1c\x85\u2028two\n".encode(), {"A": "one\x0b\x0c\x1c\x85\u2028two"}),
        (b"A=" + b"x" * MAX_SIZE, {"A": "x" * MAX_SIZE}),
        (
            b"".join(b"A%d=1\n" % (number % MAX_VARIABLES) for number in range(99)),
            {f"A{number}": "1" for number in range(MAX_VARIABLES)},
        ),
    ],
)
def test_dotenv_takes_what_gitlab_takes(
    tmp_path: Path, content: bytes, variables: dict[str, str]
) -> None:
    (tmp_path / "f").write_bytes(content)
    assert read_dotenv([tmp_path / "f"]) == variables


def test_the_limits_of_dotenv_are_those_of_the_whole_report(tmp_path: Path) -> None:
    half = MAX_VARIABLES // 2
    for name in ("a", "b", "c"):
        lines = [f"{name}{number}=1\n" for number in range(half)]
        (tmp_path / name).write_text("".join(lines))
    assert len(read_dotenv([tmp_path / "a", tmp_path / "b"])) == 2 * half
    with pytest.raises(DotenvInvalid, match="cannot have more than"):
        read_dotenv([tmp_path / "a", tmp_path / "b", tmp_path / "c"])


def test_reports_are_kept_even_of_a_failed_job(sandbox: Sandbox) -> None:
    script = ("mkdir r; echo '<x/>' > r/junit.xml", "false")
    keys: dict[str, Any] = {
        "reports": {"junit": ("r/*.xml",)},
        "name": "n-$CI_JOB_NAME",
        "expire_in": 60,
    }
    sandbox.run(build("j", *script, **keys))
    place = sandbox.store.directory / "artifacts" / "1"
    assert (place / "reports" / "junit" / "r" / "junit.xml").exists()
    about = msgspec.json.decode((place / "artifacts.json").read_bytes())
    assert about["reports"] == {"junit": ["r/junit.xml"]}
    assert about["name"] == "n-j"
    assert about["expire_at"] > 0


def test_names_with_newlines_and_loops_of_links(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        build("j", 'mkdir d; touch "d/a\nb"; ln -s . d/loop; ln -s loop2 d/loop2', paths=("d",)),
        job("use", 'test -e "d/a\nb"', "readlink d/loop d/loop2"),
    )
    assert ran.statuses == {"j": "success", "use": "success"}
    assert ran.printed("use")[-2:] == [".", "loop2"]


def test_a_job_that_broke_its_git_loses_only_untracked_files(sandbox: Sandbox) -> None:
    script = "rm -rf .git; echo broken > .git; touch f"
    ran = sandbox.run(build("j", script, untracked=True, paths=("f",)))
    assert ran.statuses == {"j": "success"}
    assert any("untracked: git" in line for line in ran.lines("j"))


def _archive(sandbox: Sandbox, job_id: int = 1) -> Path:
    return sandbox.store.directory / "artifacts" / str(job_id) / "archive"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell that no process is left")
def test_what_only_the_job_has_is_moved(sandbox: Sandbox, tmp_path: Path) -> None:
    script = "mkdir d; echo 1 > d/f; chmod 640 d/f; touch -d @1000 d/f; ln -s f d/l; stat -c %i d/f"
    ran = sandbox.run(
        build("a", script, paths=("d",)), job("b", "cat d/f; stat -c '%a %Y' d/f; readlink d/l")
    )
    assert ran.printed("b") == ["1", "640 1000", "f"]
    assert (_archive(sandbox) / "d" / "f").stat().st_ino == int(ran.printed("a")[0])


def test_an_edit_in_place_never_changes_an_artifact(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        build("a", "echo one > f; echo tracked > g", paths=("f", "g", "tracked.txt"), stage="1"),
        job("b", "for f in f g tracked.txt; do echo changed > $f; done", stage="2"),
        job("c", "cat f g tracked.txt", stage="3"),
        jobs=1,
    )
    assert ran.printed("c") == ["one", "tracked", "tracked"]


@pytest.mark.parametrize("place", ["{outside}", "../../kept-by-the-job", "second-name"])
def test_a_file_with_another_name_is_copied(sandbox: Sandbox, tmp_path: Path, place: str) -> None:
    """Through that name it could be written when it is an artifact already."""
    other = place.format(outside=tmp_path / "outside")
    ran = sandbox.run(
        build("a", f"echo one > f; ln f {other}; readlink -f {other}", paths=("f",), stage="1"),
        build("b", f"test ! -e {other} || echo changed > {other}", stage="2"),
        job("c", "cat f", stage="3"),
        jobs=1,
    )
    assert ran.printed("c") == ["one"]
    assert (_archive(sandbox) / "f").stat().st_nlink == 1


def test_a_process_that_lives_on_keeps_its_file(sandbox: Sandbox, tmp_path: Path) -> None:
    """Nothing ties it to the job, and it has the file open."""
    go, pid = tmp_path / "go", tmp_path / "pid"
    write = f"exec 3>> f; echo $$ > {pid}; until test -e {go}; do sleep 0.01; done; echo late >&3"
    start = (
        f"echo one > f; env -i PATH=/usr/bin:/bin setsid sh -c '{write}' > /dev/null 2>&1 &\n"
        f"until test -s {pid}; do :; done"
    )
    try:
        sandbox.run(build("a", start, paths=("f",)))
    finally:
        go.touch()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(int(pid.read_text()), 0)
    assert (_archive(sandbox) / "f").read_text() == "one\n"


def test_a_file_may_be_artifact_and_report_and_cache_at_once(sandbox: Sandbox) -> None:
    everything = Artifacts(
        paths=("d",), reports={"junit": ("d/*.xml",), "dotenv": ("d/x.env",)}, untracked=True
    )
    script = "mkdir -p d; echo '<testsuite/>' > d/r.xml; echo A=1 > d/x.env; echo new > loose"
    cached = (PlannedCache(key="k", paths=("d",)),)
    for _ in range(2):
        ran = sandbox.run(
            job("a", script, artifacts=everything, cache=cached, stage="1"),
            job("b", "cat d/r.xml d/x.env loose; echo $A", stage="2"),
            job("c", "cat d/r.xml", cache=cached, stage="2", dependencies=()),
            jobs=1,
        )
        assert ran.printed("b") == ["<testsuite/>", "A=1", "new", "1"]
        assert ran.printed("c") == ["<testsuite/>"]
        place = _archive(sandbox, ran.store.jobs_of(ran.pipeline_id)[0].id).parent
        assert (place / "reports" / "junit" / "d" / "r.xml").is_file()
        assert (place / "reports" / "dotenv" / "d" / "x.env").is_file()
