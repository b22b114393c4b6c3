"""A release from beginning to end: each step shown, each skipped when it is true already."""

import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from gluv.errors import UsageWrong
from gluv.release.announce import Announced, Announcement, Releases, description_change, links_of
from gluv.release.api import ApiError, GitlabApi
from gluv.release.connection import open_pool
from gluv.release.destination import Destination, open_destination
from gluv.release.distribution import Distribution
from gluv.release.gitlab import Gitlab, find_gitlab
from gluv.release.history import History, read_commits
from gluv.release.index import Compared
from gluv.release.links import make_link, plan_changes
from gluv.release.notes import Notes, read_notes
from gluv.release.options import Request
from gluv.release.outcome import Outcome, Published, write_dotenv, write_json
from gluv.release.retry import Clock, Retry
from gluv.release.sources import Sources
from gluv.release.stop import ReleaseStopped, Say, State, Step
from gluv.release.tag import TagRead
from gluv.release.upload import Progress
from gluv.release.uv import Uv, find_uv
from gluv.release.verify import verify_release


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """The world of a release: environment, time, and who hears of it.

    `output` takes the lines of uv, `say` the steps, `progress` the uploads.
    """

    environ: Mapping[str, str]
    say: Say
    output: Callable[[str], None]
    progress: Progress
    clock: Clock = Clock()


def perform(request: Request, here: Surroundings) -> Outcome:
    """Build, compare, upload, release, verify. Run again, it goes on where it stopped.

    Raises `Stop`: `UsageWrong` for what is missing, `ReleaseStopped` for what is wrong,
    `NetworkUnavailable` when nothing answers.
    """
    with ExitStack() as stack:
        return _Release(request, here, stack).run()


