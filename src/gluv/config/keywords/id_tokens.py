"""`id_tokens:` and `identity:`."""

from typing import Final

from gluv.config.keywords.reading import (
    Problems,
    read_choice,
    read_map,
    read_text_or_texts,
)
from gluv.text.nodes import Node

PROVIDERS: Final = ("google_cloud",)


def read_id_tokens(node: Node, at: str, problems: Problems) -> dict[str, tuple[str, ...]]:
    """The audiences of each token by the name of its variable."""
    tokens = read_map(node, f"{at} config", problems)
    read: dict[str, tuple[str, ...]] = {}
    for name, value in tokens or ():
        token = read_map(value, f"{at}:{name} config", problems, ("aud",), ("aud",))
        audience = token and token.get("aud")
        if audience is not None:
            audiences = read_text_or_texts(audience, f"{at}:{name} aud", problems)
            if audiences is not None:
                read[name] = audiences
    return read


def read_identity(node: Node, subject: str, problems: Problems) -> str | None:
    """The identity provider whose credentials the job gets."""
    sentence = f"must be one of: {', '.join(PROVIDERS)}"
    return read_choice(node, subject, problems, PROVIDERS, sentence)
