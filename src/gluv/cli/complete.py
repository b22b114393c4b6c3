"""Names for the shell to complete: the jobs and stages of the project at hand."""

from pathlib import Path

import click
from click.shell_completion import CompletionItem


def complete_jobs(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The jobs of the pipeline file, with their stages as help."""
    return [
        CompletionItem(name, help=stage)
        for name, stage in _jobs(context)
        if name.startswith(incomplete)
    ]


def complete_stages(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The stages that have jobs."""
    stages = dict.fromkeys(stage for _, stage in _jobs(context))
    return [CompletionItem(stage) for stage in stages if stage.startswith(incomplete)]


def _jobs(context: click.Context) -> list[tuple[str, str]]:
    """Every job of the file with its stage, whatever the event; nothing if it cannot be read.

    Includes come as they were fetched before: pressing Tab asks no network.
    """
    from gluv.cli.project import Where, open_project
    from gluv.host.context import ContextOptions

    given = context.params
    where = Where(
        directory=given.get("directory") or Path(),
        file=given.get("file"),
        context=ContextOptions(),
        offline=True,
    )
    try:
        project = open_project(where)
        config = project.load(project.context()).config
    except Exception:  # Whatever is wrong, a shell that completes must not print it.
        return []
    return [] if config is None else [(job.name, job.stage) for job in config.jobs.values()]
