"""The plan as a table of 80 columns."""

import re

import msgspec
import pytest

from gluv.config.keywords.allow_failure import ExitCodes
from gluv.config.keywords.image import Image
from gluv.errors import Mark
from gluv.plan.model import MatchedRule, Plan, Skipped
from gluv.report.paint import Paint
from gluv.report.plan_table import render_plan
from gluv.report.table import display_width, fit_columns, keep_end, wrap
from tests.report.test_graph import SMALL, job, plan_of

PLAIN = Paint(False)


def test_columns_that_say_nothing_are_left_out() -> None:
    plan = plan_of("build test", job("a", "build"), job("b", "test"))
    assert render_plan(plan, PLAIN) == (
        "pipeline for branch main at 00000000 (push)\n\nbuild\n  a\n\ntest\n  b"
    )


def test_what_matters_stands_in_aligned_columns_by_stage() -> None:
    assert render_plan(SMALL, PLAIN).splitlines() == [
        "pipeline for branch main at 00000000 (push)",
        "",
        "  JOB      WHEN    NEEDS",
        "build",
        "  wheel",
        "",
        "test",
        "  unit             wheel",
        "  lint             nothing",
        "  types",
        "",
        "deploy",
        "  publish  manual  unit, wheel",
    ]


def test_how_a_job_runs_its_image_and_the_rule_that_let_it_in() -> None:
    made = msgspec.structs.replace(
        job("a", "build", when="delayed"),
        start_in=1800,
        allow_failure=ExitCodes(exit_codes=(3, 4)),
        image=Image(name="python:3.12"),
        rule=MatchedRule(index=0, if_='$A == "b"', mark=Mark("ci.yml", 12, 3)),
    )
    assert render_plan(plan_of("build", made), PLAIN).splitlines()[2:] == [
        "  JOB  WHEN                                 IMAGE",
        "build",
        "  a    delayed 1800 s, allow_failure: 3, 4  python:3.12",
        '    rule of line 12: $A == "b"',
    ]


def test_all_legs_of_a_parallel_job_are_needed_by_its_one_name() -> None:
    legs = [
        msgspec.structs.replace(job(f"unit: [{value}]", "test"), base_name="unit")
        for value in ("a", "b")
    ]
    whole = job("whole", "deploy", "")
    needs = tuple(
        msgspec.structs.replace(need, job=leg.name)
        for leg, need in zip(legs, (SMALL.jobs[1].needs or ()) * 2, strict=True)
    )
    whole = msgspec.structs.replace(whole, needs=needs)
    part = msgspec.structs.replace(whole, name="part", needs=needs[:1])
    text = render_plan(plan_of("test deploy", *legs, whole, part), PLAIN)
    assert "  whole      unit\n" in f"{text}\n"
    assert "  part       unit: [a]\n" in f"{text}\n"


def crowded() -> Plan:
    image = Image(name="registry.example.com/some/group/uv:0.9-python3.12-bookworm-slim")
    needed = [job(f"a-needed-job-{index}", "build") for index in range(9)]
    last = msgspec.structs.replace(
        job(
            "integration: [a-long-value, another-long-value, 3.12]",
            "test",
            " ".join(other.name for other in needed),
            when="manual",
        ),
        allow_failure=True,
        image=image,
        rule=MatchedRule(index=0, if_=" && ".join(["$VARIABLE"] * 20), mark=Mark("c", 7, 1)),
    )
    why = "rules: no clause matched: " + "; ".join(f"`$V{index}` is false" for index in range(20))
    plan = plan_of("build test", *needed, last)
    return msgspec.structs.replace(plan, skipped=(Skipped(name="x" * 30, why=why),))


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_everything_fits(width: int) -> None:
    text = render_plan(crowded(), PLAIN, width=width)
    assert max(display_width(line) for line in text.splitlines()) <= width


@pytest.mark.parametrize("width", [80, 100])
def test_nothing_but_the_start_of_an_image_is_left_out(width: int) -> None:
    text = render_plan(crowded(), PLAIN, width=width)
    squeezed = "".join(text.split())
    assert squeezed.count("$VARIABLE") == 20
    assert squeezed.count("isfalse") == 20
    assert all(f"a-needed-job-{index}" in text for index in range(9))
    assert "python3.12-bookworm-slim" in text


def test_no_pipeline_is_one_line_with_the_reason() -> None:
    plan = Plan(pipeline=None, stages=(), jobs=(), skipped=(), problems=(), reason="Nothing.")
    assert render_plan(plan, PLAIN) == "no pipeline: Nothing."


def test_secrets_are_taken_out_before_lines_are_wrapped() -> None:
    secret = "se cret" * 6
    made = msgspec.structs.replace(job("a", "build"), image=Image(name=f"host/{secret}:1"))
    plan = plan_of("build", made)
    plan = msgspec.structs.replace(plan, skipped=(Skipped(name="b", why=f"{secret} " * 5),))
    text = render_plan(plan, PLAIN, conceal=lambda text: text.replace(secret, "[MASKED]"))
    assert "cret" not in text
    assert text.count("[MASKED]") == 6


def test_colours_do_not_move_columns() -> None:
    painted = render_plan(SMALL, Paint(True))
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == render_plan(SMALL, PLAIN)


def test_wrap_and_cut() -> None:
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("abcdefgh ij", 4) == ["abcd", "efgh", "ij"]
    assert wrap("a\u00a0b c", 3) == ["a b", "c"]
    assert wrap("", 5) == [""]
    assert wrap("漢字漢字", 4) == ["漢字", "漢字"]
    assert keep_end("registry/uv:1", 6) == "…/uv:1"
    assert keep_end("uv:1", 6) == "uv:1"
    assert fit_columns([10, 30, 5], [8, 10, 5], 30) == [10, 15, 5]
    assert fit_columns([10, 30, 5], [8, 10, 5], 10) == [8, 10, 5]


def test_names_and_rules_cannot_write_to_the_terminal() -> None:
    made = msgspec.structs.replace(
        job("a\x1b[31m\tb", "st\nage"),
        rule=MatchedRule(index=0, if_="$A\n  && $B", mark=Mark("c", 2, 1)),
    )
    plan = msgspec.structs.replace(plan_of("x", made), stages=("st\nage",))
    assert render_plan(plan, PLAIN).splitlines()[2:] == [
        "st age",
        "  a?[31m b",
        "    rule of line 2: $A && $B",
    ]
