"""Pipelines that are as they should be: no rule that is not advice has a word to say."""

import pytest

from tests.lint.bench import lint_ci

UV = "ghcr.io/astral-sh/uv"
PYPROJECT = """\
[project]
name = "parrot"
version = "1.0"
requires-python = ">=3.11"

[build-system]
requires = ["uv_build>=0.11.20,<0.12"]
build-backend = "uv_build"

[tool.uv]
required-version = ">=0.11"
"""
FILES = {
    "pyproject.toml": PYPROJECT,
    "uv.lock": "version = 1\n",
    ".python-version": "3.12\n",
    ".gitignore": ".venv/\n.uv-cache/\n",
}
WHOLE = f"""\
stages: [test, build, release]
workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_TAG
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
variables:
  UV_VERSION: "0.11.20"
  UV_LOCKED: "1"
  UV_CACHE_DIR: $CI_PROJECT_DIR/.uv-cache
  UV_LINK_MODE: copy
default:
  image: {UV}:$UV_VERSION-python3.12-trixie-slim
.cached:
  cache:
    key:
      files: [uv.lock]
      prefix: uv-$UV_PYTHON
    paths: [.uv-cache]
test:
  extends: .cached
  image: {UV}:$UV_VERSION-python$UV_PYTHON-trixie-slim
  parallel:
    matrix:
      - UV_PYTHON: ["3.11", "3.12", "3.13"]
  script:
    - uv sync
    - uv run pytest --junitxml=report.xml
  after_script:
    - uv cache prune --ci
  artifacts:
    reports: {{junit: report.xml}}
build:
  stage: build
  script:
    - uv build --clear
  artifacts:
    paths: [dist/]
publish:
  stage: release
  rules:
    - if: $CI_COMMIT_TAG =~ /^v/ && $CI_COMMIT_REF_PROTECTED == "true"
  variables:
    UV_PUBLISH_URL: $CI_API_V4_URL/projects/$CI_PROJECT_ID/packages/pypi
    UV_PUBLISH_CHECK_URL: $UV_PUBLISH_URL/simple
    UV_PUBLISH_USERNAME: gitlab-ci-token
    UV_PUBLISH_PASSWORD: $CI_JOB_TOKEN
  script:
    - |
      if [ "$CI_COMMIT_TAG" != "v$(uv version --short)" ]; then
        echo "$CI_COMMIT_TAG is not the version" >&2
        exit 1
      fi
    - uv publish
"""


def test_a_careful_pipeline() -> None:
    assert lint_ci(WHOLE, **FILES) == []


@pytest.mark.parametrize(
    "job",
    [
        # Nobody knows what is in an image of one's own, or in an image from a variable.
        "image: registry.example.com/ci:1\n  script: [git status, uv pip install x, make]",
        "image: $IMAGE\n  script: [git status, uv pip install x]",
        # What a command before may have brought.
        "image: python:3.12-slim\n  before_script: [apt-get install -y git make]\n"
        "  script: [git status, make]",
        "image: alpine:3.20\n  before_script: [apk add --no-cache $TOOLS]\n  script: [git status]",
        "image: python:3.12\n  before_script: [pip install -r ci.txt]\n"
        "  script: [uv run --locked x]",
        # Guarded commands.
        'image: alpine:3.20\n  script: ["if command -v git; then git status; fi"]',
        # Environments that are made before.
        f"image: {UV}:0.11.20-python3.12-trixie-slim\n  script: [uv venv, uv pip install x]",
        f"image: {UV}:0.11.20-python3.12-trixie-slim\n"
        "  script: [uv sync --locked, uv pip install x]",
        # Text that only looks like a command.
        f"image: {UV}:0.11.20-python3.12-trixie-slim\n"
        "  script: ['echo \"run uv publish, then glab release create\"']",
        f"image: {UV}:0.11.20-python3.12-trixie-slim\n"
        '  script: ["cat > notes <<EOF\\ngit push\\nuv publish\\nEOF"]',
        # A tag newer than the catalogue, and a pinned digest.
        f"image: {UV}:0.99.1-python3.13-trixie-slim\n  script: [uv -V]",
        f"image: {UV}:python3.13-trixie-slim@sha256:{'a' * 64}\n  script: [uv -V]",
        # Secrets that are used, not shown.
        'script: ["echo \\"$TOKEN\\" | docker login --password-stdin"]',
        "script: ['echo \"password $CI_JOB_TOKEN\" > ~/.netrc']",
        # Versions that YAML leaves as they are.
        "variables: {UV_VERSION: 0.11, PYTHON_VERSION: '3.10', SHARE: 1.50}\n  script: [x]",
        # What is set where the rules cannot look.
        f"image: {UV}:0.11.20-python3.11-trixie-slim\n"
        "  script: [export UV_PYTHON=3.11, uv run --locked x]",
        f"image: {UV}:0.11.20-python3.11-trixie-slim\n"
        "  script: [source ci/settings.sh, uv sync]\n  variables: {UV_LOCKED: '1'}",
    ],
)
def test_what_cannot_be_known_is_not_claimed(job: str) -> None:
    assert lint_ci(f"job:\n  {job}\n", **FILES) == []
