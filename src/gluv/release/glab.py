"""gluv's stand-in for `glab`, for the calls a release job makes (`python -m gluv.release.glab`)."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from gluv.release.api import ApiError, Credentials, GitlabApi, Missing, encode
from gluv.release.glab_config import (
    Login,
    environment,
    find_login,
    parse_bool,
    store_login,
    strip_scheme,
)
from gluv.release.glab_release import (
    Failed,
    ReleaseOptions,
    create_release,
    notes_text_or_file,
    read_links,
)

VERSION = "1.79.0"
"""The glab whose calls this stand-in makes; GitLab's release script wants 1.58.0 or newer."""

ONLY = "this is gluv's stand-in for glab, which only does: {}"
_COMMANDS = "auth login, auth status, release create, release list, release view, version"


class _Group(click.Group):
    """A group of commands that says what it cannot do."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or end with what exists."""
        if args and self.get_command(ctx, args[0]) is None:
            path = ctx.command_path.partition(" ")[2]
            raise click.ClickException(
                f'Unknown command "{f"{path} {args[0]}".strip()}": {ONLY.format(_COMMANDS)}'
            )
        return super().resolve_command(ctx, args)


def _repo_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("-R", "--repo", help="GROUP/PROJECT, HOST/GROUP/PROJECT or a URL.")(command)


@click.group(cls=_Group)
@_repo_option
@click.version_option(VERSION, message="glab %(version)s (gluv)")
@click.pass_context
def glab(ctx: click.Context, repo: str | None) -> None:
    """GitLab from the command line, as far as a release job needs it."""
    ctx.obj = repo
    _check_update_setting()


@glab.command("version")
def version() -> None:
    """Print the version."""
    _out(f"glab {VERSION} (gluv)")


@glab.group("auth", cls=_Group)
def auth() -> None:
    """Log in to a GitLab."""


@auth.command("login")
@click.option("-h", "--hostname", default="", help="HOST[:PORT] of the GitLab.")
@click.option("-j", "--job-token", default="", help="A CI job token.")
@click.option("-t", "--token", default="", help="An access token.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the access token from stdin.")
@click.option("-p", "--api-protocol", type=click.Choice(["http", "https"]), default="https")
@click.option("-g", "--git-protocol", type=click.Choice(["ssh", "https", "http"]))
@click.option("-a", "--api-host", default="")
def login(
    hostname: str,
    job_token: str,
    token: str,
    from_stdin: bool,
    api_protocol: str,
    git_protocol: str | None,
    api_host: str,
) -> None:
    """Store a token for a host."""
    env, home = environment()
    given = token or (sys.stdin.read().strip() if from_stdin else "")
    if bool(job_token) == bool(given):
        raise click.ClickException("give one of --job-token, --token and --stdin")
    host = strip_scheme(hostname) if hostname else find_login(env, home).host
    credentials = Credentials(job_token=job_token, private_token=given)
    path = store_login(env, home, host=host, protocol=api_protocol, credentials=credentials)
    _err(f"✓ Logged in to {host}; the token is in {path}")


@auth.command("status")
@click.option("-h", "--hostname")
def status(hostname: str | None) -> None:
    """Say which GitLab would be asked, and whether it knows the token."""
    found = _login(hostname)
    api = GitlabApi(found.url, found.credentials)
    if not found.credentials.headers():
        raise click.ClickException(f"{found.host}: no token found")
    kind = "job" if found.credentials.job_token else "user"
    try:
        who = api.get(kind)
    except ApiError as error:
        raise click.ClickException(f"{found.host}: API call failed: {error}") from error
    finally:
        api.close()
    name = f"job {who['name']}" if kind == "job" else who["username"]
    _err(f"{found.host}\n  ✓ Logged in to {found.host} as {name}\n  ✓ API calls use {found.url}")


@glab.group("release", cls=_Group)
@_repo_option
@click.pass_context
def release(ctx: click.Context, repo: str | None) -> None:
    """Create and show releases."""
    ctx.obj = repo or ctx.obj


@release.command("create")
@click.argument("tag")
@click.argument("files", nargs=-1)
@_repo_option
@click.option("-n", "--name", default="")
@click.option("-r", "--ref", default="")
@click.option("-T", "--tag-message", default="")
@click.option("-N", "--notes", default=None)
@click.option("-F", "--notes-file", default="")
@click.option("--experimental-notes-text-or-file", "text_or_file", default="", hidden=True)
@click.option("-D", "--released-at", default="")
@click.option("-m", "--milestone", multiple=True)
@click.option("-a", "--assets-links", default="")
@click.option("--no-update", is_flag=True)
@click.option("--no-close-milestone", is_flag=True)
@click.pass_context
def create(
    ctx: click.Context,
    /,
    tag: str,
    files: tuple[str, ...],
    repo: str | None,
    notes: str | None,
    notes_file: str,
    text_or_file: str,
    milestone: tuple[str, ...],
    assets_links: str,
    **rest: Any,
) -> None:
    """Create the release of a tag, or update it, and add links to it."""
    if files:
        raise click.ClickException(
            f"cannot upload {files[0]}: {ONLY.format('links (--assets-links), no files')}"
        )
    for other, used in (("notes", notes), ("notes-file", notes_file)):
        if text_or_file and used:
            group = f"[experimental-notes-text-or-file {other}]"
            raise click.ClickException(
                f"if any flags in the group {group} are set none of the others can be;"
                f" {group} were all set"
            )
    links = read_links(assets_links) if assets_links else ()
    found, path = _target(repo or ctx.obj)
    env, _ = environment()
    options = ReleaseOptions(
        repo=path,
        tag=tag,
        notes=_notes(notes, notes_file, text_or_file),
        milestones=tuple(title for part in milestone for title in part.split(",") if title),
        links=links,
        default_branch=env.get("CI_DEFAULT_BRANCH", ""),
        **rest,
    )
    api = GitlabApi(found.url, found.credentials)
    try:
        create_release(api, options, _err)
    finally:
        api.close()


@release.command("view")
@click.argument("tag")
@_repo_option
@click.pass_context
def view(ctx: click.Context, tag: str, repo: str | None) -> None:
    """Show a release."""
    shown = _get(repo or ctx.obj, f"releases/{encode(tag)}", f"release {tag}")
    _out(f"{shown['name']}\n{shown['tag_name']} · released at {shown['released_at']}")
    if shown.get("description"):
        _out(f"\n{shown['description']}")
    for link in shown["assets"]["links"]:
        _out(f"{link['name']}\t{link['direct_asset_url']}")
    _out(f"\nView this release on GitLab at {shown['_links']['self']}")


@release.command("list")
@_repo_option
@click.pass_context
def list_(ctx: click.Context, repo: str | None) -> None:
    """List releases."""
    for shown in _get(repo or ctx.obj, "releases", "releases"):
        _out(f"{shown['name']}\t{shown['tag_name']}\t{shown['released_at']}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run glab; 0 is success, 1 any failure, as with the real one."""
    try:
        glab.main(arguments, prog_name="glab", standalone_mode=False)
    except click.ClickException as error:
        _err(f"ERROR: {error.format_message()}")
        return 1
    except (Failed, ValueError, OSError) as error:
        _err(f"ERROR: {error}")
        return 1
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        return 130
    return 0


def _get(repo: str | None, path: str, what: str) -> Any:
    found, project = _target(repo)
    api = GitlabApi(found.url, found.credentials)
    try:
        return api.get(f"projects/{encode(project)}/{path}")
    except Missing as error:
        raise click.ClickException(f"{what} does not exist: {error}") from error
    except ApiError as error:
        raise click.ClickException(str(error)) from error
    finally:
        api.close()


def _login(host: str | None) -> Login:
    env, home = environment()
    return find_login(env, home, host=host)


def _target(repo: str | None) -> tuple[Login, str]:
    """The GitLab and the project path that `--repo` names; in a job, the job's project."""
    given = repo or os.environ.get("CI_PROJECT_PATH", "")
    if not given:
        raise click.ClickException("no project: give --repo GROUP/PROJECT")
    if "://" in given:
        rest = given.partition("://")[2].rpartition("@")[2]
        host, _, path = rest.partition("/")
        return _login(host), path.strip("/").removesuffix(".git")
    first, _, path = given.partition("/")
    # HOST/GROUP/PROJECT: a group of a GitLab cannot hold a port, and is not the host itself.
    if path.count("/") and (":" in first or first == _login(None).host):
        return _login(first), path
    return _login(None), given.strip("/")


def _notes(notes: str | None, notes_file: str, text_or_file: str) -> str:
    if notes is not None:
        return notes
    if notes_file:
        return sys.stdin.read() if notes_file == "-" else Path(notes_file).read_text("utf-8")
    return notes_text_or_file(text_or_file, Path.cwd()) if text_or_file else ""


def _check_update_setting() -> None:
    """Say what glab says about a `GLAB_CHECK_UPDATE` that Go cannot read, such as `no`."""
    value = os.environ.get("GLAB_CHECK_UPDATE", "")
    if value and parse_bool(value) is None:
        _out(
            f'WARNING: GLAB_CHECK_UPDATE: strconv.ParseBool: parsing "{value}": invalid syntax;'
            " use true or false"
        )


def _out(text: str) -> None:
    click.echo(text)


def _err(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    raise SystemExit(main())
