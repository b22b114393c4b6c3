"""`gluv release`: build, publish, release, verify, in one line of a job."""

import os
import sys
from pathlib import Path
from typing import Any

import click


@click.command("release")
@click.option(
    "--tag", metavar="TAG", help="The tag to release; by default the job's, or the one checked out."
)
@click.option(
    "--to",
    metavar="PLACE",
    help="gitlab (default), pypi, testpypi, or the URL of an upload endpoint.",
)
@click.option("--check-url", metavar="URL", help="The simple index of --to URL.")
@click.option(
    "--package", "packages", metavar="NAME", multiple=True, help="Only this member; repeatable."
)
@click.option(
    "--tag-pattern",
    metavar="PATTERN",
    multiple=True,
    help="Tags to accept: 'v{version}', '{name}-v{version}', ...; repeatable.",
)
@click.option(
    "--dist",
    type=click.Path(path_type=Path, file_okay=False),
    help="Files that an earlier job built; nothing is built.",
)
@click.option("--sources/--no-sources", default=None, help="Build with tool.uv.sources, or not.")
@click.option("--name", metavar="TITLE", help="The release's title; the tag by default.")
@click.option("--notes", metavar="FILE", help="The release's description.")
@click.option("--changelog", metavar="FILE", help="Take the version's section from this file.")
@click.option("--release/--no-release", default=None, help="Make a release on GitLab, or not.")
@click.option("--gitlab", metavar="URL", help="The GitLab, outside of jobs.")
@click.option("--project", metavar="GROUP/NAME", help="The project on it, or its number.")
@click.option("--parallel", type=int, metavar="N", help="Uploads at once (4).")
@click.option("--attempts", type=int, metavar="N", help="How often a request is sent at most (6).")
@click.option("--json", metavar="FILE", help="Where to write the outcome (release.json).")
@click.option("--dotenv", metavar="FILE", help="Variables for later jobs (release.env).")
@click.option("--dry-run", is_flag=True, help="Build, compare, and say what would happen.")
@click.option(
    "-C",
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The project, if it is not here.",
)
def command(
    *,
    tag: str | None,
    dist: Path | None,
    gitlab: str | None,
    project: str | None,
    dry_run: bool,
    directory: Path,
    packages: tuple[str, ...],
    **given: Any,
) -> int:
    """Build the tag's packages, publish them, make the release, and read everything back.

    In a GitLab job nothing needs to be said: `uvx gluv release`. Elsewhere the project comes from
    the git remote and the token from GITLAB_TOKEN. What is done already is left as it is, so a
    second run completes a first one that was cut off.

    Exit codes: 0 everything is published and verified, 1 it was stopped or refused, 2 something
    is missing on the command line or in [tool.gluv.release], 5 no network.
    """
    from gluv.errors import UsageWrong
    from gluv.release.options import Request, read_options
    from gluv.release.perform import Surroundings, perform
    from gluv.report.paint import Paint
    from gluv.report.release import UploadProgress, render_outcome, render_step
    from gluv.settings import read_settings

    if not directory.is_dir():
        raise UsageWrong(f"{directory} is not a folder", hint="give -C a folder")
    pyproject = directory / "pyproject.toml"
    settings = read_settings(pyproject.read_bytes() if pyproject.is_file() else None)
    paint = Paint.of(sys.stderr, os.environ)
    progress = UploadProgress(sys.stderr)

    def tell(text: str) -> None:
        progress.clear()
        click.echo(text, err=True)

    # A job's own variables say where it runs: a fork must not publish to the project it is from.
    in_job = bool(os.environ.get("GITLAB_CI"))
    request = Request(
        directory=directory,
        options=read_options(settings.release, {**given, "packages": packages}),
        tag=tag,
        dist=dist,
        gitlab=gitlab or (None if in_job else settings.gitlab),
        project=project or (None if in_job else settings.project),
        dry_run=dry_run,
    )
    here = Surroundings(
        environ=os.environ,
        say=lambda step: tell(render_step(step, paint)),
        output=lambda line: tell(paint(f"  {line}", "dim")),
        progress=progress if sys.stderr.isatty() else lambda name, sent, size: None,
    )
    try:
        outcome = perform(request, here)
    finally:
        progress.clear()
    click.echo(render_outcome(outcome, Paint.of(sys.stdout, os.environ)))
    return 0
