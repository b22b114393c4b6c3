"""How these tests read a configuration: from text, and only its problems, config or one job."""

from textwrap import dedent

from gluv.config.defaults import apply_defaults
from gluv.config.keywords.job import Job
from gluv.config.keywords.pipeline import read_pipeline
from gluv.config.model import Config
from gluv.errors import Problem
from gluv.text.nodes import Source
from gluv.text.reader import parse


def read(text: str) -> tuple[Config | None, list[Problem]]:
    merged, _ = apply_defaults(parse(Source(".gitlab-ci.yml", dedent(text))))
    return read_pipeline(merged)


def messages(text: str) -> list[str]:
    """The sentences of all errors."""
    return [problem.message for problem in read(text)[1] if problem.severity == "error"]


def job_messages(keywords: str) -> list[str]:
    """The errors of a job `x` with a script and these keywords (lines, or one map in braces)."""
    return messages(f"x:\n  script: exit 0\n{_indented(keywords)}")


def job(keywords: str) -> Job:
    """A job `x` with a script and these keywords, which must be valid."""
    return valid(f"x:\n  script: exit 0\n{_indented(keywords)}").jobs["x"]


def valid(text: str) -> Config:
    config, problems = read(text)
    assert [problem.message for problem in problems] == []
    assert config is not None
    return config


def _indented(text: str) -> str:
    if text.startswith("{"):
        text = f"<<: {text}"
    return "".join(f"  {line}\n" for line in dedent(text).strip("\n").split("\n"))
