"""What reading a configuration gives."""

import msgspec

from gluv.config.keywords.job import Job
from gluv.config.keywords.variables import Variable
from gluv.config.keywords.workflow import Workflow
from gluv.errors import Problem
from gluv.text.nodes import MapNode, Source


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration after includes, inputs, extends, references and defaults.

    `stages` begins with `.pre` and ends with `.post`; `jobs` holds visible jobs in file order;
    `merged` is the full configuration as nodes (what `gluv show` prints).
    """

    stages: tuple[str, ...]
    variables: dict[str, Variable]
    workflow: Workflow
    jobs: dict[str, Job]
    merged: MapNode


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration with everything that is wrong with it.

    `config` is None when an error kept the jobs from being read at all; otherwise it holds what
    could be read, even beside errors. `sources` maps file names in marks to the text of the file.
    """

    config: Config | None
    problems: tuple[Problem, ...]
    sources: dict[str, Source]

    @property
    def valid(self) -> bool:
        """Whether GitLab would accept it."""
        return not any(problem.severity == "error" for problem in self.problems)
