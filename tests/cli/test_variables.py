"""Variables from outside the YAML, from the file they are written in to the log of a job."""

import json
import os
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Gluv, Repo

SECRET = "s3cret-deploy-token"
CONFIG = """\
show:
  environment: production/eu
  variables: {COPY: "copy of $DEPLOY"}
  script:
    - echo "deploy $DEPLOY"
    - echo "$COPY"
    - echo "protected ${ONLY_PROTECTED-absent}, scoped ${SCOPED-absent}"
    - cat "$KEY"
    - stat -c %a "$KEY" 2>/dev/null || stat -f %Lp "$KEY"
other:
  script:
    - echo "scoped ${SCOPED-absent}"
"""
PRIVATE = f"""\
[project]
DEPLOY = {{ value = "{SECRET}", masked = true }}
ONLY_PROTECTED = {{ value = "yes", protected = true }}
SCOPED = {{ value = "eu", environment_scope = "production/*" }}
KEY = {{ value = "pem of $DEPLOY", file = true }}
"""


@pytest.fixture
def secret_repo(repo: Repo) -> Repo:
    repo.commit({".gitlab-ci.yml": CONFIG, "pyproject.toml": '[tool.gluv]\nprotected = ["v*"]\n'})
    repo.git("tag", "v1")
    write_private(repo, PRIVATE)
    return repo


def write_private(repo: Repo, text: str, mode: int = 0o600) -> None:
    repo.write({".gluv/.gitignore": "*\n", ".gluv/variables.toml": text})
    (repo.root / ".gluv" / "variables.toml").chmod(mode)


def stored(root: Path) -> list[Path]:
    """Files under `.gluv` that hold the secret."""
    paths = (Path(folder) / name for folder, _, names in os.walk(root) for name in names)
    return [path for path in paths if SECRET.encode() in path.read_bytes()]


def test_a_masked_variable_is_masked_everywhere(gluv: Gluv, secret_repo: Repo) -> None:
    ran = gluv("run", "-C", secret_repo.root)
    assert ran.code == 0
    assert "show  | deploy [MASKED]" in ran.out
    assert "show  | copy of [MASKED]" in ran.out
    assert "show  | pem of [MASKED]" in ran.out
    assert "show  | 600" in ran.out
    assert "show  | protected absent, scoped eu" in ran.out
    assert "other | scoped absent" in ran.out
    log = gluv("logs", "-C", secret_repo.root, "--raw", "show")
    assert "deploy [MASKED]" in log.out
    assert SECRET not in ran.out + ran.err + log.out
    private = secret_repo.root / ".gluv" / "variables.toml"
    assert stored(secret_repo.root / ".gluv") == [private]


def test_what_a_report_says_is_masked(gluv: Gluv, repo: Repo) -> None:
    text = """\
job:
  resource_group: g-$DEPLOY
  script:
    - >
      printf '<testsuite><testcase name="t"><failure message="%s"/></testcase></testsuite>'
      $DEPLOY > j.xml
    - >
      printf '{"a":[{"external_link":{"label":"l %s","url":"https://x/%s"}}]}'
      $DEPLOY $DEPLOY > a.json
  artifacts: {reports: {junit: j.xml, annotations: a.json}}
"""
    repo.commit({".gitlab-ci.yml": text})
    write_private(repo, PRIVATE)
    ran = gluv("run", "-C", repo.root, "--json")
    assert ran.code == 0, ran.err
    assert "l [MASKED]" in ran.err
    assert '"message":"[MASKED]"' in ran.out
    assert SECRET not in ran.out + ran.err


def test_protected_variables_on_protected_refs(gluv: Gluv, secret_repo: Repo) -> None:
    ran = gluv("run", "-C", secret_repo.root, "--tag", "v1", "show")
    assert "show | protected yes, scoped eu" in ran.out


