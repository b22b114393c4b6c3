"""The drawing of a pipeline: columns, groups, lines."""

from gluv.server.pages.graph import build_graph, group_name
from gluv.store import JobRow


def job(number: int, name: str, stage: str, needs: tuple[str, ...] | None = None) -> JobRow:
    return JobRow(
        id=number,
        pipeline_id=1,
        name=name,
        stage=stage,
        status="success",
        exit_code=0,
        reason="",
        duration=1.0,
        notes=(),
        created_at=0,
        started_at=None,
        finished_at=None,
        needs=needs,
    )


def columns(jobs: list[JobRow], by: str) -> list[tuple[str, list[str]]]:
    graph = build_graph(jobs, {}, by="needs" if by == "needs" else "stage")
    return [(column.title, [node.name for node in column.nodes]) for column in graph.columns]


def test_names_that_differ_by_number_or_matrix_are_one_group() -> None:
    same = ("test 1/3", "test 2/3", "test: [3.12, linux]", "test: [a] 1/2", "test:1:2", "test")
    assert {group_name(name) for name in same} == {"test"}
    for name in ("test-3", "build v1.0", "[odd]", "1/2", "test [x]y"):
        assert group_name(name) in (name, "test")
    assert group_name("deploy: prod") == "deploy: prod"


def test_stages_are_columns_and_a_matrix_is_a_node() -> None:
    jobs = [
        job(1, "lint", "check"),
        job(2, "test: [3.12]", "test"),
        job(3, "test: [3.13]", "test"),
        job(4, "pack", "build"),
    ]
    assert columns(jobs, "stage") == [
        ("check", ["lint"]),
        ("test", ["test"]),
        ("build", ["pack"]),
    ]
    (node,) = build_graph(jobs, {}, by="stage").columns[1].nodes
    assert node.is_group
    assert [shown.job.name for shown in node.jobs] == ["test: [3.12]", "test: [3.13]"]


def test_needs_put_a_job_after_what_it_waits_for() -> None:
    jobs = [
        job(1, "a", "one"),
        job(2, "b", "one", ("a",)),
        job(3, "c", "two", ()),
        job(4, "d", "two"),
        job(5, "e", "three", ("c", "missing")),
    ]
    steps = columns(jobs, "needs")
    assert steps == [("Step 1", ["a", "c"]), ("Step 2", ["b", "e"]), ("Step 3", ["d"])]
    graph = build_graph(jobs, {}, by="needs")
    assert [(edge.source, edge.target) for edge in graph.edges] == [(0, 1), (2, 4)]


def test_a_group_is_tied_by_one_line_and_not_to_itself() -> None:
    jobs = [
        job(1, "x 1/2", "one"),
        job(2, "x 2/2", "one", ("x 1/2",)),
        job(3, "y", "two", ("x 1/2", "x 2/2")),
    ]
    graph = build_graph(jobs, {}, by="needs")
    assert [(edge.source, edge.target) for edge in graph.edges] == [(0, 1)]


def test_of_several_attempts_the_last_one_is_shown() -> None:
    jobs = [job(1, "a", "one"), job(2, "b", "one"), job(3, "a", "one")]
    first = build_graph(jobs, {}, by="stage").columns[0].nodes[0]
    assert (first.jobs[0].job.id, first.jobs[0].attempts) == (3, 2)


def test_needs_in_a_circle_end() -> None:
    jobs = [job(1, "a", "one", ("b",)), job(2, "b", "one", ("a",))]
    assert sum(len(names) for _, names in columns(jobs, "needs")) == 2


def test_nodes_stand_near_what_they_need() -> None:
    jobs = [
        *(job(number, f"a{number}x", "one") for number in range(1, 5)),
        *(job(10 + number, f"b{number}x", "two", (f"a{5 - number}x",)) for number in range(1, 5)),
    ]
    assert columns(jobs, "needs")[1][1] == ["b4x", "b3x", "b2x", "b1x"]
