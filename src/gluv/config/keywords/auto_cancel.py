"""`workflow:auto_cancel` and `workflow:rules:auto_cancel`."""

from typing import Final

import msgspec

from gluv.config.keywords.reading import (
    Problems,
    absent,
    read_choice,
    read_map,
    words,
)
from gluv.text.nodes import Node


class AutoCancel(msgspec.Struct, frozen=True, kw_only=True):
    """`workflow:auto_cancel`."""

    on_new_commit: str | None = None
    on_job_failure: str | None = None


CHOICES: Final = {
    "on_new_commit": ("conservative", "interruptible", "none"),
    "on_job_failure": ("none", "all"),
}


def read_auto_cancel(node: Node, at: str, problems: Problems) -> AutoCancel | None:
    """What is cancelled when; None if it is no map."""
    options = read_map(node, f"{at} config", problems, CHOICES)
    if options is None:
        return None
    read = {
        key: read_choice(
            value,
            f"{at} {words(key)}",
            problems,
            CHOICES[key],
            f"must be one of: {', '.join(CHOICES[key])}",
        )
        for key, value in options
        if key in CHOICES and not absent(value)
    }
    return AutoCancel(**read)
