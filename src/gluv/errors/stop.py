"""Every way gluv stops before its work is done, each with its own exit code.

0 is success and 1 a failed pipeline; neither is an error, so neither is here.
"""

from collections.abc import Sequence
from typing import ClassVar

from gluv.errors.problem import Problem


class Stop(Exception):
    """gluv cannot go on. `message` says what and why, `hint` what to do next."""

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageWrong(Stop):
    """The command line or `[tool.gluv]` asks for something that does not exist."""

    exit_code = 2


class ConfigurationInvalid(Stop):
    """GitLab would refuse the `.gitlab-ci.yml`; `problems` says where and why."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem], *, hint: str = "") -> None:
        super().__init__("the configuration is invalid", hint=hint)
        self.problems = tuple(problems)


class RepositoryUnusable(Stop):
    """No git repository, no commit, a detached HEAD, an unknown tag or branch."""

    exit_code = 3


class ToolchainUnavailable(Stop):
    """An image cannot be provided here: unknown tag, no such Python, no such uv."""

    exit_code = 4


class ImageUnknown(ToolchainUnavailable):
    """Nothing but a container can provide the image."""


class NetworkUnavailable(Stop):
    """Something must come from the network and does not."""

    exit_code = 5


class StoreUnavailable(Stop):
    """`.gluv/` or the user's cache cannot be read or written: permissions, full disk, damage."""

    exit_code = 6


class StoreFull(StoreUnavailable):
    """There is no room left for it."""


class ServerUnavailable(Stop):
    """The embedded GitLab cannot listen where it was told to."""

    exit_code = 7


class EngineUnavailable(Stop):
    """A container engine is needed and none answers."""

    exit_code = 8


class MachineExhausted(Stop):
    """The system gives gluv no more memory, threads, processes or open files."""

    exit_code = 9


class Internal(Stop):
    """A fault of gluv itself."""

    exit_code = 70


class Cancelled(Stop):
    """The user pressed Ctrl-C."""

    exit_code = 130
