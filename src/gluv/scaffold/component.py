"""A pipeline of one `include:component`, with inputs for what is the project's own."""

from gluv.scaffold.choices import Choices
from gluv.scaffold.facts import Facts
from gluv.scaffold.lines import Entry, Item, Quoted, Slot, write_entries
from gluv.scaffold.pipeline import workflow

ADDRESS = "$CI_SERVER_FQDN/gluv/gluv/uv"
"""Where the component is if the project was mirrored under its own name; see docs/component.md."""


def write_component(
    facts: Facts, choices: Choices, address: str | None, header: str, *, version: str
) -> str:
    """The file; `version` is that of the component, which gluv's own releases have."""
    included = Item(
        (
            Entry("component", address or f"{ADDRESS}@{version}"),
            Entry("inputs", [*_inputs(facts, choices), Slot("inputs")]),
        )
    )
    stages = ["test", *(["build"] if facts.packages else [])]
    stages += ["release"] if choices.release != "none" else []
    entries: list[Entry | Slot] = [
        Entry("include", [included]),
        workflow(cache_policy=False),
        Entry("stages", [*stages, Slot("stages")], spaced=True),
    ]
    lines = [*(f"# {line}" for line in header.splitlines()), "", *write_entries(entries)]
    return "\n".join([*lines, "", *write_entries([Slot("jobs")])]) + "\n"


def _inputs(facts: Facts, choices: Choices) -> list[Entry]:
    return [
        Entry("uv-version", Quoted(choices.uv)),
        Entry("python-versions", [Quoted(each) for each in choices.pythons]),
        Entry("base-layer", choices.base_layer),
    ]
