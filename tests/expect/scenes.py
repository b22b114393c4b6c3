"""Short ways to a plan and what is expected of it."""

from gluv.errors import Problem
from gluv.expect.case import case_surroundings
from gluv.expect.compare import compare
from gluv.expect.model import Outcome
from gluv.expect.read import read_expectations
from gluv.expect.scene import Planned, Surroundings, plan_scene
from gluv.text.nodes import Source

PIPELINE = """\
variables: {WHERE: here}
build:
  stage: build
  image: python:3.12
  script: make
test:
  script: make test
  needs: [build]
deploy:
  stage: deploy
  script: make deploy
  environment: production
  rules:
    - if: $CI_COMMIT_TAG
      when: manual
"""


def surroundings(pipeline: str = PIPELINE) -> Surroundings:
    return case_surroundings({".gitlab-ci.yml": pipeline.encode()}, {})


def outcomes(text: str, pipeline: str = PIPELINE) -> list[Outcome]:
    return [outcome for outcome, _ in planned(text, pipeline)]


def planned(text: str, pipeline: str = PIPELINE) -> list[tuple[Outcome, Planned]]:
    read = read_expectations(Source("expect.yml", text))
    assert read.problems == ()
    plans = [plan_scene(each.scene, surroundings(pipeline)) for each in read.expectations]
    return list(zip(map(compare, read.expectations, plans), plans, strict=True))


def outcome(text: str, pipeline: str = PIPELINE) -> Outcome:
    (only,) = outcomes(text, pipeline)
    return only


def wrong(text: str, pipeline: str = PIPELINE) -> list[str]:
    """Where the one expectation does not hold."""
    return [difference.where for difference in outcome(text, pipeline).differences]


def mistakes(text: str) -> tuple[Problem, ...]:
    return read_expectations(Source("expect.yml", text)).problems
