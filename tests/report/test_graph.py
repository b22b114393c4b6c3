"""Drawings of a pipeline: nothing overlaps, every edge arrives, no name breaks a format."""

import json
import random
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from gluv.config.keywords.image import Image
from gluv.plan.model import Pipeline, Plan, PlannedJob, PlannedNeed
from gluv.report.graph import Graph, build_graph
from gluv.report.graph_dot import render_dot
from gluv.report.graph_json import render_json
from gluv.report.graph_layout import lay_out
from gluv.report.graph_mermaid import render_mermaid
from gluv.report.graph_svg import render_svg
from gluv.report.graph_tree import render_tree
from gluv.report.paint import Paint

SVG = "{http://www.w3.org/2000/svg}"
ODD = 'a "quoted" <b>&amp; `c` #1; end\\n]}>é漢\x01'


def plan_of(stages: str, *jobs: PlannedJob, name: str | None = None) -> Plan:
    pipeline = Pipeline(name=name, source="push", ref="main", tag=False, sha="0" * 40, variables={})
    return Plan(
        pipeline=pipeline,
        stages=(".pre", *stages.split(), ".post"),
        jobs=jobs,
        skipped=(),
        problems=(),
    )


def job(name: str, stage: str, needs: str | None = None, when: str = "on_success") -> PlannedJob:
    edges = None if needs is None else tuple(PlannedNeed(job=need) for need in needs.split())
    return PlannedJob(name=name, base_name=name, stage=stage, needs=edges, when=when)


SMALL = plan_of(
    "build test deploy",
    job("wheel", "build"),
    job("unit", "test", "wheel"),
    job("lint", "test", ""),
    job("types", "test"),
    job("publish", "deploy", "unit wheel", when="manual"),
)


