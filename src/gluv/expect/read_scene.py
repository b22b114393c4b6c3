"""`context:` of an expectation to a `Scene`."""

import difflib
from collections.abc import Callable, Mapping

import msgspec

from gluv.config.keywords.reading import ruby_text
from gluv.errors import Mark
from gluv.expect.model import Scene, SceneRequest
from gluv.plan.context import SOURCES, SettingVariable
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, plain

Say = Callable[[str, Mark, str], None]

KEYS = (
    "branch",
    "tag",
    "mr",
    "source",
    "schedule",
    "variables",
    "inputs",
    "changed",
    "changed_since",
    "files",
    "protected",
    "default_branch",
    "project",
    "message",
    "tag_message",
    "settings",
    "dotenv",
)
_REQUEST_KEYS = ("target", "title", "event_type")
_SETTING_KEYS = (
    "value",
    "scope",
    "protected",
    "masked",
    "file",
    "raw",
    "environment_scope",
)
_TEXTS = ("branch", "tag", "source", "default_branch", "project", "message", "tag_message")


def read_scene(node: Node | None, named: Mapping[str, Scene], say: Say) -> Scene:
    """The event: a map, or the name of one in `named`; without one, a push to the default branch.

    What is wrong is said, and left out.
    """
    if isinstance(node, ScalarNode) and isinstance(node.value, str):
        if node.value not in named:
            known = f"the named contexts are: {', '.join(named)}" if named else ""
            say(f"there is no context named `{node.value}`", node.mark, known)
            return Scene()
        return named[node.value]
    if node is None or (isinstance(node, ScalarNode) and node.value is None):
        return Scene()
    if not isinstance(node, MapNode):
        say("`context` is a map or a name", node.mark, f"its keys are: {', '.join(KEYS)}")
        return Scene()
    _known(node, KEYS, "a context", say)
    read: dict[str, object] = {
        key: text for key in _TEXTS if (text := _text(node, key, say)) is not None
    }
    for key in ("variables", "dotenv"):
        read[key] = _variables(node.get(key), key, say)
    read["inputs"] = _inputs(node.get("inputs"), say)
    read["changed"] = _paths(node.get("changed"), "changed", say)
    read["since"] = _since(node.get("changed_since"), say)
    read["files"] = _files(node.get("files"), say)
    read["protected"] = _flag(node.get("protected"), "protected", say)
    read["schedule"] = _schedule(node.get("schedule"), say)
    read["request"] = _request(node.get("mr"), say)
    read["settings"] = _settings(node.get("settings"), say)
    scene = Scene(**read)  # type: ignore[arg-type]
    _check_together(node, scene, say)
    return scene


def _check_together(node: MapNode, scene: Scene, say: Say) -> None:
    if scene.tag is not None and (scene.branch is not None or scene.request is not None):
        say(
            "a pipeline runs for a tag, or for a branch or merge request, not for both",
            node.key_mark("tag"),
            "",
        )
    if scene.source is not None and scene.source not in SOURCES:
        say(
            f"there is no pipeline source `{scene.source}`",
            node.items["source"].mark,
            f"the sources are: {', '.join(SOURCES)}",
        )
    if scene.request is not None and scene.source not in (None, "merge_request_event"):
        say("the source of a merge request is merge_request_event", node.key_mark("source"), "")
    if scene.request is None and scene.source == "merge_request_event":
        say("a merge request needs `mr: TARGET`", node.key_mark("source"), "")
    compares = scene.tag is None and scene.source in (None, "push", "merge_request_event")
    if scene.changed is not None and (not compares or scene.schedule is not None):
        say(
            "GitLab knows what changed for a push to a branch and for a merge request only",
            node.key_mark("changed"),
            "leave out `changed`: in other pipelines `changes` is true",
        )


