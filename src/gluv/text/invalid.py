"""How the reader refuses a document."""

from gluv.errors import Problem


class YamlInvalid(Exception):
    """The text is not YAML that GitLab would load; `problem` says where and in whose words."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem
