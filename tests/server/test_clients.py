"""The real uv, twine and pip against the real server."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.conftest import TOKEN, Host, Launcher, make_wheel


def _env(**extra: str) -> dict[str, str]:
    kept = ("PATH", "HOME", "SSL_CERT_FILE", "TMPDIR", "UV_CACHE_DIR")
    env = {key: os.environ[key] for key in kept if key in os.environ}
    return {**env, "UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never", **extra}


def _run(*args: str | Path, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(arg) for arg in args], capture_output=True, text=True, check=False, env=_env(**extra)
    )


def _publish(host: Host, wheel: Path, *args: str, uv: tuple[str, ...] = ("uv",)) -> tuple[int, str]:
    done = _run(
        *uv,
        "publish",
        *args,
        wheel,
        UV_PUBLISH_URL=host.pypi,
        UV_PUBLISH_USERNAME="gitlab-ci-token",
        UV_PUBLISH_PASSWORD=TOKEN,
    )
    return done.returncode, done.stderr


def _installed(python: Path) -> str:
    return _run(python, "-c", "import demo_pkg; print(demo_pkg.VALUE)").stdout.strip()


def test_uv_publishes_and_uv_installs(host: Host, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "dist")
    code, said = _publish(host, wheel)
    assert code == 0, said
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"demo-pkg==1.0 --hash=sha256:{digest}\n")
    assert _run("uv", "venv", "--python", sys.executable, tmp_path / "venv").returncode == 0
    done = _run(
        *("uv", "pip", "install", "--python", tmp_path / "venv", "--require-hashes"),
        *("--index-url", f"{host.pypi}/simple", "--no-cache", "-r", requirements),
    )
    assert done.returncode == 0, done.stderr
    assert _installed(tmp_path / "venv" / "bin" / "python") == "1.0"


def test_a_second_publish_is_refused_and_check_url_forgives_it(host: Host, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "dist")
    assert _publish(host, wheel)[0] == 0
    code, said = _publish(host, wheel)
    assert code != 0
    assert "400 Bad Request" in said
    assert "File name has already been taken" in said
    code, said = _publish(host, wheel, "--check-url", f"{host.pypi}/simple")
    assert code == 0, said
    assert "already exists" in said


def test_check_url_refuses_other_bytes(host: Host, tmp_path: Path) -> None:
    assert _publish(host, make_wheel(tmp_path / "dist"))[0] == 0
    other = make_wheel(tmp_path / "other")
    with other.open("ab") as file:
        file.write(b"\n")
    code, said = _publish(host, other, "--check-url", f"{host.pypi}/simple")
    assert code != 0
    assert "do not match" in said


def test_a_job_token_as_uv_publish_token_is_refused(host: Host, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "dist")
    done = _run("uv", "publish", wheel, UV_PUBLISH_URL=host.pypi, UV_PUBLISH_TOKEN=TOKEN)
    assert done.returncode != 0
    assert "401" in done.stderr


def test_twine_uploads_and_pip_installs(host: Host, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "dist")
    done = _run(
        *(sys.executable, "-m", "twine", "upload", "--non-interactive", "--disable-progress-bar"),
        *("--repository-url", host.pypi, wheel),
        TWINE_USERNAME="gitlab-ci-token",
        TWINE_PASSWORD=TOKEN,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"demo-pkg==1.0 --hash=sha256:{digest}\n")
    target = tmp_path / "site"
    done = _run(
        *(sys.executable, "-m", "pip", "install", "--isolated", "--no-cache-dir"),
        *("--disable-pip-version-check", "--index-url", f"{host.pypi}/simple"),
        *("--require-hashes", "--target", target, "-r", requirements),
        PIP_CONFIG_FILE=os.devnull,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (target / "demo_pkg.py").read_text() == "VALUE = '1.0'\n"


def test_uv_reads_a_private_registry_with_credentials_only(
    launch: Launcher, tmp_path: Path
) -> None:
    host = launch(visibility="private")
    assert _publish(host, make_wheel(tmp_path / "dist"))[0] == 0
    assert _run("uv", "venv", "--python", sys.executable, tmp_path / "venv").returncode == 0
    install = ("uv", "pip", "install", "--python", tmp_path / "venv", "--no-cache", "demo-pkg")
    refused = _run(*install, "--index-url", f"{host.pypi}/simple")
    assert refused.returncode != 0
    url = f"{host.pypi}/simple".replace("//", f"//gitlab-ci-token:{TOKEN}@", 1)
    done = _run(*install, "--index-url", url)
    assert done.returncode == 0, done.stderr
    assert host.reads == []


@pytest.mark.network
def test_the_guides_uv_publishes(host: Host, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "dist")
    code, said = _publish(host, wheel, uv=("uvx", "uv@0.10.6"))
    assert code == 0, said
    code, said = _publish(
        host, wheel, "--check-url", f"{host.pypi}/simple", uv=("uvx", "uv@0.10.6")
    )
    assert code == 0, said
