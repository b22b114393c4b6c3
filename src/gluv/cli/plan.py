"""`gluv plan`: which jobs would run, in which stage, and why the others would not."""

import os
import sys

from gluv.cli.project import Where, open_project, plan_loaded
from gluv.errors import ConfigurationInvalid
from gluv.host.git_reading import Reading
from gluv.plan.selection import Selection


def plan_project(
    where: Where,
    jobs: tuple[str, ...],
    *,
    explain: bool = False,
    as_json: bool = False,
    reading: Reading | None = None,
) -> int:
    """Show the plan of `jobs`, or with `explain` why each of them is in or out; the exit code."""
    from gluv.plan.masking import Concealer, unmaskable
    from gluv.report.paint import Paint
    from gluv.report.plan_table import render_plan
    from gluv.report.terminal import terminal_width

    project = open_project(where, reading=reading)
    context = project.context()
    loaded = project.load(context)
    # With --explain, JOB says what to explain: it may be a job that is out.
    selection = Selection() if explain else Selection(jobs=jobs)
    plan = plan_loaded(loaded, context, selection, warnings=unmaskable(context.settings))
    conceal = Concealer(context)
    explained = None
    if explain and plan.valid and loaded.config is not None:
        from gluv.plan.explain import explain_jobs, explain_workflow

        config = loaded.config
        explained = (explain_workflow(config, context), explain_jobs(config, context, jobs))
    if as_json:
        from gluv.plan.json import plan_object, render_data

        data = plan_object(plan)
        if explain:
            from gluv.plan.explain_json import explanations_object

            data["explanations"] = explanations_object(*(explained or ((), ())))
        sys.stdout.write(render_data(conceal.data(data)).decode() + "\n")
        return 0 if plan.valid else ConfigurationInvalid.exit_code
    if plan.problems:
        from gluv.report.problems import render_problems

        print(conceal.text(render_problems(plan.problems, loaded.sources)), file=sys.stderr)
    if not plan.valid:
        return ConfigurationInvalid.exit_code
    paint = Paint.of(sys.stdout, os.environ)
    if explained is not None:
        from gluv.report.explain import render_explanations

        print(conceal.text(render_explanations(*explained, paint)))
        return 0
    width = terminal_width(sys.stdout)
    print(render_plan(plan, paint, width=width, conceal=conceal.text))
    return 0
