"""The release on GitLab: created with all its links in one request, or brought up to date."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from gluv.release.api import Answered, ApiError, Conflict, Forbidden, GitlabApi, Missing, encode
from gluv.release.explain import explain
from gluv.release.gitlab import Gitlab
from gluv.release.links import Change, Link, plan_changes
from gluv.release.retry import Retry
from gluv.release.stop import ReleaseStopped

_ROUNDS = 4


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """What the release should say.

    `notes` fills an empty description; only notes that were asked for (`replace`) change another.
    """

    tag: str
    name: str | None
    notes: str
    replace: bool
    links: tuple[Link, ...]


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it, with the release as GitLab shows it."""

    done: Literal["created", "updated", "unchanged"]
    release: dict[str, Any]


class Releases:
    """The releases of one project."""

    def __init__(
        self, api: GitlabApi, gitlab: Gitlab, retry: Retry, note: Callable[[str], None]
    ) -> None:
        self._api = api
        self._gitlab = gitlab
        self._retry = retry
        self._note = note

    def find(self, tag: str) -> dict[str, Any] | None:
        """The release of a tag; None without one (older GitLabs say 403). Raises `Stop`."""
        try:
            found: dict[str, Any] = self._ask("GET", f"releases/{encode(tag)}")
        except (Missing, Forbidden):
            return None
        except ApiError as error:
            raise self._explained(error, tag) from error
        return found

    def announce(self, wanted: Announcement) -> Announced:
        """Create the release, or update it. Raises `Stop`."""
        done: Literal["created", "updated", "unchanged"] = "unchanged"
        release = self.find(wanted.tag)
        if release is None:
            release, done = self._create(wanted), "created"
        try:
            if self._describe(wanted, release):
                done = "updated" if done == "unchanged" else done
            if self._link(wanted, release):
                done = "updated" if done == "unchanged" else done
        except ApiError as error:
            raise self._explained(error, wanted.tag, doing="link") from error
        found = self.find(wanted.tag)
        if found is None:
            raise ReleaseStopped(f"the release {wanted.tag} is gone again")
        return Announced(done=done, release=found)

    def _create(self, wanted: Announcement) -> dict[str, Any]:
        """All at once: whoever is told of a new release sees its files.

        An answer that got lost is no failure: then the release is there, and is read.
        """
        body: dict[str, Any] = {"tag_name": wanted.tag, "name": wanted.name or wanted.tag}
        if wanted.notes:
            body["description"] = wanted.notes
        if wanted.links:
            body["assets"] = {"links": [link.body() for link in wanted.links]}
        try:
            created: dict[str, Any] = self._ask("POST", "releases", body)
        except Conflict as error:
            found = self.find(wanted.tag)
            if found is None:
                raise self._explained(error, wanted.tag) from error
            return found
        except ApiError as error:
            raise self._explained(error, wanted.tag) from error
        return created

    def _describe(self, wanted: Announcement, release: dict[str, Any]) -> bool:
        body = description_change(wanted, release)
        if body:
            self._ask("PUT", f"releases/{encode(wanted.tag)}", body)
        return bool(body)

    def _link(self, wanted: Announcement, release: dict[str, Any]) -> bool:
        """Change links one by one, and look again after one that was taken meanwhile."""
        changed = False
        for attempt in range(_ROUNDS):
            changes = plan_changes(links_of(release), wanted.links)
            try:
                for change in changes:
                    self._change(wanted.tag, change)
                    changed = True
            except Answered as error:
                taken = error.status == 404 or "already been taken" in error.said
                if not taken or attempt + 1 == _ROUNDS:
                    raise
                release = self.find(wanted.tag) or {}
                continue
            break
        return changed

    def _change(self, tag: str, change: Change) -> None:
        path = f"releases/{encode(tag)}/assets/links"
        if change.id is not None:
            path += f"/{change.id}"
        self._ask(change.method, path, change.link.body() if change.link else None)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        whole = f"{self._gitlab.path}/{path}"
        return self._retry.run(lambda: self._api.ask(method, whole, body), self._note)

    def _explained(
        self, error: ApiError, tag: str, doing: Literal["release", "link"] = "release"
    ) -> Exception:
        return explain(error, doing=doing, what=f"release {tag}", who=self._gitlab.who)


def description_change(wanted: Announcement, release: dict[str, Any]) -> dict[str, str]:
    """The fields of an existing release that must change: its name and notes, if asked for."""
    body: dict[str, str] = {}
    if wanted.name is not None and release.get("name") != wanted.name:
        body["name"] = wanted.name
    has = (release.get("description") or "").strip()
    if wanted.notes and has != wanted.notes.strip() and (wanted.replace or not has):
        body["description"] = wanted.notes
    return body


def links_of(release: dict[str, Any]) -> Sequence[dict[str, Any]]:
    """The links of a release as the API shows it."""
    links: Sequence[dict[str, Any]] = (release.get("assets") or {}).get("links") or []
    return links
