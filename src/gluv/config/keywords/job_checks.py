"""What must hold between the keywords of one job."""

from collections.abc import Mapping
from typing import Any, Final

from gluv.config.keywords.needs import Need
from gluv.config.keywords.pages import is_pages
from gluv.config.keywords.reading import (
    Problems,
    absent,
    blank,
)
from gluv.config.keywords.rules import Rule
from gluv.errors import Mark
from gluv.text.nodes import MapNode, Node

NAME_LIMIT: Final = 255

_MANY_PIPELINES: Final = (
    "may allow multiple pipelines to run for a single action due to `rules:when` clause with no "
    "`workflow:rules` - read more: https://docs.gitlab.com/ee/ci/jobs/job_troubleshooting.html"
    "#job-may-allow-multiple-pipelines-to-run-for-a-single-action-warning"
)


def check_name(name: str, at: str, mark: Mark, problems: Problems) -> None:
    """A name is there and not too long."""
    if len(name) > NAME_LIMIT:
        problems.refuse(
            "too-long", f"{at} name is too long (maximum is {NAME_LIMIT} characters)", mark
        )
    if not name.strip():
        problems.refuse("blank", f"{at} name can't be blank", mark)


def check_together(node: MapNode, at: str, problems: Problems) -> None:
    """No keywords that exclude each other."""
    for pair in (("script", "trigger"), ("run", "trigger"), ("script", "run")):
        if pair[0] in node.items and pair[1] in node.items:
            problems.refuse(
                "conflicting-keys",
                f"{at} config these keys cannot be used together: {', '.join(pair)}",
                node.key_mark(pair[1]),
            )
    if not absent(node.get("rules")):
        present = [key for key in ("only", "except", "start_in") if not absent(node.get(key))]
        if present:
            problems.refuse(
                "conflicting-keys",
                f"{at} config key may not be used with `rules`: {', '.join(present)}",
                node.key_mark(present[0]),
            )


def check_job(
    name: str, node: MapNode, read: Mapping[str, Any], at: str, problems: Problems
) -> None:
    """What must hold between the keywords of a job with a script."""
    script = node.get("script")
    if blank(script) and "run" not in node.items:
        problems.refuse("blank", f"{at} script can't be blank", script or node)
    start_in = node.get("start_in")
    if read.get("when") == "delayed":
        if absent(start_in):
            problems.refuse(
                "invalid-duration", f"{at} start in should be a duration", node.key_mark("when")
            )
    elif not absent(start_in) and absent(node.get("rules")):
        problems.refuse(
            "conflicting-keys",
            f"{at} start in must be blank",
            node.key_mark("start_in"),
            "`start_in` goes with `when: delayed`",
        )
    if "publish" in node.items and "publish" in read and not is_pages(name, read.get("pages")):
        problems.refuse(
            "conflicting-keys",
            f"{at} publish can only be used within a `pages` job",
            node.key_mark("publish"),
        )
    _check_dependencies(node, read, at, problems)


def _check_dependencies(
    node: MapNode, read: Mapping[str, Any], at: str, problems: Problems
) -> None:
    dependencies = read.get("dependencies")
    needs: tuple[Need, ...] | None = read.get("needs")
    if not dependencies or not needs:
        return
    own = {need.job for need in needs if need.project is None and need.pipeline is None}
    if not own:
        problems.refuse(
            "conflicting-keys",
            f"{at} needs corresponding to dependencies must be from the same pipeline",
            node.key_mark("needs"),
        )
        return
    missing = [dependency for dependency in dependencies if dependency not in own]
    if missing:
        problems.refuse(
            "undefined-need",
            f"{at} dependencies the {', '.join(missing)} should be part of needs",
            node.key_mark("dependencies"),
        )


def check_trigger(node: MapNode, read: Mapping[str, Any], at: str, problems: Problems) -> None:
    """What must hold between the keywords of a trigger job."""
    needs: tuple[Need, ...] = read.get("needs") or ()
    bridges = [need for need in needs if need.pipeline is not None]
    if absent(node.get("trigger")) and not bridges:
        problems.refuse(
            "missing-key",
            f"{at} config should contain either a trigger or a needs:pipeline",
            node.key_mark("trigger"),
        )
    if len(bridges) > 1:
        problems.refuse(
            "too-many",
            f"{at} config should contain at most one bridge need",
            node.key_mark("needs"),
        )


def warn_many_pipelines(rules: tuple[Rule, ...], node: Node, at: str, problems: Problems) -> None:
    """Warn of rules that end in a bare `when`: two pipelines of one push may both run the job."""
    last = rules[-1] if rules else None
    if last is None or last.when in (None, "never"):
        return
    if last == Rule(when=last.when, mark=last.mark):
        problems.warn("many-pipelines", f"{at} {_MANY_PIPELINES}", last.mark or node.mark)
