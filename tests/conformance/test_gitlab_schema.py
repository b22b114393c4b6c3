"""GitLab's own valid and invalid keys, fed one by one: accepted and refused as on its server.

The data lies beside the checkout (see its README); without it this file skips. The rules themselves
are proved by `tests/config/keywords`.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from gluv.config.loading import load
from gluv.errors import Problem
from gluv.text.nodes import MapNode, Source, plain
from gluv.text.reader import parse

ROOT: Final = Path(__file__).resolve().parents[2]
DATA: Final = ROOT.parent / "shared" / "conformance" / "gitlab-schema"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the shared conformance data is not beside this checkout"
)

# What a key alone cannot have: the other jobs and the stages of its file.
ELSEWHERE: Final = frozenset(
    (
        "undefined-stage",
        "undefined-need",
        "undefined-dependency",
        "undefined-on-stop",
        "later-need",
        "later-dependency",
        "no-visible-job",
        "circular-needs",
    )
)

# What only the included file decides, and these files do not exist.
EXTERNAL: Final = (
    "failed integrity check!",
    "Given inputs not defined in the `spec` section of the included configuration file",
)

# Positive for the editor's schema, refused by the server; argued in docs/keywords.md.
SERVER_REFUSES: Final[Mapping[tuple[str, str], str]] = {
    ("gitlab-ci.json", "build"): "unknown keys: license_management",
    ("gitlab-ci.json", "test"): "unknown keys: license_management",
    ("gitlab-ci.json", "default"): "can't contain '*' when used with 'expose_as'",
    ("include.yml", "trigger:include accepts project and file properties"): "script, trigger",
    ("include.yml", "trigger:include accepts optional ref property"): "script, trigger",
}

# Kinds of exceptions.yml after which a negative case need not be refused.
ACCEPTED_KINDS: Final = ("schema-only", "schema-unchecked")

GLOBALS: Final = frozenset(
    (
        "after_script",
        "before_script",
        "cache",
        "default",
        "image",
        "include",
        "services",
        "spec",
        "stages",
        "variables",
        "workflow",
    )
)


class AnyFile:
    """A fetcher for which every file exists and holds one hidden job."""

    def local(self, path: str) -> Source:
        return _file(path)

    def local_files(self) -> tuple[str, ...]:
        return ()

    def remote(self, url: str) -> Source:
        return _file(url)

    def project(self, project: str, path: str, ref: str | None) -> Source:
        return _file(path)

    def template(self, name: str) -> Source:
        return _file(name)

    def component(self, address: str) -> Source:
        return _file(address)

    def artifact(self, job: str, path: str) -> Source:
        return _file(path)


def _file(name: str) -> Source:
    header = "inputs" in name  # what `spec:include` names in these files
    return Source(name, "inputs: {}\n" if header else ".included:\n  script: exit 0\n")


class _Case:
    def __init__(self, sign: str, file: str, key: str) -> None:
        self.sign, self.file, self.key = sign, file, key

    def __str__(self) -> str:
        return f"{self.sign}/{self.file}::{self.key}"


@cache
def _exceptions() -> dict[str, dict[str, list[dict[str, Any]]]]:
    loaded: dict[str, dict[str, list[dict[str, Any]]]] = yaml.safe_load(
        (DATA / "exceptions.yml").read_text()
    )
    return loaded


def _kinds(sign: str, file: str, key: str) -> set[str]:
    entries = _exceptions()[sign].get(file, [])
    return {entry["kind"] for entry in entries if entry["cases"] == "all" or key in entry["cases"]}


def _cases(sign: str) -> Iterator[_Case]:
    if not DATA.is_dir():
        return
    for path in sorted((DATA / sign).rglob("*.*")):
        file = path.relative_to(DATA / sign).as_posix()
        for key in yaml.load(path.read_text(), yaml.BaseLoader):
            yield _Case(sign, file, str(key))


def _config(case: _Case) -> str:
    """The text of one configuration for the case: the key, a script or a job where it needs one."""
    whole = parse(Source(case.file, (DATA / case.sign / case.file).read_text()))
    node = whole.items[case.key]
    kinds = _kinds(case.sign, case.file, case.key)
    wrapped = "wrapped" in kinds and isinstance(node, MapNode)
    config: dict[str, Any] = {case.key: plain(node)}
    if wrapped:
        inner = plain(node)
        assert isinstance(inner, dict)
        config = inner
    jobs = {key: value for key, value in config.items() if key not in GLOBALS}
    for job in jobs.values():
        if isinstance(job, dict) and not job.keys() & {"script", "run", "trigger", "extends"}:
            job["script"] = "exit 0"
    for job in jobs.values():
        if isinstance(job, dict) and "extends" in job:
            for parent in [job["extends"]] if isinstance(job["extends"], str) else job["extends"]:
                config.setdefault(parent, {"script": "exit 0"})
    if not jobs:
        config["a job"] = {"script": "exit 0"}
    header = config.pop("spec", None)
    text = json.dumps(config)
    return text if header is None else f"{json.dumps({'spec': header})}\n---\n{text}"


def _errors(case: _Case) -> list[Problem]:
    loaded = load(Source(case.file, _config(case)), AnyFile())
    return [
        problem
        for problem in loaded.problems
        if problem.severity == "error"
        and problem.code not in ELSEWHERE
        and not problem.message.endswith(EXTERNAL)
    ]


@pytest.mark.parametrize("case", list(_cases("positive")), ids=str)
def test_what_gitlab_accepts_is_accepted(case: _Case) -> None:
    messages = [problem.message for problem in _errors(case)]

    refusal = SERVER_REFUSES.get((case.file, case.key))
    if refusal is None:
        assert messages == []
    else:
        assert any(refusal in message for message in messages)


@pytest.mark.parametrize("case", list(_cases("negative")), ids=str)
def test_what_gitlab_refuses_is_refused(case: _Case) -> None:
    problems = _errors(case)

    if not _kinds("negative", case.file, case.key) & set(ACCEPTED_KINDS):
        assert problems
    assert all(problem.mark is not None for problem in problems)
