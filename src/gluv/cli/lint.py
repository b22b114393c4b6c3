"""`gluv lint`: everything GitLab would say about a configuration, and what the uv rules find."""

import os
import sys
from typing import Literal

import click
import msgspec

from gluv.cli.options import which_pipeline
from gluv.cli.project import Where
from gluv.cli.reading import Found, check
from gluv.errors import ConfigurationInvalid, UsageWrong

Format = Literal["text", "json", "sarif", "codequality", "junit", "github"]
FORMATS: tuple[Format, ...] = ("text", "json", "sarif", "codequality", "junit", "github")


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
@click.option("--fix", "fix", is_flag=True, help="Mend what can be mended safely.")
@click.option("--unsafe-fixes", "unsafe", is_flag=True, help="With --fix or --diff: all fixes.")
@click.option("--diff", "diff", is_flag=True, help="Show what --fix would change.")
@click.option("--select", multiple=True, metavar="RULE", help="Only these rules: GLU3, ALL.")
@click.option("--extend-select", multiple=True, metavar="RULE", help="These rules too.")
@click.option("--ignore", multiple=True, metavar="RULE", help="Not these rules.")
def command(
    *,
    where: Where,
    target: str | None,
    form: Format,
    fix: bool,
    unsafe: bool,
    diff: bool,
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
) -> int:
    """Check FILE, or the project's .gitlab-ci.yml, and print everything that is wrong with it.

    FILE may be - for standard input, and may be outside a repository. Inside one, the pipeline of
    the current branch, or the one that the options name, is planned too: that finds what only its
    rules bring to light. A valid file is then checked by the rules GLUnnn, which know uv: `gluv
    explain` lists them, [tool.gluv.lint] and `# gluv: ignore[GLUnnn]` choose among them.

    Exit codes: 0 the configuration is valid (GitLab's warnings are fine), 1 a rule found something,
    or --diff shows something, 2 the configuration is invalid.
    """
    from gluv.cli.lint_rules import apply_rules, mend, write_mended
    from gluv.lint.options import LintOptions, check_names, read_options

    if target == "-" and (fix or diff):
        raise UsageWrong(
            "standard input can be checked, not mended",
            hint="name the file: gluv lint FILE --fix, or --diff",
        )
    found = check(where, target)
    options = LintOptions()
    if found.project is not None:
        options = read_options(found.project.settings.lint)
    chosen = tuple(_listed(each) for each in (select, extend_select, ignore))
    check_names(tuple(name for names in chosen for name in names))
    options = msgspec.structs.replace(
        options,
        select=chosen[0] or options.select,
        extend_select=(*options.extend_select, *chosen[1]),
        # What is asked for here beats what the project leaves out.
        ignore=chosen[2] if chosen[0] else (*options.ignore, *chosen[2]),
    )
    if fix or diff:
        mended = mend(found, options, unsafe=unsafe)
        if diff:
            from gluv.report.diff import render_diff

            click.echo(render_diff(mended.before, mended.after), nl=False)
            return 1 if mended.after else 0
        if mended.after and found.project is not None:
            write_mended(found.project.root, mended)
            fixes = f"{mended.made} fix{'' if mended.made == 1 else 'es'}"
            click.echo(f"made {fixes} in {', '.join(sorted(mended.after))}", err=True)
            found = check(where, target)
    ruled = apply_rules(found, options)
    all_found = msgspec.structs.replace(
        found,
        problems=(*found.problems, *ruled.problems),
        sources=ruled.sources | found.sources,
    )
    click.echo(_rendered(all_found, form))
    if any(problem.severity == "error" for problem in found.problems):
        return ConfigurationInvalid.exit_code
    return 1 if ruled.problems else 0


def _listed(names: tuple[str, ...]) -> tuple[str, ...]:
    """Options given several times, or with commas."""
    return tuple(name.strip() for text in names for name in text.split(",") if name.strip())


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
            from gluv.lint.registry import RULES
            from gluv.report.lint_sarif import render_sarif

            titles = {rule.id: rule.title for rule in RULES.values()}
            return render_sarif(
                found.name, problems, found.sources, version=__version__, titles=titles
            )
        case "codequality":
            from gluv.report.lint_codequality import render_codequality

            return render_codequality(found.name, problems, found.sources)
        case "junit":
            from gluv.report.lint_junit import render_junit

            return render_junit(found.name, problems, found.sources)
        case "github":
            from gluv.report.lint_github import render_github

            return render_github(problems)
