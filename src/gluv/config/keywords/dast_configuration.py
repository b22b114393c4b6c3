"""`dast_configuration:` (a keyword of GitLab's paid tiers)."""

from typing import Final

from gluv.config.keywords.reading import Problems, absent, read_map, read_text, words
from gluv.text.nodes import Node

PROFILES: Final = ("site_profile", "scanner_profile")


def read_dast_configuration(node: Node, at: str, problems: Problems) -> dict[str, str] | None:
    """The profiles by key; None if it is no map."""
    profiles = read_map(node, f"{at} config", problems, PROFILES)
    if profiles is None:
        return None
    return {
        key: name
        for key, value in profiles
        if key in PROFILES
        and not absent(value)
        and (name := read_text(value, f"{at} {words(key)}", problems)) is not None
    }
