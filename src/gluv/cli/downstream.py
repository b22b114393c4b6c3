"""The pipelines of other projects that `trigger:project` starts, from their local checkouts."""

from collections.abc import Mapping

import msgspec

from gluv.cli.checkout import open_checkout
from gluv.cli.gitlab import known, settle
from gluv.cli.project import Project, Where, open_project
from gluv.config import load
from gluv.errors import Stop
from gluv.execute.parts import OpenProject, Parts
from gluv.execute.result import JobFailed
from gluv.host.context import ContextOptions
from gluv.plan import build
from gluv.plan.context import Context, Server
from gluv.plan.includes import include_masked, include_rules, include_variables
from gluv.plan.model import Plan, PlannedJob


def project_opener(project: Project, parts: Parts) -> OpenProject:
    """Opens what `[tool.gluv.projects]` maps; the files are those of that work tree.

    With `trigger:branch` they are those of the branch's commit.
    """
    mapped = {name.lower(): path for name, path in project.checkout.settings.projects.items()}

    def open_other(
        job: PlannedJob, variables: Mapping[str, str]
    ) -> tuple[Plan, Context, Parts] | None:
        trigger = job.trigger
        assert trigger is not None
        path = mapped.get((trigger.project or "").lower())
        if path is None:
            return None
        where = Where(
            directory=project.checkout.root / path,
            file=None,
            context=ContextOptions(branch=trigger.branch, source="pipeline"),
            inputs=trigger.inputs,
            offline=project.where.offline,
        )
        try:
            other = open_project(where, open_checkout(where.directory))
            row = settle(parts.store, other.checkout, is_home=False)
            context = known(other.context(Server(url=parts.server_url)), row)
        except Stop as stop:
            raise JobFailed(
                "downstream_pipeline_creation_failed",
                f"downstream pipeline can not be created, {stop.message}",
            ) from stop
        context = msgspec.structs.replace(context, variables=dict(variables))
        loaded = load(
            other.source,
            other.fetcher(),
            trigger.inputs,
            variables=include_variables(context),
            rules=include_rules(context),
            masked=include_masked(context),
        )
        if loaded.config is None:
            plan = Plan(pipeline=None, stages=(), jobs=(), skipped=(), problems=loaded.problems)
        else:
            plan = build(loaded.config, context, problems=loaded.problems)
        return (
            plan,
            context,
            msgspec.structs.replace(
                parts,
                repository=other.checkout.root,
                settings=other.checkout.settings,
                commit=other.commit is not None,
                reading=other.checkout.reading,
            ),
        )

    return open_other
