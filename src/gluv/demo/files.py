"""The files of the demo project, as text."""

NAME = "parrot"
VERSION = "0.1.0"
TAG = f"v{VERSION}"

PYPROJECT = """\
[project]
name = "parrot"
version = "0.1.0"
description = "Says what it is told to say"
readme = "README.md"
requires-python = ">=3.9"
dependencies = []

[project.scripts]
parrot = "parrot:main"

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[dependency-groups]
dev = ["pytest>=8"]
"""

README = """\
# parrot

A package to watch a pipeline with. `parrot hello` says hello.
"""

MODULE = '''\
"""Says what it is told to say."""

import sys


def say(*words: str) -> str:
    """The words, as a parrot says them."""
    return " ".join((*words, "squawk!"))


def main() -> None:
    """The program `parrot`."""
    print(say(*sys.argv[1:]))
'''

TEST = """\
from parrot import say


def test_says_what_it_is_told() -> None:
    assert say("hello") == "hello squawk!"
"""

GITIGNORE = """\
.gluv/
.uv-cache/
.venv/
__pycache__/
dist/
"""

PIPELINE = """\
# The four parts of uv's guide to GitLab CI/CD: the image, the cache, uv pip, and a release.
stages: [test, release]

variables:
  UV_VERSION: "0.10.6"
  PYTHON_VERSION: "@PYTHON@"
  BASE_LAYER: trixie-slim
  # GitLab CI creates a separate mountpoint for the build directory,
  # so we need to copy instead of using hard links.
  UV_LINK_MODE: copy

default:
  image: ghcr.io/astral-sh/uv:$UV_VERSION-python$PYTHON_VERSION-$BASE_LAYER

test:
  stage: test
  variables:
    UV_CACHE_DIR: .uv-cache
  cache:
    - key:
        files:
          - uv.lock
      paths:
        - $UV_CACHE_DIR
  script:
    - uv sync --locked
    - uv run pytest
    - uv cache prune --ci

system-python:
  stage: test
  variables:
    UV_SYSTEM_PYTHON: 1
  script:
    - uv pip install .
    - parrot hello from the system Python of the image

release-job:
  stage: release
  rules:
    - if: $CI_COMMIT_TAG
  variables:
    GLAB_CHECK_UPDATE: 'no'
    UV_PUBLISH_URL: "${CI_API_V4_URL}/projects/${CI_PROJECT_ID}/packages/pypi"
    UV_PUBLISH_USERNAME: "gitlab-ci-token"
    UV_PUBLISH_PASSWORD: "${CI_JOB_TOKEN}"
  script:
    - uv build --wheel --all-packages
  release:
    tag_name: '$CI_COMMIT_TAG'
    description: '$CI_PROJECT_NAME release $CI_COMMIT_TAG'
  after_script:
    - |
      for package in dist/*.whl; do
          uv publish "$package" && \\
          GITLAB_HOST=$CI_SERVER_URL glab release create "$CI_COMMIT_TAG" \\
            --repo "$CI_PROJECT_PATH" \\
            --assets-links='[{"name": "'$(basename "${package%-*-*-*}")'",
                              "url": "'"$UV_PUBLISH_URL/files/$(sha256sum "$package" | cut --delimiter=' ' --fields=1)/$(basename "$package")"'",
                              "link_type": "package"}]'
      done
"""  # noqa: E501 (the loop is the guide's own)
