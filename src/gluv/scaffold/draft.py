"""What `gluv init` would write: the files and what to tell the user."""

import msgspec

from gluv.errors import UsageWrong
from gluv.scaffold.choices import Choices, Images, choose
from gluv.scaffold.component import write_component
from gluv.scaffold.extend import PART, extend
from gluv.scaffold.facts import Facts
from gluv.scaffold.header import Order, read_order, write_header
from gluv.scaffold.kept import put_kept, read_kept
from gluv.scaffold.pipeline import write_part, write_pipeline
from gluv.scaffold.read_facts import read_facts
from gluv.scaffold.tree import Tree

PIPELINE = ".gitlab-ci.yml"


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it is (None: it is not there) and as it should be.

    `whole`: everything in it but the user's parts is gluv's, so that writing it may lose something.
    """

    path: str
    old: str | None
    new: str
    whole: bool = True

    @property
    def changed(self) -> bool:
        """Whether it is not as it should be."""
        return self.old != self.new


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The files, the one that explains the others first; `notes` are for the user."""

    facts: Facts
    choices: Choices
    order: Order
    files: tuple[Written, ...]
    notes: tuple[str, ...]


def existing_order(tree: Tree) -> Order | None:
    """What the files that are there were asked for; None if none is of gluv's making."""
    return read_order(tree.read(PIPELINE)) or read_order(tree.read(PART))


def write_draft(tree: Tree, order: Order, images: Images, *, own_uv: str, version: str) -> Draft:
    """Decide and write, in memory; `version` is gluv's own, for the address of its component.

    Raises `UsageWrong` for a project or wishes that no pipeline can be written for.
    """
    facts = read_facts(tree)
    choices = choose(facts, order.options, images, own_uv)
    header = write_header(order)
    notes = [*choices.notes]
    if order.mode == "part":
        old = tree.read(PIPELINE)
        if old is None:
            raise UsageWrong(
                f"there is no {PIPELINE} to extend", hint="gluv init without --extend writes one"
            )
        extension = extend(PIPELINE, old)
        text = write_part(facts, choices, extension.layout, header)
        notes += [extension.note] if extension.note else []
        files: tuple[Written, ...] = (
            _written(tree, PART, text),
            Written(path=PIPELINE, old=old, new=extension.text, whole=False),
        )
    else:
        if order.mode == "component":
            text = write_component(facts, choices, order.component, header, version=version)
        else:
            text = write_pipeline(facts, choices, header)
        files = (_written(tree, PIPELINE, text),)
    return Draft(
        facts=facts,
        choices=choices,
        order=order,
        files=files,
        notes=(*notes, *_advice(facts, choices)),
    )


def _written(tree: Tree, path: str, text: str) -> Written:
    old = tree.read(path)
    return Written(path=path, old=old, new=put_kept(text, read_kept(old or "")))


def _advice(facts: Facts, choices: Choices) -> list[str]:
    """What the project lacks for a better pipeline, each with the command that brings it."""
    advice = []
    project = facts.kind == "project"
    tested = any(member.tests for member in facts.members)
    if project and not facts.locked:
        advice.append("there is no uv.lock in git, so every run may resolve anew: uv lock")
    if project and tested and not facts.tool("pytest-cov") and not facts.tool("coverage"):
        advice.append("coverage in merge requests: uv add --dev pytest-cov, then gluv init again")
    advice += [
        f"{tool.name} has settings but no locked version: uv add --dev {tool.name}"
        for tool in facts.tools
        if project and tool.where == "configured" and tool.name != "pytest"
    ]
    if project and not facts.tool("ruff"):
        advice.append("no linter among the dependencies: uv add --dev ruff, then gluv init again")
    if facts.pinned and len(choices.pythons) == 1 and facts.pinned != choices.python:
        advice.append(f".python-version says {facts.pinned}, the pipeline {choices.python}")
    if choices.release == "pypi":
        advice.append(
            "PyPI must know this project's release job as a trusted publisher (docs/init.md)"
        )
    return advice
