"""What the commands that run jobs have in common: the plan with its problems, and the parts."""

import os
import sys
from collections.abc import Mapping

import msgspec

from gluv.cli.gitlab import Served
from gluv.cli.parts import gather_parts
from gluv.cli.project import Project, plan_loaded
from gluv.cli.run_request import RunOptions
from gluv.config.model import Loaded
from gluv.execute.parts import Parts
from gluv.plan.context import Context
from gluv.plan.masking import Concealer, unmaskable
from gluv.plan.model import Plan
from gluv.plan.selection import Selection
from gluv.store import Store


def plan_aloud(loaded: Loaded, context: Context, selection: Selection) -> Plan:
    """The plan; what is wrong with it, and why there is none, goes to standard error."""
    plan = plan_loaded(loaded, context, selection, warnings=unmaskable(context.settings))
    if plan.problems:
        from gluv.report.problems import render_problems

        said = render_problems(plan.problems, loaded.sources)
        print(Concealer(context).text(said), file=sys.stderr)
    if plan.valid and plan.pipeline is None:
        print(f"gluv: no pipeline: {plan.reason}", file=sys.stderr)
    return plan


def equip(
    project: Project,
    store: Store,
    served: Served,
    plan: Plan,
    options: RunOptions,
    *,
    manual: frozenset[str],
    taken: Mapping[str, int],
    reuse: frozenset[str],
) -> Parts:
    """Let the embedded GitLab answer and gather the surroundings of the run."""
    served.start()
    parts = gather_parts(
        project, store, served.url, manual, taken, reuse, options, dict(os.environ)
    )
    if any(job.trigger is not None for job in plan.jobs):
        from gluv.cli.downstream import project_opener

        parts = msgspec.structs.replace(parts, downstream=project_opener(project, parts))
    return parts
