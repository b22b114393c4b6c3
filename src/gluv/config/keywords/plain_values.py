"""`coverage:`, `timeout:`, `tags:`, `interruptible:`, `stage:`: keywords of one plain value."""

from typing import Final

from gluv.config.keywords.reading import Problems, read_flag, read_text, read_texts
from gluv.config.keywords.syntax import MONTH, read_duration, read_pattern
from gluv.text.nodes import Node

TAGS_LIMIT: Final = 50


def read_coverage(node: Node, at: str, problems: Problems) -> str | None:
    """The pattern, without its slashes."""
    return read_pattern(node, f"{at} config", problems)


def read_timeout(node: Node, at: str, problems: Problems) -> int | None:
    """Seconds, less than a month."""
    return read_duration(node, f"{at} config", problems, limit=MONTH)


def read_tags(node: Node, at: str, problems: Problems) -> tuple[str, ...]:
    """Fewer than 50 tags."""
    tags = read_texts(node, f"{at} config", problems) or ()
    if len(tags) >= TAGS_LIMIT:
        problems.refuse(
            "too-many", f"{at} config must be less than the limit of {TAGS_LIMIT} tags", node
        )
    return tags


def read_interruptible(node: Node, at: str, problems: Problems) -> bool | None:
    """A boolean."""
    return read_flag(node, f"{at} config", problems)


def read_stage(node: Node, at: str, problems: Problems) -> str | None:
    """The name of a stage."""
    return read_text(node, f"{at} config", problems)
