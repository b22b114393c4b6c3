"""What a release is told: `[tool.gluv.release]`, overridden by the command line."""

from pathlib import Path
from typing import Any

import msgspec

from gluv.errors import UsageWrong


class ReleaseOptions(
    msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True
):
    """The keys of `[tool.gluv.release]`, every one optional.

    `to` is `gitlab`, `pypi`, `testpypi` or the URL of an upload endpoint; `check_url` its simple
    index. `packages` names workspace members, all if empty. `tag_pattern` are the tags to accept,
    with `{version}` and `{name}`. `notes` is a file with the release's description, `changelog`
    the file to take the version's section from. `sources` keeps `tool.uv.sources` while building.
    `parallel` uploads run at once; a request is sent at most `attempts` times. `json` and `dotenv`
    are the files to write, relative to the project.
    """

    to: str = "gitlab"
    check_url: str | None = None
    packages: tuple[str, ...] = ()
    tag_pattern: tuple[str, ...] = ()
    name: str | None = None
    notes: str | None = None
    changelog: str | None = None
    release: bool = True
    sources: bool = False
    parallel: int = 4
    attempts: int = 6
    json: str = "release.json"
    dotenv: str = "release.env"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A release that is asked for: options, and what only a command line says.

    `dist` holds files built by an earlier job. `gitlab` is a server's URL or host, `project` a
    path or number; without them the job's own or the git remote's.
    """

    directory: Path
    options: ReleaseOptions = ReleaseOptions()
    tag: str | None = None
    dist: Path | None = None
    gitlab: str | None = None
    project: str | None = None
    dry_run: bool = False


def read_options(table: dict[str, Any], given: dict[str, Any]) -> ReleaseOptions:
    """The options of a project; `given` (field names) wins over the table where it is not None.

    A single tag pattern may be written without a list. Raises `UsageWrong`.
    """
    table = dict(table)
    if isinstance(table.get("tag-pattern"), str):
        table["tag-pattern"] = [table["tag-pattern"]]
    try:
        options = msgspec.convert(table, ReleaseOptions)
    except msgspec.ValidationError as error:
        known = ", ".join(field.encode_name for field in msgspec.structs.fields(ReleaseOptions))
        raise UsageWrong(
            f"[tool.gluv.release]: {error}", hint=f"the keys of [tool.gluv.release] are: {known}"
        ) from error
    chosen = {key: value for key, value in given.items() if value is not None and value != ()}
    options = msgspec.structs.replace(options, **chosen)
    for pattern in options.tag_pattern:
        if pattern.count("{version}") != 1 or pattern.count("{name}") > 1:
            raise UsageWrong(
                f"the tag pattern {pattern!r} must hold {{version}} once, and may hold {{name}}",
                hint="for example 'v{version}' or '{name}-v{version}'",
            )
    if options.parallel < 1 or options.attempts < 1:
        raise UsageWrong("parallel and attempts are at least 1")
    return options
