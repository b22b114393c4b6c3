"""What a client's `User-Agent` says of who runs it."""

from msgspec import DecodeError
from msgspec.json import decode


def may_be_a_job(agent: str) -> bool:
    """Whether a job of a pipeline may have sent a request, as far as that can be told.

    A browser is somebody who looks. pip and uv say in the JSON of their `User-Agent` whether a
    variable such as `CI` is set (the format of PyPI's statistics), and every job has that.
    """
    name, _, told = agent.partition(" ")
    if name.startswith("Mozilla/"):
        return False
    if not name.startswith(("pip/", "uv/")) or not told:
        return True
    try:
        found = decode(told)
    except (DecodeError, RecursionError):
        return True
    return not isinstance(found, dict) or "ci" not in found or bool(found["ci"])
