"""Whose reads without credentials are told to whoever runs a pipeline."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gluv.server.agents import may_be_a_job
from tests.server.conftest import JOB, Host, upload_form

PYPI = "/api/v4/projects/1/packages/pypi"


@pytest.mark.parametrize(
    ("agent", "may"),
    [
        ("", True),
        ("curl/8.5.0", True),
        ("python-gitlab/4.13.0", True),
        ('uv/0.9.0 {"installer":{"name":"uv"},"ci":true}', True),
        ('uv/0.9.0 {"installer":{"name":"uv"},"ci":null}', False),
        ('pip/25.0 {"ci": true, "cpu": "x86_64"}', True),
        ('pip/25.0 {"ci": null, "cpu": "x86_64"}', False),
        ("uv/0.1.0", True),
        ('uv/0.9.0 {"cpu":"x86_64"}', True),
        ("pip/25.0 {broken", True),
        ("pip/25.0 [1]", True),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0", False),
    ],
)
def test_what_a_client_says_of_itself(agent: str, may: bool) -> None:
    assert may_be_a_job(agent) is may


@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_installing_by_hand_is_no_read_of_a_job(host: Host, tmp_path: Path, tool: str) -> None:
    assert host.ask("POST", PYPI, headers=JOB, form=upload_form()).status == 201
    download = {
        "uv": ("uv", "pip", "compile", "--no-cache", "--no-deps", "--python", sys.executable, "-"),
        "pip": (sys.executable, "-m", "pip", "download", "--no-cache-dir", "--no-deps", "demo-pkg"),
    }[tool]

    def install(**environ: str) -> list[str]:
        before = len(host.reads)
        subprocess.run(
            [*download, "--index-url", f"{host.url}{PYPI}/simple"],
            input=b"demo-pkg",
            capture_output=True,
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "UV_PYTHON_DOWNLOADS": "never",
                **environ,
            },
        )
        return host.reads[before:]

    # By hand first: an answer that was kept for that must not hide what a job does.
    assert install() == []
    assert f"{PYPI}/simple/demo-pkg/" in install(CI="true")


def test_somebody_who_looks_is_no_job(host: Host) -> None:
    host.ask("GET", "/api/v4/projects/1/pipelines", headers={"User-Agent": "Mozilla/5.0"})
    assert host.reads == []
    host.ask("GET", "/api/v4/projects/1/pipelines", headers={"User-Agent": "curl/8"})
    assert host.reads == ["/api/v4/projects/1/pipelines"]
