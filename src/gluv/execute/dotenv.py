"""`artifacts:reports:dotenv`: variables one job hands to later ones, by GitLab's rules.

The rules are those of GitLab's `ParseDotenvArtifactService`; the limits are gitlab.com's.
"""

import codecs
import re
import zlib
from collections.abc import Iterable
from pathlib import Path

MAX_SIZE = 5 * 1024
"""Bytes that all files of one report must stay below, as they are uploaded: compressed."""

MAX_VARIABLES = 50
"""Variables of one report: gitlab.com's limit for Free; Premium has 100, Ultimate 150."""

_KEY = re.compile(r"[a-zA-Z0-9_]+")

_SPACE = "\0\t\n\v\f\r "
"""What Ruby's `strip` takes away."""


class DotenvInvalid(ValueError):
    """GitLab refuses the report; the message is its reason."""


def read_dotenv(paths: Iterable[Path]) -> dict[str, str]:
    """The variables of a report of one or more files; the last of a name counts.

    Every line is `KEY=VALUE`: no empty lines, no comments, nothing is unquoted or expanded.
    Raises `DotenvInvalid` with GitLab's reason, and `OSError`.
    """
    contents = [path.read_bytes() for path in paths]
    if sum(map(_uploaded_size, contents)) >= MAX_SIZE:
        raise DotenvInvalid(f"Dotenv Artifact Too Big. Maximum Allowable Size: {MAX_SIZE}")
    variables: dict[str, str] = {}
    for content in contents:
        for line in _lines(_text(content)):
            key, equals, value = line.partition("=")
            if not equals:
                raise DotenvInvalid("Invalid Format")
            variables[key.strip(_SPACE)] = value.strip(_SPACE)
    if len(variables) > MAX_VARIABLES:
        raise DotenvInvalid(f"Dotenv files cannot have more than {MAX_VARIABLES} variables")
    if not all(map(_KEY.fullmatch, variables)):
        raise DotenvInvalid("Key can contain only letters, digits and '_'.")
    return variables


def _uploaded_size(content: bytes) -> int:
    """A runner sends each file of the report through gzip, and GitLab measures what arrives."""
    return len(zlib.compress(content, wbits=31))


def _text(content: bytes) -> str:
    """Windows' shells write UTF-16 or put a mark before UTF-8; what is neither is replaced."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    return content.decode("utf-8-sig", errors="replace")


def _lines(text: str) -> list[str]:
    """Lines end with a line feed and nothing else; the last one may go without."""
    return text.removesuffix("\n").split("\n") if text else []
