"""Jobs against events."""

from gluv.config import load
from gluv.plan import build
from gluv.plan.context import Context
from gluv.plan.matrix import Cell, Column, build_matrix, matrix_object
from gluv.text.nodes import Source
from tests.plan.building import branch, merge_request, tag
from tests.plan.test_guide import NoFiles

TEXT = """\
stages: [test, deploy]
publish:
  stage: deploy
  script: date
  rules:
    - if: $CI_COMMIT_TAG
      when: manual
unit:
  parallel: {matrix: [{X: [1, 2]}]}
  script: date
  rules:
    - if: $X == "1"
    - if: $CI_COMMIT_TAG
lint:
  script: date
"""


def column(name: str, context: Context, text: str = TEXT) -> Column:
    loaded = load(Source(".gitlab-ci.yml", text), NoFiles())
    assert loaded.config is not None
    plan = build(loaded.config, context, problems=loaded.problems)
    return Column(name=name, config=loaded.config, plan=plan)


def test_rows_are_jobs_by_stage() -> None:
    rows = build_matrix([column("push", branch()), column("tag", tag())])
    assert [(row.job, row.stage) for row in rows] == [
        ("unit", "test"),
        ("lint", "test"),
        ("publish", "deploy"),
    ]
    unit, _, publish = rows
    assert unit.cells == (
        Cell(jobs=("unit: [1]",), total=2, when="on_success"),
        Cell(jobs=("unit: [1]", "unit: [2]"), total=2, when="on_success"),
    )
    assert publish.cells[0].jobs == ()
    assert "`$CI_COMMIT_TAG` (line 6) is false" in publish.cells[0].why
    assert publish.cells[1] == Cell(jobs=("publish",), when="manual")


def test_no_pipeline_is_a_reason_for_every_job() -> None:
    text = f"workflow: {{rules: [{{if: $CI_COMMIT_TAG}}]}}\n{TEXT}"
    rows = build_matrix([column("mr", merge_request(), text)])
    assert all("workflow:rules: no clause matched" in row.cells[0].why for row in rows)


def test_a_job_that_only_one_event_knows() -> None:
    more = column("more", branch(), f"{TEXT}extra:\n  script: date\n")
    rows = build_matrix([column("push", branch()), more])
    extra = next(row for row in rows if row.job == "extra")
    assert extra.cells[0].why == "the configuration of this event has no such job"
    assert extra.cells[1].jobs == ("extra",)


def test_as_data() -> None:
    made = matrix_object([column("mr", merge_request()), column("tag", tag())])
    assert made["contexts"] == [
        {
            "name": "mr",
            "pipeline": {
                "name": None,
                "source": "merge_request_event",
                "ref": "topic",
                "tag": False,
            },
            "reason": None,
            "problems": [],
        },
        {
            "name": "tag",
            "pipeline": {"name": None, "source": "push", "ref": "v1.2.0", "tag": True},
            "reason": None,
            "problems": [],
        },
    ]
    jobs = made["jobs"]
    assert isinstance(jobs, list)
    lint = next(job for job in jobs if job["name"] == "lint")
    assert lint["contexts"]["mr"]["jobs"] == []
    assert "only (implicit)" in lint["contexts"]["mr"]["why"]
    assert lint["contexts"]["tag"] == {"when": "on_success", "jobs": ["lint"], "why": None}
