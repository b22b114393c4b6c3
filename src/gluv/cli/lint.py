"""`gluv lint`: everything GitLab would say about a configuration."""

import os
import sys
from typing import Literal

import click

from gluv.cli.options import which_pipeline
from gluv.cli.project import Where
from gluv.cli.reading import Found, check
from gluv.errors import ConfigurationInvalid

Format = Literal["text", "json", "sarif", "codequality", "junit"]
FORMATS: tuple[Format, ...] = ("text", "json", "sarif", "codequality", "junit")


@click.command("lint")
@click.argument("target", required=False, metavar="[FILE]")
@which_pipeline
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="How to print the problems.",
)
def command(*, where: Where, target: str | None, form: Format) -> int:
    """Check FILE, or the project's .gitlab-ci.yml, and print everything that is wrong with it.

    FILE may be - for standard input, and may be outside a repository. Inside one, the pipeline of
    the current branch, or the one that the options name, is planned too: that finds what only its
    rules bring to light.

    Exit codes: 0 the configuration is valid (warnings are fine), 2 it is not.
    """
    found = check(where, target)
    click.echo(_rendered(found, form))
    invalid = any(problem.severity == "error" for problem in found.problems)
    return ConfigurationInvalid.exit_code if invalid else 0


def _rendered(found: Found, form: Format) -> str:
    from gluv.report.problems import in_order

    problems = in_order(found.problems)
    match form:
        case "text":
            from gluv.report.lint_text import render_text
            from gluv.report.paint import Paint

            paint = Paint.of(sys.stdout, os.environ)
            return render_text(found.name, problems, found.sources, found.plan, found.note, paint)
        case "json":
            from gluv.report.lint_json import render_json

            return render_json(problems)
        case "sarif":
            from gluv import __version__
            from gluv.report.lint_sarif import render_sarif

            return render_sarif(found.name, problems, found.sources, version=__version__)
        case "codequality":
            from gluv.report.lint_codequality import render_codequality

            return render_codequality(found.name, problems, found.sources)
        case "junit":
            from gluv.report.lint_junit import render_junit

            return render_junit(found.name, problems, found.sources)
