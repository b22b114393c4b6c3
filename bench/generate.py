"""Makes a git repository with a pipeline of N jobs, written as people write large ones.

The jobs come in groups of ten (a build, four matrix legs, a linter, a type check, a package, docs,
a deployment). They use anchors, `extends`, matrices, `!reference`, rules, variables and needs; each
included file holds ten groups. Ten thousand jobs are a hundred included files.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

SIZES = (1, 10, 100, 1_000, 2_000, 10_000)
GROUP = 10
GROUPS_A_FILE = 10

ONE = """\
test:
  script:
    - uv sync --locked
    - uv run pytest
"""

HEAD = """\
stages: [build, test, check, package, deploy]

variables:
  UV_LINK_MODE: copy
  UV_CACHE_DIR: .uv-cache
  REGION: eu-$CI_COMMIT_REF_SLUG

default:
  image: ghcr.io/astral-sh/uv:0.9-python3.12-bookworm-slim
  interruptible: true
  retry:
    max: 1
    when: [runner_system_failure, stuck_or_timeout_failure]

.rules:
  always:
    - if: $CI_PIPELINE_SOURCE == "schedule"
      when: never
    - if: $CI_COMMIT_TAG =~ /^v[0-9]+/
    - if: $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS == null

.uv:
  variables:
    UV_PYTHON: "3.12"
  cache:
    key: uv-$CI_COMMIT_REF_SLUG
    paths: [.uv-cache]
  before_script:
    - uv --version
    - uv sync --locked
  rules: !reference [.rules, always]

.test:
  extends: .uv
  stage: test
  artifacts:
    when: always
    expire_in: 1 week
    reports:
      junit: report.xml
"""

FILE_HEAD = """\
.part-{part}: &part-{part}
  SERVICE: service-{part}
  ENDPOINT: https://$REGION.example.com/$SERVICE
"""

TEN = """\

build-{n}:
  extends: .uv
  stage: build
  variables:
    <<: *part-{part}
    TARGET: build-{n}
  script: &script-{n}
    - echo "$CI_JOB_NAME for $TARGET"
    - uv build --package lib-{n}
  artifacts:
    paths: [dist/]

test-{n}:
  extends: .test
  variables:
    <<: *part-{part}
  needs: [build-{n}]
  parallel:
    matrix:
      - PYTHON: ["3.11", "3.12"]
        DATABASE: [sqlite, postgres]
  script:
    - uv run --python $PYTHON pytest libs/lib-{n} --junitxml report.xml

lint-{n}:
  extends: .uv
  stage: check
  needs: []
  script:
    - uv run ruff check libs/lib-{n}

types-{n}:
  extends: .uv
  stage: check
  needs:
    - job: build-{n}
      artifacts: false
  allow_failure: true
  script:
    - uv run mypy libs/lib-{n}

package-{n}:
  extends: .uv
  stage: package
  needs: [test-{n}, lint-{n}, types-{n}]
  script: *script-{n}

docs-{n}:
  stage: package
  needs: [build-{n}]
  script:
    - !reference [.uv, before_script]
    - uv run mkdocs build --site-dir public/lib-{n}
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
      variables:
        DOCS: "yes"

deploy-{n}:
  stage: deploy
  needs: [package-{n}]
  variables:
    <<: *part-{part}
  environment:
    name: staging/lib-{n}
    url: https://staging.example.com/lib-{n}
  resource_group: staging-{n}
  script:
    - ./deploy.sh lib-{n} "$ENDPOINT"
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
      when: manual
      allow_failure: true
"""


def render_pipeline(jobs: int) -> dict[str, str]:
    """The files of a pipeline of `jobs` jobs (1, or a multiple of ten), by path."""
    if jobs == 1:
        return {".gitlab-ci.yml": ONE}
    if jobs < GROUP or jobs % GROUP:
        raise SystemExit(f"{jobs} jobs: give 1 or a multiple of {GROUP}")
    groups = range(jobs // GROUP)
    files = {}
    for part, first in enumerate(range(0, len(groups), GROUPS_A_FILE)):
        text = FILE_HEAD.format(part=part)
        text += "".join(TEN.format(n=n, part=part) for n in groups[first : first + GROUPS_A_FILE])
        files[f"ci/part-{part}.yml"] = text
    include = "include:\n" + "".join(f"  - local: {path}\n" for path in files)
    return {".gitlab-ci.yml": f"{include}\n{HEAD}", **files}


def make_repository(directory: Path, jobs: int) -> Path:
    """Write the pipeline into a new git repository in `directory`, committed; returns it."""
    for path, text in render_pipeline(jobs).items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    environment = os.environ | {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Bench"), ("EMAIL", "bench@example.com"))
    }
    for command in (
        ("init", "--quiet", "--initial-branch=main"),
        ("config", "user.name", "Bench"),
        ("config", "user.email", "bench@example.com"),
        # A clone has these; gitlab-ci-local wants them, and nobody connects to the address.
        ("remote", "add", "origin", "https://gitlab.example.com/group/project.git"),
        ("add", "--all"),
        ("commit", "--quiet", "--message", "Make a pipeline"),
        ("update-ref", "refs/remotes/origin/main", "HEAD"),
        ("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"),
    ):
        subprocess.run(["git", *command], cwd=directory, env=environment, check=True)
    return directory


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("directory", type=Path, help="a new folder")
    parser.add_argument("--jobs", type=int, nargs="+", default=list(SIZES))
    arguments = parser.parse_args()
    for jobs in arguments.jobs:
        print(make_repository(arguments.directory / f"jobs-{jobs}", jobs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
