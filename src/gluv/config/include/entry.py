"""The entries of an `include:` node: which files they name, after rules and variables."""

import re
from typing import Any, Literal

import msgspec

from gluv.config.conditions import expand
from gluv.config.fetch import FetchFailed, Repositories
from gluv.config.include.remote import check_remote_keys
from gluv.config.include.rules import RulesInvalid, passes
from gluv.config.include.walk import Place, Walk
from gluv.errors import Mark, Problem
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, plain
from gluv.text.pattern import later

Kind = Literal["local", "project", "remote", "template", "artifact", "component"]

KINDS: tuple[Kind, ...] = ("local", "project", "remote", "template", "artifact", "component")
"""In GitLab's order, as its sentences list them."""

HEADER_KINDS: tuple[Kind, ...] = ("local", "remote", "project")
"""Those that `spec:include` may name."""

_KEYS = (*KINDS, "file", "ref", "job", "integrity", "cache", "inputs", "rules")
_URL = later(r"(?:https?|ssh|git)://[^/\s]+", re.I)


class Include(msgspec.Struct, frozen=True, kw_only=True):
    """One file to include; `location` is what GitLab's sentences call the file."""

    kind: Kind
    location: str
    project: str = ""
    ref: str | None = None
    job: str | None = None
    integrity: str | None = None
    inputs: Node | None = None
    mark: Mark

    def identity(self, place: Place) -> object:
        """Two includes with the same identity include the same things."""
        inputs = _json(self.inputs, sort_keys=True) if self.inputs else ""
        where = (place.kind, place.project, place.ref)
        what = (self.kind, self.location, self.project, self.ref, self.job, inputs)
        return where, what


def is_url(text: str) -> bool:
    """Whether a bare string names a remote file."""
    return _URL.match(text) is not None


def read_includes(
    node: Node | None, place: Place, walk: Walk, kinds: tuple[Kind, ...] = KINDS
) -> list[Include]:
    """The files that `include:` names, in order; what is wrong goes to the walk's problems."""
    if node is None:
        return []
    found: list[Include] = []
    for item in node.items if isinstance(node, SeqNode) else (node,):
        if isinstance(item, ScalarNode) and item.value is None:
            continue
        found += _read_entry(item, place, walk, kinds)
    return found


def _read_entry(node: Node, place: Place, walk: Walk, kinds: tuple[Kind, ...]) -> list[Include]:
    if isinstance(node, ScalarNode) and isinstance(node.value, str):
        text = expand(node.value, place.variables)
        kind: Kind = "remote" if is_url(text) else "local"
        entry = Include(kind=kind, location=_path(kind, text), mark=node.mark)
        return _expanded(entry, place, walk)
    if not isinstance(node, MapNode):
        walk.problem("Each include must be a hash or a string", node.mark)
        return []
    if not _passes(node, place, walk) or not check_remote_keys(node, walk):
        return []
    return _read_map(node, place, walk, kinds)


def _read_map(node: MapNode, place: Place, walk: Walk, kinds: tuple[Kind, ...]) -> list[Include]:
    named = [kind for kind in kinds if _present(node, kind)]
    subkeys = "`, `".join(kinds)
    if not named:
        what = "include" if kinds is KINDS else "header include"
        shown = _json(node, separators=(",", ":"))
        hint = ""
        if "project" in node.items and "file" not in node.items:
            hint = "`project` needs `file`: the path of the file in that project."
        walk.problem(
            f"`{shown}` does not have a valid subkey for {what}. Valid subkeys are: `{subkeys}`",
            node.mark,
            hint=hint,
        )
        return []
    if len(named) > 1:
        walk.problem(f"Each include must use only one of: `{subkeys}`", node.key_mark(named[1]))
        return []
    if kinds is KINDS:
        _warn_unknown(node, walk)
    kind = named[0]
    key = "file" if kind == "project" else kind
    location = node.items[key]
    several = location.items if kind == "project" and isinstance(location, SeqNode) else (location,)
    found: list[Include] = []
    for one in several:
        entry = _one(node, kind, one, place, walk)
        if entry is not None:
            found += _expanded(entry, place, walk)
    return found