def test_a_failure_does_not_tell_the_secret(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "a:\n  image: nowhere.example.com/$DEPLOY\n  script: [x]\n"})
    write_private(repo, PRIVATE)
    ran = gluv("run", "-C", repo.root)
    assert ran.code not in (0, 70)
    assert "nowhere.example.com/[MASKED]" in ran.out
    assert SECRET not in ran.out + ran.err


def test_the_plan_shows_no_masked_value(gluv: Gluv, repo: Repo) -> None:
    text = f"""\
a:
  image: registry.example.com/$DEPLOY
  script: [x]
  rules:
    - if: $DEPLOY == "{SECRET}"
"""
    repo.commit({".gitlab-ci.yml": text})
    write_private(repo, PRIVATE)
    for options in ((), ("--json",), ("--explain",), ("--explain", "--json"), ("--all-contexts",)):
        ran = gluv("plan", "-C", repo.root, *options)
        assert ran.code == 0
        assert SECRET not in ran.out + ran.err
    made = json.loads(gluv("plan", "-C", repo.root, "--json").out)
    assert made["jobs"][0]["image"]["name"] == "registry.example.com/[MASKED]"


def test_an_input_cannot_show_a_masked_variable(gluv: Gluv, repo: Repo) -> None:
    text = (
        "spec:\n  inputs:\n    name: {default: $DEPLOY}\n---\n"
        "a:\n  script: ['echo $[[ inputs.name | expand_vars ]]']\n"
    )
    repo.commit({".gitlab-ci.yml": text})
    write_private(repo, PRIVATE)
    ran = gluv("plan", "-C", repo.root)
    assert ran.code == 2
    assert "masked variables cannot be expanded" in ran.err


def test_a_value_that_gitlab_would_not_mask_is_a_warning(gluv: Gluv, repo: Repo) -> None:
    repo.commit(
        {
            ".gitlab-ci.yml": "a:\n  script: ['echo $PIN']\n",
            "pyproject.toml": '[tool.gluv.variables]\nPIN = {value = "0000", masked = true}\n',
        }
    )
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 0
    assert "warning: the variable PIN of the project is masked, but GitLab would refuse" in ran.err
    assert "a | [MASKED]" in ran.out
    problems = json.loads(gluv("plan", "-C", repo.root, "--json").out)["problems"]
    assert [(each["code"], each["severity"]) for each in problems] == [
        ("unmaskable-variable", "warning")
    ]


def test_a_private_file_that_others_may_read(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": CONFIG})
    write_private(repo, PRIVATE, 0o644)
    for command in ("plan", "run", "variables"):
        ran = gluv(command, "-C", repo.root)
        assert ran.code == 2
        assert f"chmod 600 {repo.root / '.gluv' / 'variables.toml'}" in ran.err
        assert SECRET not in ran.out + ran.err


def test_listing_shows_no_values(gluv: Gluv, secret_repo: Repo) -> None:
    ran = gluv("variables", "-C", secret_repo.root)
    assert ran.code == 0
    assert "DEPLOY          project  *             masked\n" in ran.out
    assert "SCOPED          project  production/*\n" in ran.out
    assert SECRET not in ran.out


def test_the_private_file_is_made(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": CONFIG})
    assert gluv("variables", "-C", repo.root).out == ""
    assert gluv("variables", "-C", repo.root, "--create").code == 0
    path = repo.root / ".gluv" / "variables.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert repo.git("status", "--porcelain") == ""
    assert gluv("variables", "-C", repo.root, "--create").code == 2
    assert gluv("plan", "-C", repo.root).code == 0


def test_gitlab_ci_local_and_the_command_line(gluv: Gluv, repo: Repo) -> None:
    repo.commit(
        {
            ".gitlab-ci.yml": "a:\n  script: ['echo $FROM $LEVEL $PLAIN']\n",
            ".gitlab-ci-local-variables.yml": "FROM: their file\nLEVEL: 1\nPLAIN: 010\n",
        }
    )
    ran = gluv("run", "-C", repo.root, "--var", "LEVEL=2")
    assert "a | their file 2 010" in ran.out