def random_graph(seed: int, size: int) -> Graph:
    """A pipeline of `size` jobs in up to six stages; needs go to any earlier job."""
    dice = random.Random(seed)
    stages = [f"stage-{index}" for index in range(dice.randint(1, 6))]
    jobs: list[PlannedJob] = []
    for index in range(size):
        stage = stages[index * len(stages) // size]
        known = [other.name for other in jobs]
        chosen = dice.sample(known, min(len(known), dice.randint(0, 4)))
        needs = None if dice.random() < 0.4 else " ".join(chosen)
        made = job(f"job-{index}", stage, needs)
        jobs.append(made)
    return build_graph(plan_of(" ".join(stages), *jobs))


def test_the_graph_knows_who_waits_for_what() -> None:
    graph = build_graph(SMALL)
    assert graph.stages == ("build", "test", "deploy")
    waits = {job.name: (job.needs, job.by_stage, job.waits) for job in graph.jobs}
    assert waits == {
        "wheel": ((), False, False),
        "unit": (("wheel",), False, True),
        "lint": ((), False, False),
        "types": ((), True, True),
        "publish": (("unit", "wheel"), False, True),
    }


def test_a_need_of_a_job_that_does_not_run_is_no_edge() -> None:
    graph = build_graph(plan_of("build", job("a", "build", "gone")))
    assert graph.jobs[0].needs == ()


@pytest.mark.parametrize("seed", range(12))
def test_nothing_overlaps_and_every_edge_goes_from_column_to_column(seed: int) -> None:
    graph = random_graph(seed, 50)
    layout = lay_out(graph, box=40, lane=6, gap=12)
    for column in layout.columns:
        for above, below in pairwise(column):
            assert below.y - above.y >= (above.height + below.height) / 2 + 12 - 1e-6
    assert min(item.y - item.height / 2 for item in layout.items.values()) == pytest.approx(0)
    for made in graph.jobs:
        for need in made.needs:
            way = [(need, -1), *layout.routes[need, made.name], (made.name, -1)]
            layers = [layout.items[key].layer for key in way]
            assert layers == list(range(layers[0], layers[-1] + 1))
            assert len(layers) > 1


def test_a_job_comes_right_of_what_it_needs_in_its_own_stage() -> None:
    graph = build_graph(
        plan_of("test", job("c", "test", "b"), job("b", "test", "a"), job("a", "test"))
    )
    layout = lay_out(graph, box=40, lane=6, gap=12)
    assert [layout.items[name, -1].layer for name in "abc"] == [0, 1, 2]


def test_edges_that_can_be_drawn_without_crossing_are() -> None:
    jobs = [job(f"a{index}", "one") for index in range(8)]
    jobs += [job(f"b{index}", "two", f"a{7 - index}") for index in range(8)]
    layout = lay_out(build_graph(plan_of("one two", *jobs)), box=40, lane=6, gap=12)
    left = [item.key[0] for item in layout.columns[0]]
    right = [item.key[0] for item in layout.columns[1]]
    assert [f"b{7 - int(name[1:])}" for name in left] == right


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    root = ET.fromstring(svg)
    found = []
    for group in root.iter(f"{SVG}g"):
        if (group.get("class") or "").startswith("job"):
            rect = group.find(f"{SVG}rect")
            assert rect is not None
            x, y, width, height = (
                float(rect.get(key) or "") for key in ("x", "y", "width", "height")
            )
            found.append((x, y, x + width, y + height))
    return found


@pytest.mark.parametrize("size", [1, 5, 20, 50])
def test_svg_draws_every_job_once_inside_of_the_picture(size: int) -> None:
    graph = random_graph(size, size)
    svg = render_svg(graph)
    root = ET.fromstring(svg)
    width, height = float(root.get("width") or ""), float(root.get("height") or "")
    drawn = boxes(svg)
    assert len(drawn) == size
    for index, (left, top, right, bottom) in enumerate(drawn):
        assert 0 < left < right < width
        assert 0 < top < bottom < height
        for other in drawn[index + 1 :]:
            apart = other[0] >= right or left >= other[2] or other[1] >= bottom or top >= other[3]
            assert apart
    edges = [
        path for path in root.iter(f"{SVG}path") if "edge" in (path.get("class") or "").split()
    ]
    titled = [path for path in edges if path.find(f"{SVG}title") is not None]
    assert len(titled) == sum(len(made.needs) for made in graph.jobs)


def test_no_edge_of_the_svg_crosses_a_box() -> None:
    """Between columns curves are free; inside of a column an edge keeps to its lane."""
    for seed in range(6):
        svg = render_svg(random_graph(seed, 40))
        drawn = boxes(svg)
        for path in re.findall(r'class="edge[^"]*"[^>]* d="([^"]+)"', svg):
            x, y = 0.0, 0.0
            for command, values in re.findall(r"([MHCh])([-\d. ]+)", path):
                numbers = [float(value) for value in values.split()]
                if command == "H":
                    inside = [
                        box
                        for box in drawn
                        if box[1] < y < box[3]
                        and min(x, numbers[0]) < box[2]
                        and box[0] < numbers[0]
                    ]
                    assert inside == []
                    x = numbers[0]
                elif command != "h":
                    x, y = numbers[-2:]


def test_svg_escapes_and_has_titles_and_both_colour_schemes() -> None:
    svg = render_svg(build_graph(plan_of("build", job(ODD, "build"), name=ODD)))
    root = ET.fromstring(svg)
    titles = [title.text or "" for title in root.iter(f"{SVG}title")]
    readable = ODD.replace("\x01", "?")
    assert titles[0].startswith(readable)
    assert any(title.startswith(f"{readable} (build)\n") for title in titles)
    assert "prefers-color-scheme:dark" in svg
    assert root.find(f"{SVG}script") is None


def test_svg_keeps_long_names_inside_their_box_and_whole_in_the_title() -> None:
    name = "integration: [" + ", ".join(f"value-{index}" for index in range(30)) + "]"
    svg = render_svg(build_graph(plan_of("build", job(name, "build"))))
    [text] = [text.text or "" for text in ET.fromstring(svg).iter(f"{SVG}text")][2:]
    assert "…" in text
    assert len(text) < 40
    assert text.endswith("29]")
    assert name in svg


def test_svg_shows_the_last_part_of_an_image() -> None:
    made = PlannedJob(
        name="a", base_name="a", stage="b", image=Image(name="example.com/group/uv:1.2@sha256:00")
    )
    assert ">uv:1.2<" in render_svg(build_graph(plan_of("b", made)))


def test_tree() -> None:
    assert render_tree(build_graph(SMALL), Paint(False)).splitlines() == [
        "pipeline for branch main at 00000000 (push)",
        "├── build",
        "│   └── wheel",
        "├── test",
        "│   ├── unit  ← wheel",
        "│   ├── lint",
        "│   └── types",
        "└── deploy",
        "    └── publish (manual)  ← unit, wheel",
    ]


def test_the_tree_wraps_long_needs() -> None:
    jobs = [job(f"job-number-{index}", "a") for index in range(20)]
    jobs.append(job("last", "b", " ".join(made.name for made in jobs)))
    lines = render_tree(build_graph(plan_of("a b", *jobs)), Paint(False)).splitlines()
    assert max(len(line) for line in lines) <= 80
    assert "job-number-19" in lines[-1]


def test_mermaid() -> None:
    assert render_mermaid(build_graph(SMALL)).splitlines() == [
        "flowchart LR",
        '  subgraph s0["build"]',
        '    j0["wheel"]',
        "  end",
        '  subgraph s1["test"]',
        '    j1["unit"]',
        '    j2["lint"]',
        '    j3["types"]',
        "  end",
        '  subgraph s2["deploy"]',
        '    j4(["publish<br/>manual"])',
        "  end",
        "  j0 --> j1",
        "  j1 --> j4",
        "  j0 --> j4",
        "  s0 -.-> j3",
    ]


def test_no_name_breaks_mermaid() -> None:
    text = render_mermaid(build_graph(plan_of("build", job(ODD, "build"))))
    [label] = re.findall(r'j0\["(.*)"\]', text)
    assert re.fullmatch(r"(?:[\w _\-./,:]|#\d+;)+", label)
    shown = re.sub(r"#(\d+);", lambda match: chr(int(match[1])), label)
    assert shown == ODD


def test_a_stage_that_waits_as_a_whole_is_one_arrow_in_mermaid_and_dot() -> None:
    graph = build_graph(plan_of("a b", job("1", "a"), job("2", "b"), job("3", "b")))
    assert render_mermaid(graph).splitlines()[-1] == "  s0 -.-> s1"
    assert "  j0 -> j1 [ltail=cluster_0, style=dashed, lhead=cluster_1];" in render_dot(graph)


def test_no_name_breaks_dot() -> None:
    text = render_dot(build_graph(plan_of("build", job('a "b" \\ c\nd', "build"))))
    assert 'j0 [label="a \\"b\\" \\\\ c\\nd"];' in text
    assert text.count("{") == text.count("}")


def test_json() -> None:
    graph = json.loads(render_json(build_graph(SMALL)))
    assert graph["stages"] == ["build", "test", "deploy"]
    assert [(made["name"], made["waits_for"]) for made in graph["jobs"]] == [
        ("wheel", "nothing"),
        ("unit", "needs"),
        ("lint", "nothing"),
        ("types", "stage"),
        ("publish", "needs"),
    ]
    assert graph["edges"] == [
        {"from": "wheel", "to": "unit"},
        {"from": "unit", "to": "publish"},
        {"from": "wheel", "to": "publish"},
    ]
