"""`gluv plan --all-contexts`: jobs against the events of the project."""

import os
import sys

import click
import msgspec

from gluv.cli.checkout import open_checkout
from gluv.cli.project import Where, open_project, plan_loaded
from gluv.errors import ConfigurationInvalid, UsageWrong
from gluv.host.named_contexts import context_options, named_contexts
from gluv.plan.masking import Concealer
from gluv.plan.matrix import Column, matrix_object
from gluv.plan.selection import Selection
from gluv.report.context_matrix import render_matrix
from gluv.report.paint import Paint
from gluv.report.problems import render_problems


def plan_contexts(where: Where, jobs: tuple[str, ...], *, explain: bool, as_json: bool) -> int:
    """Plan the configuration for every context, as if each came upon the checked-out commit."""
    typed = where.context
    if (
        explain
        or jobs
        or where.named
        or (typed.branch, typed.tag, typed.mr, typed.source) != ((None,) * 4)
    ):
        raise UsageWrong(
            "--all-contexts plans every job for every context",
            hint="leave out JOB, --explain, --context, --branch, --tag, --mr and --source; "
            "`gluv plan --context NAME` plans one",
        )
    checkout = open_checkout(where.directory)
    columns: list[Column] = []
    said: dict[str, None] = {}
    for name, context in named_contexts(checkout.settings, checkout.facts).items():
        options = context_options(context, typed, virtual=True)
        project = open_project(
            msgspec.structs.replace(
                where, context=options, inputs={**context.inputs, **where.inputs}
            ),
            checkout,
        )
        event = project.context()
        loaded = project.load(event)
        plan = plan_loaded(loaded, event, Selection())
        conceal = Concealer(event)
        columns.append(Column(name=name, config=loaded.config if plan.valid else None, plan=plan))
        if plan.problems:
            # The same problem in every context is one problem.
            said[conceal.text(render_problems(plan.problems, loaded.sources))] = None
    valid = all(column.plan.valid for column in columns)
    if as_json:
        from gluv.plan.json import render_data

        data = conceal.data(matrix_object(columns))
        sys.stdout.write(render_data(data).decode() + "\n")
        return 0 if valid else ConfigurationInvalid.exit_code
    for text in said:
        click.echo(text, err=True)
    if any(column.config is not None for column in columns):
        click.echo(conceal.text(render_matrix(columns, Paint.of(sys.stdout, os.environ))))
    return 0 if valid else ConfigurationInvalid.exit_code
