"""`artifacts:reports:dotenv`: variables one job hands to later ones, by GitLab's rules."""

import re
from pathlib import Path

MAX_SIZE = 5 * 1024
"""Bytes of one dotenv report."""

_KEY = re.compile(r"[a-zA-Z0-9_]+")


class DotenvInvalid(ValueError):
    """GitLab refuses the report; the message is its reason."""


def read_dotenv(path: Path) -> dict[str, str]:
    """The variables of a report.

    Every line is `KEY=VALUE`: no empty lines, no comments, nothing is unquoted or expanded.
    Raises `DotenvInvalid` with GitLab's reason.
    """
    content = path.read_bytes()
    if len(content) > MAX_SIZE:
        raise DotenvInvalid(f"Dotenv Artifact Too Big. Maximum Allowable Size: {MAX_SIZE}")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise DotenvInvalid("Invalid Format") from error
    variables: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if not equals:
            raise DotenvInvalid("Invalid Format")
        if not _KEY.fullmatch(key.strip()):
            raise DotenvInvalid("Key can contain only letters, digits and '_'.")
        variables[key.strip()] = value.strip()
    return variables