class _Release:
    def __init__(self, request: Request, here: Surroundings, stack: ExitStack) -> None:
        self._request = request
        self._options = request.options
        self._root = request.directory.resolve()
        self._here = here
        self._stack = stack
        self._retry = Retry(attempts=request.options.attempts, clock=here.clock)
        self._history = History(self._root)
        self._api: GitlabApi | None = None
        self._uv_found: Uv | None = None

    def run(self) -> Outcome:
        """All steps in their order."""
        gitlab = self._find_gitlab()
        tag = self._find_tag()
        sources = Sources(self._request, self._here.environ, self._history, self._step)
        read = sources.read_tag(tag)
        destination = open_destination(
            self._options, self._root, gitlab, self._here.environ, self._uv
        )
        releases = self._releases(gitlab)
        if releases is not None and gitlab is not None:
            # Also the first use of the credentials: a bad token stops here, before a long build.
            releases.find(tag)
            self._check_tag_is_pushed(gitlab, tag)
            if self._options.notes or self._options.changelog:
                self._notes(gitlab, read)  # a file that is not there stops before a build
        folder = self._root / "dist"
        if self._request.dry_run:
            made = tempfile.TemporaryDirectory(prefix="gluv-release-", ignore_cleanup_errors=True)
            folder = Path(self._stack.enter_context(made))
        files = sources.files(read, folder, self._uv, self._here.output)
        compared = self._compare(destination, files)
        self._upload(destination, compared)
        urls = self._verify(destination, files, compared)
        outcome = Outcome(
            tag=tag,
            version=read.version,
            index=destination.index or "",
            files=tuple(_published(file, compared, urls, self._request.dry_run) for file in files),
            dry_run=self._request.dry_run,
        )
        if releases is not None:
            outcome = self._announce(releases, gitlab, read, outcome)
        self._write(outcome)
        return outcome

    def _find_gitlab(self) -> Gitlab | None:
        """The project; None where publishing elsewhere needs none."""
        if not self._options.release and self._options.to != "gitlab":
            return None
        try:
            return find_gitlab(
                self._here.environ,
                server=self._request.gitlab,
                project=self._request.project,
                remote=self._history.remote,
            )
        except UsageWrong as error:
            if self._options.to == "gitlab":
                raise
            self._step("release", "note", f"none on GitLab: {error.message}")
            return None

    def _find_tag(self) -> str:
        """The tag to release: named, the job's, or the one on the checked-out commit."""
        named = self._request.tag or self._here.environ.get("CI_COMMIT_TAG", "")
        if named:
            return named
        hint = "in a job: `rules: [{if: $CI_COMMIT_TAG}]`; elsewhere --tag, or check the tag out"
        if self._here.environ.get("GITLAB_CI"):
            raise UsageWrong("this is no tag pipeline (CI_COMMIT_TAG is not set)", hint=hint)
        tags = self._history.tags_here()
        if len(tags) != 1:
            found = f"the commit has several tags: {', '.join(tags)}" if tags else "no tag here"
            raise UsageWrong(f"which tag to release cannot be told: {found}", hint=hint)
        return tags[0]

    def _releases(self, gitlab: Gitlab | None) -> Releases | None:
        if gitlab is None:
            return None
        pool = open_pool(gitlab.server, self._here.environ)
        self._stack.callback(pool.clear)
        self._api = GitlabApi(gitlab.server, gitlab.credentials, pool)
        if not self._options.release:
            return None
        return Releases(self._api, gitlab, self._retry, self._note)

    def _check_tag_is_pushed(self, gitlab: Gitlab, tag: str) -> None:
        """GitLab makes a release without `ref` only for a tag it has: ask before publishing."""
        if self._api is None or tag == self._here.environ.get("CI_COMMIT_TAG"):
            return
        try:
            listed = self._api.get(
                f"{gitlab.path}/repository/tags?per_page=100&search={quote(tag, safe='')}"
            )
        except ApiError:
            return  # not every token may list them; the release itself will tell
        if not any(entry.get("name") == tag for entry in listed):
            raise ReleaseStopped(
                f"GitLab has no tag {tag}; nothing was built or published",
                hint=f"push it first: `git push origin {tag}`",
            )

    def _compare(self, destination: Destination, files: tuple[Distribution, ...]) -> Compared:
        pages = destination.pages(files, self._retry, self._note)
        if pages is None:
            self._step("compare", "note", f"{destination.shown}: no index is known, uv decides")
            return Compared(missing=files, present={})
        for key, page in pages.items():
            if page.forwarded:
                text = (
                    f"{key} is not here yet; what {page.forwarded} has under that name is not ours"
                )
                self._step("compare", "note", text)
        compared = destination.compare(files, pages)
        text = f"{len(compared.present)} of {len(files)} there already, bytes equal"
        self._step("compare", "done", text if compared.present else "nothing of it is there yet")
        return compared

    def _upload(self, destination: Destination, compared: Compared) -> None:
        files = compared.missing
        if not files:
            self._step("upload", "skipped", "every file is there already")
        elif self._request.dry_run:
            names = ", ".join(file.name for file in files)
            self._step("upload", "would", f"upload {names} to {destination.shown}")
        else:
            destination.upload(
                files,
                parallel=self._options.parallel,
                retry=self._retry,
                progress=self._here.progress,
                note=self._note,
                output=self._here.output,
            )
            self._step("upload", "done", f"{_count(len(files), 'file')} to {destination.shown}")

    def _verify(
        self, destination: Destination, files: tuple[Distribution, ...], compared: Compared
    ) -> Mapping[str, str]:
        """The URL of every file, read back and asked for."""
        if self._request.dry_run:
            missing = {file.name: destination.expected_url(file) for file in compared.missing}
            return {**compared.present, **missing}
        urls = destination.verify(files, self._options.parallel, self._retry, self._note)
        if urls is None:
            self._step("verify", "note", "no index is known: uv's word is all there is")
            return {}
        text = f"the index lists {_count(len(urls), 'file')} with our hashes, each can be fetched"
        self._step("verify", "done", text)
        return urls

    def _announce(
        self, releases: Releases, gitlab: Gitlab | None, read: TagRead, outcome: Outcome
    ) -> Outcome:
        notes = self._notes(gitlab, read)
        links = tuple(make_link(file.name, file.url) for file in outcome.files if file.url)
        for link in links:
            if link.path is None:
                text = f"{link.name}: no permanent address, GitLab takes no `+` or `!` in one"
                self._step("release", "note", text)
        wanted = Announcement(
            tag=read.tag,
            name=self._options.name,
            notes=notes.text,
            replace=notes.asked_for,
            links=links,
        )
        if self._request.dry_run:
            return msgspec.structs.replace(outcome, release=self._would(releases, wanted))
        announced = releases.announce(wanted)
        verify_release(announced.release, links)
        self._step(
            "release",
            "skipped" if announced.done == "unchanged" else "done",
            f"{read.tag} {_ANNOUNCED[announced.done]}, {_count(len(links), 'link')}"
            + (f"; notes: {notes.origin}" if announced.done == "created" else ""),
        )
        return msgspec.structs.replace(
            outcome, release=announced.done, release_url=_page_of(announced)
        )

    def _would(
        self, releases: Releases, wanted: Announcement
    ) -> Literal["would create", "would update", "unchanged"]:
        release = releases.find(wanted.tag)
        if release is None:
            text = f"create {wanted.tag} with {_count(len(wanted.links), 'link')}"
            self._step("release", "would", text)
            return "would create"
        changes = plan_changes(links_of(release), wanted.links)
        if not changes and not description_change(wanted, release):
            self._step("release", "skipped", f"{wanted.tag} is complete")
            return "unchanged"
        self._step("release", "would", f"update {wanted.tag}: {_count(len(changes), 'link call')}")
        return "would update"

    def _notes(self, gitlab: Gitlab | None, read: TagRead) -> Notes:
        message = self._here.environ.get("CI_COMMIT_TAG_MESSAGE", "")
        return read_notes(
            self._root,
            read.version,
            notes=self._options.notes,
            changelog=self._options.changelog,
            commits=lambda: read_commits(self._history, read, self._api, gitlab, message),
        )

    def _write(self, outcome: Outcome) -> None:
        if outcome.dry_run:
            return
        write_json(outcome, self._root / self._options.json)
        write_dotenv(outcome, self._root / self._options.dotenv)
        self._step("files", "done", f"{self._options.json}, {self._options.dotenv}")

    def _uv(self) -> Uv:
        if self._uv_found is None:
            self._uv_found = find_uv(self._here.environ)
        return self._uv_found

    def _step(self, name: str, state: State, text: str) -> None:
        self._here.say(Step(name=name, state=state, text=text))

    def _note(self, text: str) -> None:
        self._step("retry", "note", text)


_ANNOUNCED = {"created": "created", "updated": "brought up to date", "unchanged": "is complete"}


def _published(
    file: Distribution, compared: Compared, urls: Mapping[str, str], dry_run: bool
) -> Published:
    state: Literal["uploaded", "there already", "would upload"] = "uploaded"
    if file.name in compared.present:
        state = "there already"
    elif dry_run:
        state = "would upload"
    return Published(
        name=file.name,
        project=file.project,
        version=file.version,
        sha256=file.sha256,
        size=file.size,
        url=urls.get(file.name, ""),
        state=state,
    )


def _page_of(announced: Announced) -> str:
    links: dict[str, Any] = announced.release.get("_links") or {}
    return str(links.get("self", ""))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
