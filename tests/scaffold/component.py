"""Projects that include gluv's component, from this very checkout."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from gluv.text.nodes import MapNode, plain
from gluv.text.reader import parse_documents
from gluv.text.source import read_source

ROOT = Path(__file__).parents[2]
TEMPLATES = ("uv", "test", "lint", "build", "release")


def read_inputs(template: str) -> dict[str, dict[str, Any]]:
    """The inputs of a template, as its header says."""
    content = (ROOT / f"templates/{template}.yml").read_bytes()
    header = plain(parse_documents(read_source(template, content))[0])
    assert isinstance(header, dict)
    inputs: dict[str, dict[str, Any]] = header["spec"]["inputs"]
    return inputs


def settings(*tables: str) -> str:
    """The tables of a `pyproject.toml` that maps the component's project to this checkout."""
    return f'\n[tool.gluv.projects]\n"gluv/gluv" = "{ROOT}"\n' + "\n".join(tables)


def include(template: str, inputs: Mapping[str, object] = {}, stages: str = "") -> str:
    """A pipeline of nothing but the component; JSON is YAML."""
    entry = {"component": f"$CI_SERVER_FQDN/gluv/gluv/{template}@1.0.0", "inputs": inputs}
    text = msgspec.json.encode([entry]).decode()
    return f"include: {text}\nstages: [{stages or 'test, build, release'}]\n"


def documents(template: str) -> tuple[MapNode, ...]:
    """The header and the jobs."""
    content = (ROOT / f"templates/{template}.yml").read_bytes()
    return parse_documents(read_source(template, content))