def _one(node: MapNode, kind: Kind, location: Node, place: Place, walk: Walk) -> Include | None:
    if not isinstance(location, ScalarNode) or not isinstance(location.value, str):
        shown = _json(location)
        walk.problem(f"Included file `{shown}` needs to be a string", location.mark)
        return None
    text = location.value
    # GitLab looks for wildcards before it expands variables, so `$DIR/*.yml` finds nothing.
    if not (kind == "local" and "*" in text):
        text = expand(text, place.variables)
    return Include(
        kind=kind,
        location=_path(kind, text),
        project=(_text(node, "project", place) or "").lower(),
        ref=_text(node, "ref", place),
        job=_text(node, "job", place),
        integrity=_text(node, "integrity", place),
        inputs=node.get("inputs"),
        mark=location.mark,
    )


def _expanded(entry: Include, place: Place, walk: Walk) -> list[Include]:
    """The files behind a wildcard, in the repository's order; any other entry is itself."""
    if entry.kind != "local" or "*" not in entry.location or place.kind == "nowhere":
        return [entry]
    # RE2 in GitLab: `**` is anything, `*` anything within a folder.
    pattern = re.escape(entry.location).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    try:
        files = sorted(place.files(walk.fetch))
    except FetchFailed as failure:
        walk.problem(failure.message, entry.mark, hint=failure.hint)
        return []
    matching = [path for path in files if re.fullmatch(pattern, path)]
    if not matching and "$" in entry.location:
        walk.problems.append(
            Problem(
                code="include-wildcard",
                message=f"No file matches `{entry.location}`",
                mark=entry.mark,
                severity="warning",
                hint="GitLab expands no variables in a `local` with a wildcard; "
                "write the entry as a bare string.",
            )
        )
    return [msgspec.structs.replace(entry, location=path) for path in matching]


def _passes(node: MapNode, place: Place, walk: Walk) -> bool:
    def files(project: str | None, ref: str | None) -> tuple[str, ...]:
        if project is None:
            return place.files(walk.fetch)
        if isinstance(walk.fetch, Repositories):
            return walk.fetch.project_files(project, ref)
        return ()

    try:
        return passes(node.get("rules"), place.variables, files, walk.rules)
    except RulesInvalid as invalid:
        walk.problem(invalid.message, invalid.node.mark, code="include-rules")
    except FetchFailed as failure:
        walk.problem(failure.message, node.key_mark("rules"), hint=failure.hint)
    return False


def _present(node: MapNode, kind: Kind) -> bool:
    location = node.get("file" if kind == "project" else kind)
    if kind == "project":
        project = node.get("project")
        if project is None or not _is_present(project):
            return False
    return location is not None and _is_present(location)


def _is_present(node: Node) -> bool:
    value = plain(node)
    return bool(value.strip()) if isinstance(value, str) else bool(value)


def _text(node: MapNode, key: str, place: Place) -> str | None:
    value = plain(node.items[key]) if key in node.items else None
    if isinstance(value, list) and key == "project" and value:
        value = value[0]  # GitLab takes a list here for old times' sake
    return expand(str(value), place.variables) if value is not None else None


def _path(kind: Kind, text: str) -> str:
    return text.lstrip("/") if kind in ("local", "project") else text


def _warn_unknown(node: MapNode, walk: Walk) -> None:
    """GitLab ignores other keys without a word; here they are at least named."""
    unknown = [key for key in node.items if key not in _KEYS]
    if unknown:
        walk.problems.append(
            Problem(
                code="unknown-key",
                message=f"include config contains unknown keys: {', '.join(unknown)}",
                mark=node.key_mark(unknown[0]),
                severity="warning",
                hint="GitLab ignores them.",
            )
        )


def _json(node: Node, **form: Any) -> str:
    import json  # few includes need it

    return json.dumps(plain(node), ensure_ascii=False, **form)
