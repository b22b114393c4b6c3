"""`gluv doctor` as a command, and what it says of machines and images."""

import json
import os
from pathlib import Path

import pytest

from gluv.config.keywords.image import Image
from gluv.doctor.finding import Finding
from gluv.doctor.images import look_at_images
from gluv.doctor.machine import look_at_machine
from gluv.plan.model import PlannedJob
from gluv.report.doctor import render_findings
from gluv.report.paint import Paint
from tests.cli.conftest import Gluv, Repo, gluv, repo, user_cache

__all__ = ["gluv", "repo", "user_cache"]

UV = "ghcr.io/astral-sh/uv:0.10.6-python"


def job(name: str, image: str | None) -> PlannedJob:
    chosen = Image(name=image) if image else None
    return PlannedJob(name=name, base_name=name, stage="test", image=chosen)


def test_machine_without_anything_on_path(tmp_path: Path) -> None:
    environ = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    found = {each.name: each for each in look_at_machine(environ, tmp_path / "cache")}
    assert found["git"].state == "wrong"
    assert found["git"].mend
    assert "none on PATH" in found["uv"].said
    assert found["glab"].state == found["containers"].state == "note"
    assert found["cache"].state == "ok"
    assert not (tmp_path / "cache").exists()


def test_images_are_told_without_fetching(tmp_path: Path) -> None:
    jobs = [
        job("good", f"{UV}3.12-trixie-slim"),
        job("also good", f"{UV}3.12-trixie-slim"),
        job("gone", f"{UV}3.12-bookworm"),
        job("absent", "python:3.99"),
        job("plain", None),
    ]
    environ = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    found = list(look_at_images(jobs, cache=tmp_path, environ=environ, default_image=None))
    names = [each.name for each in found]
    assert names[0] == f"{UV}3.12-trixie-slim (good, also good)"
    assert "uv 0.10.6 from PyPI, when first needed" in found[0].said
    assert found[1].state == "wrong"
    assert "trixie" in found[1].mend
    assert (found[2].state, found[2].mend) == ("wrong", "uv python install 3.99")
    assert found[3].state == "ok"
    assert list(tmp_path.iterdir()) == []


def test_command_reports_what_is_wrong(gluv: Gluv, repo: Repo) -> None:
    pipeline = f"test:\n  image: {UV}3.12-bookworm\n  script: echo\n"
    repo.commit({".gitlab-ci.yml": pipeline})
    ran = gluv("doctor", "-C", repo.root, "--offline")
    assert ran.code == 1
    assert "was never published" in " ".join(ran.out.split())
    assert "next: the nearest tag" in ran.out
    assert "1 thing is wrong" in ran.out
    assert "network" not in ran.out


def test_long_findings_are_wrapped_but_not_what_mends_them(gluv: Gluv, repo: Repo) -> None:
    names = [f"job-{number}" for number in range(20)]
    jobs = "".join(f"{name}: {{image: '{UV}3.12-trixie-slim', script: [x]}}\n" for name in names)
    repo.commit({".gitlab-ci.yml": jobs})
    lines = gluv("doctor", "-C", repo.root, "--offline").out.splitlines()
    start = next(at for at, line in enumerate(lines) if f"{UV}3.12" in line)
    block = [lines[start]]
    for line in lines[start + 1 :]:
        if not line.startswith("      "):
            break
        block.append(line)
    assert len(block) > 2
    assert all(len(line) <= 80 for line in block)
    told = " ".join(" ".join(block).split())
    assert f"({', '.join(names)}): uv 0.10.6 from PyPI, when first needed" in told
    mend = "uv python install 3.14 " + "x" * 90
    finding = Finding(topic="t", name="n", state="wrong", said="said " * 30, mend=mend)
    assert f"      next: {mend}\n" in render_findings([finding], Paint(False), 60)


def test_command_outside_a_repository(gluv: Gluv, tmp_path: Path) -> None:
    ran = gluv("doctor", "-C", tmp_path, "--offline", "--json")
    findings = json.loads(ran.out)
    assert ran.code == 0, ran.out
    assert {each["state"] for each in findings} <= {"ok", "note"}
    assert any(each["name"] == ".gitlab-ci.yml" for each in findings)


def test_invalid_pipeline_is_wrong(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "test:\n  scripts: echo\n"})
    ran = gluv("doctor", "-C", repo.root, "--offline")
    assert ran.code == 1
    assert "next: gluv lint" in ran.out


@pytest.mark.parametrize("setting", ["gitlab", "remote"])
def test_the_remote_is_asked(
    gluv: Gluv, repo: Repo, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    """Nothing listens there, which is all this test needs to know whom it asked."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://me:hunter2@127.0.0.1:9/simple")
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("GITLAB_TOKEN", "glpat-secret")
    repo.commit({"a.txt": ""})
    if setting == "remote":
        repo.git("remote", "add", "origin", "http://127.0.0.1:9/birds/parrot.git")
    else:
        table = '[tool.gluv]\ngitlab = "http://127.0.0.1:9"\nproject = "birds/parrot"\n'
        repo.write({"pyproject.toml": table})
    ran = gluv("doctor", "-C", repo.root)
    assert ran.code == 1
    assert "http://127.0.0.1:9 cannot be reached" in ran.out
    assert "http://127.0.0.1:9/simple cannot be reached" in ran.out
    assert "hunter2" not in ran.out + ran.err
    assert "glpat" not in ran.out + ran.err
