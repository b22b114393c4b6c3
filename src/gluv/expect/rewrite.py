"""Expectation files with today's plan in them."""

from collections.abc import Sequence

import msgspec

from gluv.expect.model import Outcome
from gluv.expect.read import KEYS, read_expectations
from gluv.expect.scene import Planned, Surroundings, plan_scene
from gluv.expect.write import (
    STARTING_SCENES,
    first,
    has_comments,
    head_of,
    render_file,
    today,
)
from gluv.text.nodes import Source, plain
from gluv.text.reader import parse
from gluv.text.write import render_yaml


class Rewritten(msgspec.Struct, frozen=True, kw_only=True):
    """The new text of a file; comments below its first lines are not kept."""

    text: str
    comments_lost: bool


def rewrite(
    source: Source, outcomes: Sequence[Outcome], planned: Sequence[Planned]
) -> Rewritten | None:
    """The file with today's plan where an expectation does not hold; None if all hold.

    Expectations that hold keep what they say. The file is written anew: of its comments those
    above the first key stay.
    """
    if all(outcome.holds for outcome in outcomes):
        return None
    root = parse(source)
    single = not root.items.keys().isdisjoint(KEYS)
    written = {
        outcome.expectation.name: plain(outcome.expectation.node)
        if outcome.holds
        else today(outcome.expectation, plan)
        for outcome, plan in zip(outcomes, planned, strict=True)
    }
    text = render_file(written, single=single, head=head_of(source.text))
    return Rewritten(text=text, comments_lost=has_comments(source.text))


def starting_files(surroundings: Surroundings) -> dict[str, str]:
    """The first expectations of a project: one file for each kind of pipeline."""
    files = {}
    for name, context in STARTING_SCENES.items():
        source = Source(f"{name}.yml", render_yaml({"context": context, "jobs": []}))
        expectation = read_expectations(source).expectations[0]
        planned = plan_scene(expectation.scene, surroundings)
        files[source.name] = render_file({name: first(context, planned)}, single=True)
    return files
