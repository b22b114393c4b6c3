"""All that gluv does to a configuration before a job runs, on bytes that may be anything."""

from collections.abc import Mapping

from gluv.config import load
from gluv.plan import build
from gluv.plan.json import render_json
from gluv.report.paint import Paint
from gluv.report.plan_table import render_plan
from gluv.report.problems import render_problems
from gluv.text import YamlInvalid
from gluv.text.source import read_source
from gluv.text.weight import size_problem
from tests.config.loader.fakes import Files
from tests.plan.building import branch, tag

CONTEXTS = (branch(), tag("v1.0.0"))


def travel(content: bytes, files: Mapping[str, str] = {}) -> str:
    """Read, load, plan and print; what a user would see. Raises nothing, whatever `content` is."""
    try:
        source = read_source(".gitlab-ci.yml", content)
    except YamlInvalid as invalid:
        return render_problems([invalid.problem], {})
    loaded = load(source, Files(files))
    printed = [render_problems(loaded.problems, loaded.sources)]
    if loaded.config is None:
        assert any(problem.severity == "error" for problem in loaded.problems), "nothing said why"
        return printed[0]
    size_problem(loaded.config.merged)
    for context in CONTEXTS:
        plan = build(loaded.config, context, problems=loaded.problems)
        assert plan.pipeline is not None or plan.reason or plan.problems
        printed += [render_plan(plan, Paint(enabled=False)), render_json(plan).decode()]
    return "\n".join(printed)
