"""How a release ends before its end, and the one who watches it."""

from collections.abc import Callable
from typing import ClassVar, Literal

import msgspec

from gluv.errors import Stop

State = Literal["done", "skipped", "would", "note"]


class ReleaseStopped(Stop):
    """Something is wrong with what was to be released, or GitLab refused it."""

    exit_code: ClassVar[int] = 1


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what happened: the step, how it ended, in words.

    `skipped` was true already, `would` is what a dry run leaves undone, `note` is for the reader.
    """

    name: str
    state: State
    text: str


Say = Callable[[Step], None]
