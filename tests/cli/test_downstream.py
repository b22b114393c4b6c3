"""`trigger:`: child pipelines and pipelines of other projects."""

from pathlib import Path

import pytest

from tests.cli.conftest import Gluv, Repo

PARENT = """\
stages: [build, test, deploy]
variables: {TOP: top}
generate:
  stage: build
  script:
    - |
      cat > child.yml <<END
      made:
        script: ['echo "\\$CI_PIPELINE_SOURCE \\$TOP \\$OWN \\${SECRET-unset}"', 'exit \\$CODE']
      END
  artifacts: {paths: [child.yml]}
bridge:
  stage: test
  variables: {OWN: own-$CI_COMMIT_REF_NAME, CODE: "0"}
  trigger:
    include: [{artifact: child.yml, job: generate}]
    strategy: depend
last:
  stage: deploy
  script: [echo last]
"""


def test_a_generated_child_pipeline_runs_and_its_parent_goes_on(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": PARENT})
    ran = gluv("run", "-C", repo.root, "--var", "SECRET=s", "-j", "1")
    assert ran.code == 0, ran.out
    assert "bridge > made | parent_pipeline top own-main unset" in ran.out
    assert "✓ bridge > made  success" in ran.out
    assert ran.out.index("bridge > made | ✓") < ran.out.index("last     | Running")
    assert "parent_pipeline" in gluv("logs", "-C", repo.root, "bridge > made").out
    # The child is a run of its own in the history, but not one that a person started.
    assert len(gluv("status", "-C", repo.root).out.splitlines()) == 1


def test_a_failed_child_fails_its_bridge_under_depend_only(gluv: Gluv, repo: Repo) -> None:
    failing = PARENT.replace('CODE: "0"', 'CODE: "3"')
    repo.commit({".gitlab-ci.yml": failing})
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 1
    assert "✗ bridge         failed" in ran.out
    assert "» last           skipped" in ran.out
    repo.commit({".gitlab-ci.yml": failing.replace("    strategy: depend\n", "")})
    alone = gluv("run", "-C", repo.root)
    assert alone.code == 0
    assert "✓ bridge         success" in alone.out
    assert "✗ bridge > made  failed" in alone.out
    assert "✓ last           success" in alone.out


@pytest.mark.parametrize(
    ("forward", "printed"),
    [
        ("", "top own-main unset"),
        ("    forward: {pipeline_variables: true}\n", "top own-main s"),
        ("    forward: {yaml_variables: false, pipeline_variables: true}\n", "s"),
    ],
)
def test_forwarded_variables(gluv: Gluv, repo: Repo, forward: str, printed: str) -> None:
    child = "made:\n  script: ['echo got $TOP $OWN ${SECRET-unset}']\n"
    parent = PARENT.replace("[{artifact: child.yml, job: generate}]", "child.yml")
    text = parent.replace("    strategy: depend\n", f"    strategy: depend\n{forward}")
    repo.commit({".gitlab-ci.yml": text, "child.yml": child})
    ran = gluv("run", "-C", repo.root, "--var", "SECRET=s", "bridge")
    assert ran.code == 0, ran.out
    assert f"bridge > made | got {printed}\n" in ran.out


def test_what_is_stronger_in_the_bridge_is_not_forwarded(gluv: Gluv, repo: Repo) -> None:
    text = """\
variables: {WHERE: dev, RAW: {value: 'p$a$$b', expand: false}, FULL: "in-$WHERE"}
bridge: {trigger: {include: child.yml, strategy: depend}}
"""
    child = "made:\n  script: ['echo got $WHERE $RAW $FULL']\n"
    repo.commit({".gitlab-ci.yml": text, "child.yml": child})
    ran = gluv("run", "-C", repo.root, "--var", "WHERE=prod")
    assert "bridge > made | got dev p$a$$b in-prod\n" in ran.out


@pytest.mark.parametrize(
    ("child", "said"),
    [
        ("made:\n  scirpt: [x]\n", "downstream pipeline can not be created, "),
        ("made:\n  script: [x]\n  rules: [{when: never}]\n", "would have been empty"),
        (None, "Local file `child.yml` does not exist!"),
    ],
)
def test_a_child_that_cannot_be_created_fails_its_bridge(
    gluv: Gluv, repo: Repo, child: str | None, said: str
) -> None:
    text = "bridge:\n  trigger: {include: child.yml}\n"
    repo.commit({".gitlab-ci.yml": text, **({"child.yml": child} if child else {})})
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 1
    assert "bridge: downstream_pipeline_creation_failed" in ran.out
    assert said in ran.out


def test_children_go_two_deep_and_no_deeper(gluv: Gluv, repo: Repo) -> None:
    text = "bridge:\n  trigger: {include: .gitlab-ci.yml, strategy: depend}\n"
    repo.commit({".gitlab-ci.yml": text})
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 1
    assert "bridge > bridge > bridge: reached_max_descendant_pipelines_depth" in ran.out


def test_a_project_that_is_not_mapped_is_reported(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "bridge:\n  trigger: group/other\n"})
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 1
    assert "bridge: downstream_bridge_project_not_found" in ran.out
    assert '[tool.gluv.projects] "group/other" = "../path"' in ran.out


def test_a_mapped_project_runs_from_its_checkout(gluv: Gluv, repo: Repo, tmp_path: Path) -> None:
    other = Repo(tmp_path / "other")
    other.root.mkdir()
    other.git("init", "--quiet", "--initial-branch=main")
    other.commit(
        {
            ".gitlab-ci.yml": "deploy:\n"
            '  script: [cat name.txt, "echo $CI_PIPELINE_SOURCE $TOP"]\n',
            "name.txt": "the other one\n",
        }
    )
    repo.commit(
        {
            ".gitlab-ci.yml": "variables: {TOP: top}\n"
            "bridge:\n  trigger: {project: group/other, strategy: depend}\n",
            "pyproject.toml": '[tool.gluv.projects]\n"group/other" = "../other"\n',
        }
    )
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 0, ran.out
    assert "bridge > deploy | the other one\n" in ran.out
    assert "bridge > deploy | pipeline top\n" in ran.out
