import os
from pathlib import Path

import pytest

from gluv.config.keywords.variables import Variable
from gluv.execute.environment import base_environment
from gluv.plan.context import SettingVariable
from gluv.settings import Settings
from tests.execute.conftest import SERVER, FakeToolchain, Sandbox, job

SECRET = "the-callers-secret"


def seen(lines: list[str]) -> dict[str, str]:
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_nothing_of_the_callers_environment_is_seen(sandbox: Sandbox) -> None:
    sandbox.environ |= {
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "UV_INDEX_URL": SECRET,
        "PIP_INDEX_URL": SECRET,
        "VIRTUAL_ENV": SECRET,
        "PYTHONPATH": SECRET,
        "HOME": f"/{SECRET}",
        "XDG_CONFIG_HOME": SECRET,
        "GIT_DIR": SECRET,
        "SSH_AUTH_SOCK": SECRET,
        "PATH": f"{os.environ['PATH']}:/{SECRET}",
    }
    os.environ["GLUV_TEST_SECRET"] = SECRET
    try:
        ran = sandbox.run(job("j", "env"))
    finally:
        del os.environ["GLUV_TEST_SECRET"]
    assert ran.statuses == {"j": "success"}
    assert SECRET not in ran.log("j")


def test_a_job_has_a_home_and_a_temporary_directory_of_its_own(sandbox: Sandbox) -> None:
    script = ('echo "$HOME"', 'echo "$TMPDIR"', 'ls -A "$HOME" "$TMPDIR"', "touch ~/x $TMPDIR/x")
    ran = sandbox.run(job("a", *script), job("b", *script))
    homes = {tuple(ran.printed(name)[:2]) for name in "ab"}
    assert len({place for pair in homes for place in pair}) == 4
    assert all(Path(place).is_relative_to(sandbox.builds) for pair in homes for place in pair)


def test_the_toolchain_comes_first_then_the_system(sandbox: Sandbox) -> None:
    sandbox.environment = {"FROM_IMAGE": "image", "BOTH": "image"}
    ran = sandbox.run(job("j", "env", variables={"BOTH": "yaml"}))
    found = seen(ran.printed("j"))
    path = found["PATH"].split(":")
    assert path[1].endswith("/image/bin")
    assert path[2:] == [place for place in path[2:] if place.startswith(("/usr", "/bin", "/sbin"))]
    assert (found["FROM_IMAGE"], found["BOTH"]) == ("image", "yaml")


def test_pass_env_lets_variables_through(sandbox: Sandbox) -> None:
    sandbox.environ |= {"WANTED": "1", "OTHER": "2"}
    sandbox.settings = Settings(pass_env=("WANTED", "ABSENT"))
    found = seen(sandbox.run(job("j", "env")).printed("j"))
    assert found["WANTED"] == "1"
    assert "OTHER" not in found
    assert "ABSENT" not in found


@pytest.mark.parametrize("listed", ["", "intern.example,127.0.0.1"])
def test_certificates_and_proxies_pass(tmp_path: Path, listed: str) -> None:
    (tmp_path / "i").mkdir()
    environ = {
        "SSL_CERT_FILE": "/c.pem",
        "REQUESTS_CA_BUNDLE": "/c.pem",
        "HTTPS_PROXY": "http://proxy:3128",
        "NO_PROXY": listed,
    }
    made = base_environment(
        environ,
        furnished=FakeToolchain(None).furnish(tmp_path / "i"),
        first=(),
        home=tmp_path,
        temporary=tmp_path,
        server_url="http://gitlab.internal:8080",
        pass_env=(),
    )
    assert made["SSL_CERT_FILE"] == made["REQUESTS_CA_BUNDLE"] == "/c.pem"
    assert made["HTTPS_PROXY"] == "http://proxy:3128"
    hosts = made["NO_PROXY"].split(",")
    assert {"gitlab.internal", "127.0.0.1", "localhost", "::1"} <= set(hosts)
    assert len(hosts) == len(set(hosts))
    assert ("intern.example" in hosts) == bool(listed)


def test_variables_of_the_job(sandbox: Sandbox) -> None:
    script = (
        'echo "$CI_PROJECT_DIR|$PWD"',
        "echo $CI_JOB_NAME $CI_PIPELINE_ID $CI_JOB_STATUS",
        'printf "%s\\n" "$RAW" "$LINES_OF"',
        "echo $CI_SERVER_URL",
    )
    ran = sandbox.run(
        job(
            "j",
            *script,
            variables={
                "RAW": Variable(value="$CI_JOB_NAME", expand=False),
                "LINES_OF": "a\nb '\"`$(",
            },
        )
    )
    project, here = ran.printed("j")[0].split("|")
    assert project == here
    assert ran.printed("j")[1:] == ["j 1 running", "$CI_JOB_NAME", "a", "b '\"`$(", SERVER]


def test_file_variables_are_private_files_and_masked_values_are_masked(sandbox: Sandbox) -> None:
    sandbox.variables = (
        SettingVariable(key="CONFIG", value="line 1\nline 2", file=True),
        SettingVariable(key="PASSWORD", value="s3cret-pass-word", masked=True),
    )
    script = (
        'cat "$CONFIG"; echo',
        'stat -c %a "$CONFIG" 2>/dev/null || stat -f %Lp "$CONFIG"',
        'echo "$CONFIG"',
        'printf s3cret-; printf pass; echo "-word and $PASSWORD"',
    )
    ran = sandbox.run(job("j", *script))
    lines = ran.printed("j")
    assert lines[:3] == ["line 1", "line 2", "600"]
    assert lines[3].endswith("/grp/demo.tmp/CONFIG")
    assert lines[4] == "[MASKED] and [MASKED]"
    assert "s3cret-pass-word" not in ran.log("j")


def test_no_secret_is_in_an_argument_list(sandbox: Sandbox) -> None:
    sandbox.variables = (SettingVariable(key="PASSWORD", value="s3cret-pass-word", masked=True),)
    script = (
        'for p in /proc/[0-9]*/cmdline; do tr "\\0" " " < $p 2>/dev/null || :; echo; done > all',
        "if grep -q 's3cret-pass-wor[d]' all; then exit 5; fi",
        'case "$(cat all)" in *"$CI_JOB_TOKEN"*) exit 6;; esac',
    )
    assert sandbox.run(job("j", *script)).statuses == {"j": "success"}


def test_a_name_that_no_process_can_have_is_left_out(sandbox: Sandbox) -> None:
    ran = sandbox.run(job("j", "true", variables={"A=B": "1", "": "2", "WITH-DASH": "3"}))
    assert ran.statuses == {"j": "success"}


def test_sh_where_there_is_no_bash(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image without bash: PATH holds sh and a few commands only."""
    small = sandbox.builds.parent / "small"
    small.mkdir()
    for name in ("sh", "cat", "git", "grep"):
        found = next(p for d in ("/usr/bin", "/bin") if (p := Path(d) / name).exists())
        (small / name).symlink_to(found)
    monkeypatch.setattr("gluv.execute.environment.SYSTEM_PATH", (str(small),))
    ran = sandbox.run(job("j", 'echo "${BASH_VERSION:-no bash}"', "(exit 3)"))
    assert ran.printed("j") == ["no bash"]
    assert ran.finished["j"].exit_code == 3


def test_no_shell_at_all(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gluv.execute.environment.SYSTEM_PATH", ("/nowhere",))
    ran = sandbox.run(job("j", "true"))
    assert ran.finished["j"].reason == "runner_system_failure"
    assert "no bash and no sh" in ran.finished["j"].last_lines[-1]
