"""Getting one included file, with the checks GitLab makes on the way."""

import re

from gluv.config.fetch import ComponentData, FetchFailed, Repositories
from gluv.config.include.entry import Include, is_url
from gluv.config.include.remote import verified
from gluv.config.include.walk import Place, Walk
from gluv.text import YamlInvalid
from gluv.text.nodes import Source
from gluv.text.pattern import later

_YAML = later(r".+\.(yml|yaml)$", re.I | re.S)
_TEMPLATE = ".gitlab-ci.yml"


def fetch_include(include: Include, place: Place, walk: Walk) -> Source | None:
    """The file, or None with a problem reported."""
    mistake = _location_mistake(include, place)
    if mistake:
        walk.problem(mistake, include.mark)
        return None
    try:
        source = _fetch(include, place, walk)
    except FetchFailed as failure:
        walk.problem(failure.message, include.mark, hint=failure.hint)
        return None
    except YamlInvalid as invalid:
        found = invalid.problem
        walk.problem(f"`{include.location}`: {found.message}", found.mark, code=found.code)
        return None
    mistake = _content_mistake(include, source)
    if mistake:
        walk.problem(mistake, include.mark)
        return None
    walk.weighed(source, include.mark)
    return source


def place_of(include: Include, place: Place) -> Place:
    """Where the included file stands; `place` is where the including one does."""
    chain = (*place.chain, include.identity(place))
    match include.kind:
        case "local":
            kind, project, ref = place.kind, place.project, place.ref
            return Place(
                kind=kind, project=project, ref=ref, variables=place.variables, chain=chain
            )
        case "project":
            return Place(
                kind="project",
                project=include.project,
                ref=include.ref,
                variables=place.variables,
                chain=chain,
            )
        case "component":
            project, _, version = _address(include.location)
            return Place(
                kind="project",
                project=project,
                ref=version,
                variables=place.variables,
                chain=chain,
            )
        case "artifact":
            return Place(kind=place.kind, project=place.project, ref=place.ref, chain=chain)
    return Place(kind="nowhere", chain=chain)


def component_of(include: Include, walk: Walk) -> ComponentData | None:
    """What `$[[ component.* ]]` is in this file, if it is a component and the fetcher knows."""
    if include.kind != "component":
        return None
    if isinstance(walk.fetch, Repositories):
        return walk.fetch.component_data(include.location)
    _, name, version = _address(include.location)
    return ComponentData(name=name, sha="", version="", reference=version)


def _fetch(include: Include, place: Place, walk: Walk) -> Source:
    fetch = walk.fetch
    match include.kind:
        case "local":
            if place.kind == "project":
                return fetch.project(place.project, include.location, place.ref)
            return fetch.local(include.location)
        case "project":
            return fetch.project(include.project, include.location, include.ref)
        case "remote":
            return fetch.remote(include.location)
        case "template":
            return fetch.template(include.location)
        case "component":
            return fetch.component(include.location)
        case "artifact":
            return fetch.artifact(include.job or "", include.location)


def _location_mistake(include: Include, place: Place) -> str:
    location = include.location
    if include.kind == "component":
        if place.kind == "nowhere":
            return "Unable to use components outside of a project context"
        return ""
    if not _YAML.fullmatch(location.rsplit("/", 1)[-1]):
        return f"Included file `{location}` does not have YAML extension!"
    if include.kind == "local" and place.kind == "nowhere":
        return f"Local file `{location}` does not have project!"
    if include.kind == "remote" and not is_url(location):
        return f"Remote file `{location}` does not have a valid address!"
    if include.kind == "template" and not location.endswith(_TEMPLATE):
        return f"Template file `{location}` is not a valid location!"
    if include.kind == "artifact" and not include.job:
        return "Job must be provided when including configs from artifacts"
    return ""


def _content_mistake(include: Include, source: Source) -> str:
    location = include.location
    if not verified(source, include.integrity):
        return f"Remote file `{location}` failed integrity check!"
    if source.text.strip():
        return ""
    match include.kind:
        case "local":
            return f"Local file `{location}` is empty!"
        case "project":
            return f"Project `{include.project}` file `{location}` is empty!"
        case "artifact":
            return f"File `{location}` is empty!"
        case "component":
            return f"Component '{location}' - content not found"
    return f"Included file `{location}` is empty or does not exist!"


def _address(address: str) -> tuple[str, str, str]:
    """Project path, component name and version of `host/group/project/name@version`."""
    path, _, version = address.partition("@")
    project, _, name = path.partition("/")[2].rpartition("/")
    return project.lower(), name, version
