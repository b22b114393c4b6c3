"""`glab release create`: exactly the calls that glab makes, in its order."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from gluv.release.api import Answered, ApiError, Forbidden, GitlabApi, Missing, encode


class ReleaseOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line of `release create` says."""

    repo: str
    tag: str
    name: str = ""
    ref: str = ""
    tag_message: str = ""
    notes: str = ""
    milestones: tuple[str, ...] = ()
    released_at: str = ""
    links: tuple[dict[str, Any], ...] = ()
    no_update: bool = False
    no_close_milestone: bool = False
    default_branch: str = ""


class Failed(Exception):
    """The command ends with exit code 1 and this sentence."""


def create_release(
    api: GitlabApi,
    options: ReleaseOptions,
    say: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Create the release of a tag, or update it, then add the links one by one.

    The first link that GitLab refuses ends it; links added before stay. Raises `Failed`.
    """
    ref = options.ref or _ref_of_missing_tag(api, options, say)
    start = clock()
    say(f"• Creating or updating release repo={options.repo} tag={options.tag}")
    try:
        release = _create_or_update(api, options, ref, say)
        tag = str(release.get("tag_name") or options.tag)
        for link in options.links:
            _add_link(api, options.repo, tag, link, say)
    except (ApiError, Failed) as error:
        took = clock() - start
        raise Failed(f"release failed after {took:.2f} seconds: {error}") from error
    if options.no_close_milestone:
        say("✓ Skipping closing milestones")
    elif options.milestones:
        _close_milestones(api, options, say)
    say(f"✓ Release succeeded after {clock() - start:.2f} seconds.")


def read_links(text: str) -> tuple[dict[str, Any], ...]:
    """The JSON of `--assets-links`. Raises `Failed` for what is no list of objects."""
    try:
        return tuple(msgspec.json.decode(text, type=list[dict[str, Any]]))
    except msgspec.MsgspecError as error:
        raise Failed(f"failed to parse JSON string: {error}") from error


def notes_text_or_file(value: str, directory: Path) -> str:
    """A release description that may be a file of the repository; with a space it is text."""
    if " " in value.strip():
        return value
    root = directory.resolve()
    path = (root / value.lstrip("/")).resolve()
    if not path.is_relative_to(root):
        return value
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return value


def _ref_of_missing_tag(api: GitlabApi, options: ReleaseOptions, say: Callable[[str], None]) -> str:
    say(f"• Validating tag {options.tag}")
    project = f"projects/{encode(options.repo)}"
    try:
        api.get(f"{project}/repository/tags/{encode(options.tag)}")
    except Missing:
        say("• Tag does not exist.")
        say("• No ref provided. Creating the tag from the latest state of the default branch.")
    except ApiError as error:
        raise Failed(f"could not fetch tag: {error}") from error
    else:
        return ""
    try:
        branch = str(api.get(project)["default_branch"])
    except (ApiError, KeyError, TypeError):
        # A job token may not read the project; the runner's variable says the same.
        branch = options.default_branch
    if branch:
        say(f'• using default branch "{branch}" as ref')
    return branch


def _create_or_update(
    api: GitlabApi, options: ReleaseOptions, ref: str, say: Callable[[str], None]
) -> dict[str, Any]:
    releases = f"projects/{encode(options.repo)}/releases"
    try:
        api.get(f"{releases}/{encode(options.tag)}")
    except (Forbidden, Missing):
        exists = False
    else:
        exists = True
    body: dict[str, Any] = {"name": options.name or options.tag}
    if options.notes:
        body["description"] = options.notes
    if options.released_at:
        body["released_at"] = _moment(options.released_at)
    if options.milestones:
        body["milestones"] = list(options.milestones)
    if exists:
        if options.no_update:
            raise Failed(
                f'release for tag "{options.tag}" already exists and --no-update flag was specified'
            )
        release = api.put(f"{releases}/{encode(options.tag)}", body)
        done = "updated"
    else:
        body["tag_name"] = options.tag
        if ref:
            body["ref"] = ref
        if options.tag_message:
            body["tag_message"] = options.tag_message
        release = api.post(releases, body)
        done = "created:"
    found = release if isinstance(release, dict) else {}
    say(f"✓ Release {done}\turl={found.get('_links', {}).get('self', '')}")
    return found


def _add_link(
    api: GitlabApi, repo: str, tag: str, link: dict[str, Any], say: Callable[[str], None]
) -> None:
    if link.get("filepath") and link.get("direct_asset_path"):
        raise Failed("direct_asset_path and filepath cannot be used together")
    body = {"name": link.get("name"), "url": link.get("url")}
    path = link.get("direct_asset_path") or link.get("filepath")
    if path:
        # glab makes the path start with a slash, which GitLab requires.
        body["direct_asset_path"] = f"/{str(path).lstrip('/')}"
    if link.get("link_type"):
        body["link_type"] = link["link_type"]
    try:
        api.post(f"projects/{encode(repo)}/releases/{encode(tag)}/assets/links", body)
    except Answered as error:
        raise Failed(f"failed to create release link: {error}") from error
    say(f"✓ Added release asset\tname={link.get('name')} url={link.get('url')}")


def _close_milestones(api: GitlabApi, options: ReleaseOptions, say: Callable[[str], None]) -> None:
    """Close each milestone; one that cannot be closed is said and passed over, as in glab."""
    milestones = f"projects/{encode(options.repo)}/milestones"
    for title in options.milestones:
        try:
            found = api.get(f"{milestones}?title={encode(title)}")
            if not found:
                raise Failed(f'could not find milestone "{title}"')
            api.put(f"{milestones}/{found[0]['id']}", {"state_event": "close"})
        except (ApiError, Failed, KeyError, TypeError) as error:
            say(f"x {error}")
        else:
            say(f'✓ Closed milestone "{title}"')


def _moment(text: str) -> str:
    """A `--released-at` in full; glab takes any beginning of RFC 3339, in UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Failed(f'parsing time "{text}": {error}') from error
    return moment.isoformat() + ("" if moment.tzinfo else "Z")