def _known(node: MapNode, keys: tuple[str, ...], what: str, say: Say) -> None:
    for key in node.items:
        if key not in keys:
            close = difflib.get_close_matches(key, keys, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"the keys are: {', '.join(keys)}"
            say(f"{what} has no key `{key}`", node.key_mark(key), hint)


def _text(node: MapNode, key: str, say: Say) -> str | None:
    value = node.get(key)
    if value is None:
        return None
    if isinstance(value, ScalarNode) and isinstance(value.value, str):
        return value.value
    say(f"`{key}` is text", value.mark, "put it in quotes")
    return None


def _flag(node: Node | None, key: str, say: Say) -> bool | None:
    if node is None or (isinstance(node, ScalarNode) and isinstance(node.value, bool)):
        return None if node is None else bool(node.value)
    say(f"`{key}` is true or false", node.mark, "")
    return None


def _variables(node: Node | None, key: str, say: Say) -> dict[str, str]:
    if node is None:
        return {}
    if not isinstance(node, MapNode):
        say(f"`{key}` is a map of names to values", node.mark, "")
        return {}
    found = {}
    for name, value in node:
        if isinstance(value, ScalarNode):
            found[name] = ruby_text(value.value)
        else:
            say(f"the value of {name} is text", value.mark, "")
    return found


def _inputs(node: Node | None, say: Say) -> dict[str, object]:
    if node is None or isinstance(node, MapNode):
        return {} if node is None else {key: plain(value) for key, value in node}
    say("`inputs` is a map of names to values", node.mark, "")
    return {}


def _paths(node: Node | None, key: str, say: Say) -> tuple[str, ...] | None:
    if node is None or (isinstance(node, ScalarNode) and node.value is None):
        return None
    items = [plain(item) for item in node.items] if isinstance(node, SeqNode) else None
    if items is None or not all(isinstance(item, str) for item in items):
        say(f"`{key}` is a list of paths", node.mark, "")
        return None
    return tuple(str(item) for item in items)


def _since(node: Node | None, say: Say) -> dict[str, tuple[str, ...]]:
    if node is None:
        return {}
    if not isinstance(node, MapNode):
        say("`changed_since` is a map of refs to paths", node.mark, "")
        return {}
    return {ref: _paths(paths, "changed_since", say) or () for ref, paths in node}


def _files(node: Node | None, say: Say) -> dict[str, str | None] | None:
    if not isinstance(node, MapNode):
        paths = _paths(node, "files", say)
        return None if paths is None else dict.fromkeys(paths)
    return {
        path: ruby_text(value.value) if isinstance(value, ScalarNode) else None
        for path, value in node
    }


def _schedule(node: Node | None, say: Say) -> str | None:
    if isinstance(node, ScalarNode) and isinstance(node.value, str):
        return node.value
    return "A schedule" if _flag(node, "schedule", say) else None


def _request(node: Node | None, say: Say) -> SceneRequest | None:
    if node is None:
        return None
    if isinstance(node, ScalarNode) and isinstance(node.value, str):
        return SceneRequest(target=node.value)
    if isinstance(node, MapNode):
        _known(node, _REQUEST_KEYS, "a merge request", say)
        texts = {key: text for key in _REQUEST_KEYS if (text := _text(node, key, say))}
        if "target" in texts:
            return SceneRequest(**texts)
    say("`mr` is the target branch, or a map with `target`", node.mark, "")
    return None


def _settings(node: Node | None, say: Say) -> tuple[SettingVariable, ...]:
    """Variables of the instance, groups and project: plain values, or maps."""
    if node is None:
        return ()
    if not isinstance(node, MapNode):
        say("`settings` is a map of names to values", node.mark, "")
        return ()
    found = []
    for name, value in node:
        for each in value.items if isinstance(value, SeqNode) else (value,):
            raw = plain(each) if isinstance(each, MapNode) else {"value": plain(each)}
            assert isinstance(raw, dict)
            if isinstance(each, MapNode):
                _known(each, _SETTING_KEYS, f"the variable {name}", say)
            if "value" in raw and not isinstance(raw["value"], list | dict):
                raw["value"] = ruby_text(raw["value"])
            try:
                found.append(msgspec.convert({"key": name, **raw}, SettingVariable))
            except msgspec.ValidationError as error:
                say(f"the variable {name}: {error}", each.mark, "")
    return tuple(found)
