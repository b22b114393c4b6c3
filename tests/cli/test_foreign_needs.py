"""`needs:project` and `needs:pipeline:job`: artifacts from other projects and pipelines."""

import pytest

from tests.cli.conftest import Gluv, Repo

CHILD = """\
use:
  needs:
    - pipeline: $PARENT
      job: build
  script: [cat out.txt, 'echo "said $SAID"']
"""
PARENT = """\
stages: [build, test]
build:
  stage: build
  script: [echo built > out.txt, echo SAID=hello > said.env]
  artifacts: {paths: [out.txt], reports: {dotenv: said.env}}
bridge:
  stage: test
  variables: {PARENT: $CI_PIPELINE_ID}
  trigger: {include: child.yml, strategy: depend}
"""


def test_a_child_gets_the_artifacts_of_its_parents_job(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": PARENT, "child.yml": CHILD})
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 0, ran.out
    log = gluv("logs", "-C", repo.root, "bridge > use").out
    assert "Downloading artifacts for build of pipeline #1 (1)..." in log
    assert "\nbuilt\n" in log
    assert "\nsaid hello\n" in log


USER = """\
use:
  needs:
    - {project: group/library, job: build, ref: $REF, artifacts: true}
  variables: {REF: main}
  script: [cat out.txt]
"""


@pytest.fixture
def library(repo: Repo) -> Repo:
    made = Repo(repo.root.parent / "library")
    made.root.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    made.commit({".gitlab-ci.yml": PARENT.partition("bridge:")[0]})
    settings = '[tool.gluv]\nproject = "group/user"\nprojects = {"group/library" = "../library"}\n'
    repo.commit({".gitlab-ci.yml": USER, "pyproject.toml": settings})
    return made


def test_another_projects_last_good_job_of_the_ref(gluv: Gluv, repo: Repo, library: Repo) -> None:
    refused = gluv("run", "-C", repo.root)
    assert refused.code == 1
    assert "missing_dependency_failure" in refused.out
    assert f"nothing has run in {repo.root}/../library yet: gluv run -C" in refused.out
    assert gluv("run", "-C", library.root).code == 0
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 0, ran.out
    assert "Downloading artifacts for build of group/library at main (1)..." in ran.out
    assert "use | built" in ran.out
    other = gluv("run", "-C", repo.root, "--var", "REF=other")
    assert other.code == 1
    assert "build of group/library at other left no artifacts here; run it first" in other.out


@pytest.mark.parametrize(
    ("need", "words"),
    [
        ("{project: group/unknown, job: build, ref: main}", "the project group/unknown is not on"),
        ("{pipeline: $NOTHING, job: build}", "needs:pipeline names no pipeline here: $NOTHING"),
        ("{pipeline: $CI_PIPELINE_ID, job: build}", "build of pipeline #1 left no artifacts here"),
    ],
)
def test_what_is_not_there_fails_the_job_unless_it_is_optional(
    gluv: Gluv, repo: Repo, need: str, words: str
) -> None:
    text = f"use:\n  needs: [{need}]\n  script: [echo ran]\n"
    repo.commit({".gitlab-ci.yml": text})
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 1
    assert words in " ".join(ran.out.split())
    repo.commit({".gitlab-ci.yml": text.replace("}]", ", optional: true}]")})
    assert gluv("run", "-C", repo.root).code == 0
    repo.commit({".gitlab-ci.yml": text.replace("}]", ", artifacts: false}]")})
    assert gluv("run", "-C", repo.root).code == 0
