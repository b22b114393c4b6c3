"""What only `include:remote` may say: `integrity` and `cache`."""

from gluv.config.include.walk import Walk
from gluv.text.nodes import MapNode, Source, plain

_PREFIX = "sha256-"


def check_remote_keys(node: MapNode, walk: Walk) -> bool:
    """Report `integrity` and `cache` where they may not stand or are not well formed."""
    before = len(walk.problems)
    remote = "remote" in node.items
    integrity = plain(node.items["integrity"]) if "integrity" in node.items else None
    if integrity is not None:
        text = _integrity_mistake(integrity, remote=remote)
        if text:
            walk.problem(f"include config integrity {text}", node.key_mark("integrity"))
    cache = plain(node.items["cache"]) if "cache" in node.items else None
    if cache not in (None, False, ""):
        text = ""
        if not remote:
            text = "can only be specified for remote includes"
        elif not isinstance(cache, bool | str):
            text = "must be a boolean or a duration string"
        if text:
            walk.problem(f"include config cache {text}", node.key_mark("cache"))
    return len(walk.problems) == before


def verified(source: Source, integrity: str | None) -> bool:
    """Whether the text is the one whose SHA-256 `integrity` holds, as `sha256-<base64>`."""
    if integrity is None:
        return True
    import base64
    import hashlib

    digest = hashlib.sha256(source.text.encode()).digest()
    return integrity == _PREFIX + base64.b64encode(digest).decode()


def _integrity_mistake(integrity: object, *, remote: bool) -> str:
    if not remote:
        return "can only be specified for remote includes"
    if not isinstance(integrity, str) or not integrity.startswith(_PREFIX):
        return "hash must start with 'sha256-'"
    import base64
    import binascii

    try:
        base64.b64decode(integrity.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        return "hash must be base64 encoded"
    return ""
