"""`gluv doctor`: what gluv depends on here, and what is wrong with it."""

import os
import sys
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import click

from gluv.cli.options import which_pipeline
from gluv.cli.project import Where
from gluv.errors import ConfigurationInvalid, Stop

if TYPE_CHECKING:
    from gluv.doctor.finding import Finding
    from gluv.doctor.network import Remote


@click.command("doctor")
@which_pipeline
@click.option("--json", "as_json", is_flag=True, help="A JSON list of findings.")
def command(*, where: Where, as_json: bool) -> int:
    """Look at uv, Pythons, git, containers, images, the index and the GitLab; change nothing.

    The images are those of the pipeline that the options name. With --offline nothing is asked of
    the network.

    Exit codes: 0 nothing is wrong, 1 something is.
    """
    found = list(_look(where))
    if as_json:
        import msgspec

        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")
    else:
        from gluv.report.doctor import render_findings
        from gluv.report.paint import Paint
        from gluv.report.terminal import terminal_width

        paint = Paint.of(sys.stdout, os.environ)
        click.echo(render_findings(found, paint, terminal_width(sys.stdout)))
    return 1 if any(finding.state == "wrong" for finding in found) else 0


def _look(where: Where) -> "Iterator[Finding]":
    from gluv.cli.cache import user_cache
    from gluv.doctor.machine import look_at_machine

    yield from look_at_machine(os.environ, user_cache(os.environ))
    yield from _images(where)
    if where.offline:
        return
    from gluv.doctor.network import look_at_network
    from gluv.host.pypi import simple_index

    index = simple_index(os.environ)
    yield from look_at_network(os.environ, index, _remote(where), today=date.today())


def _images(where: Where) -> "Iterator[Finding]":
    from gluv.cli.cache import user_cache
    from gluv.cli.project import open_project, plan_loaded
    from gluv.doctor.finding import Finding
    from gluv.doctor.images import TOPIC, look_at_images
    from gluv.plan.selection import Selection

    try:
        project = open_project(where)
        context = project.context()
        plan = plan_loaded(project.load(context), context, Selection())
        if not plan.valid:
            raise ConfigurationInvalid(list(plan.problems))
    except Stop as stop:
        invalid = isinstance(stop, ConfigurationInvalid)
        yield Finding(
            topic=TOPIC,
            name=".gitlab-ci.yml",
            state="wrong" if invalid else "note",
            said="is not valid" if invalid else stop.message,
            mend="gluv lint" if invalid else stop.hint or "",
        )
        return
    yield from look_at_images(
        plan.jobs,
        cache=user_cache(os.environ),
        environ=os.environ,
        default_image=project.checkout.settings.default_image,
    )


def _remote(where: Where) -> "Remote | None":
    from gluv.cli.checkout import open_checkout
    from gluv.doctor.network import Remote
    from gluv.host.git import Git
    from gluv.release.gitlab import read_remote

    try:
        checkout = open_checkout(where.directory)
    except Stop:
        return None
    url = Git(checkout.root).ask("config", "--get", "remote.origin.url") or ""
    server, path = read_remote(url)
    gitlab = checkout.settings.gitlab
    if gitlab:
        server = (gitlab if "://" in gitlab else f"https://{gitlab}").rstrip("/")
    path = checkout.settings.project or path
    return Remote(server=server, path=path) if server and path else None
