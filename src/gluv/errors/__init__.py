"""Ways to stop, and the problems of a configuration: the words every other package shares."""

from gluv.errors.exhausted import LESS, exhaustion
from gluv.errors.mark import Mark
from gluv.errors.problem import Problem, Severity
from gluv.errors.stop import (
    Cancelled,
    ConfigurationInvalid,
    EngineUnavailable,
    ImageUnknown,
    Internal,
    MachineExhausted,
    NetworkUnavailable,
    RepositoryUnusable,
    ServerUnavailable,
    Stop,
    StoreFull,
    StoreUnavailable,
    ToolchainUnavailable,
    UsageWrong,
)

__all__ = [
    "LESS",
    "Cancelled",
    "ConfigurationInvalid",
    "EngineUnavailable",
    "ImageUnknown",
    "Internal",
    "MachineExhausted",
    "Mark",
    "NetworkUnavailable",
    "Problem",
    "RepositoryUnusable",
    "ServerUnavailable",
    "Severity",
    "Stop",
    "StoreFull",
    "StoreUnavailable",
    "ToolchainUnavailable",
    "UsageWrong",
    "exhaustion",
]
