"""`needs:`."""

from collections.abc import Collection
from typing import Final

import msgspec

from gluv.config.keywords.parallel import Matrix, read_parallel
from gluv.config.keywords.reading import (
    Problems,
    absent,
    nested_items,
    read_filled_text,
    read_flag,
    refuse_unknown_keys,
)
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of `needs:`. Exactly one of `job` (this pipeline or `project`/`pipeline`) is meant.

    `matrix` holds `parallel:matrix` rows (variable to accepted values); None means all of the job.
    """

    job: str | None = None
    artifacts: bool = True
    optional: bool = False
    matrix: tuple[dict[str, tuple[str, ...]], ...] | None = None
    project: str | None = None
    ref: str | None = None
    pipeline: str | None = None


JOB_KEYS: Final = ("job", "artifacts", "optional", "parallel")
PIPELINE_KEYS: Final = ("pipeline", "job", "artifacts", "optional")
PROJECT_KEYS: Final = ("project", "ref", "job", "artifacts", "optional")
CROSS_LIMIT: Final = 5


def read_needs(
    node: Node, at: str, problems: Problems, allowed: Collection[str] = ("job", "cross_dependency")
) -> tuple[Need, ...] | None:
    """The needs in written order; `allowed` says which of GitLab's kinds may stand here.

    `job` is a job of this pipeline, `cross_dependency` one of another, `bridge` a pipeline whose
    status is mirrored.
    """
    if isinstance(node, MapNode) and not node.items:
        problems.refuse("blank", f"{at} config can not be an empty hash", node)
        return None
    if isinstance(node, MapNode):
        items: tuple[Node, ...] = (node,)
    elif isinstance(node, SeqNode):
        items = tuple(nested_items(node))
    else:
        problems.refuse("wrong-type", f"{at} config can only be a hash or an array", node)
        return None
    needs: list[Need] = []
    for item in items:
        kind = _kind(item)
        if kind is None:
            problems.say("wrong-type", f"{at}:need has an unsupported type", item)
        elif kind not in allowed:
            problems.refuse("invalid-value", f"{at} config uses invalid types: {kind}", item)
        else:
            need = _read_need(item, kind, f"{at}:need", problems)
            if need is not None:
                needs.append(need)
    # Jobs of other pipelines and jobs of other projects are counted apart.
    pipelines = sum(need.pipeline is not None and need.job is not None for need in needs)
    projects = sum(need.project is not None for need in needs)
    if max(pipelines, projects) > CROSS_LIMIT:
        problems.refuse(
            "too-many", f"{at} config must be less than or equal to {CROSS_LIMIT}", node
        )
    return tuple(needs)


def _kind(node: Node) -> str | None:
    if type(node) is ScalarNode:
        return "job" if type(node.value) is str else None
    if type(node) is not MapNode:
        return None
    keys = node.items
    if "project" in keys:
        return "cross_dependency"
    if "pipeline" in keys:
        return "cross_dependency" if "job" in keys else "bridge"
    return "job" if "job" in keys and "ref" not in keys else None


def _read_need(node: Node, kind: str, at: str, problems: Problems) -> Need | None:
    if type(node) is ScalarNode:
        name = read_filled_text(node, f"{at} config", node, problems)
        return None if name is None else Need(job=name)
    assert isinstance(node, MapNode)
    allowed: tuple[str, ...]
    required: tuple[str, ...]
    if kind == "job":
        allowed, required = JOB_KEYS, ("job",)
    elif kind == "bridge":
        allowed, required = PIPELINE_KEYS, ("pipeline",)
    elif "project" in node.items:
        allowed, required = PROJECT_KEYS, ("project", "ref", "job")
    else:
        allowed, required = PIPELINE_KEYS, ("pipeline", "job")
    refuse_unknown_keys(node, f"{at} config", problems, allowed)
    texts = {
        key: read_filled_text(node.get(key), f"{at} {key}", node, problems) for key in required
    }
    flags: dict[str, bool] = {}
    for key in ("artifacts", "optional"):
        value = node.get(key)
        if value is not None and not absent(value):
            flag = read_flag(value, f"{at} {key}", problems)
            if flag is not None:
                flags[key] = flag
    matrix = None
    parallel = node.get("parallel")
    if kind == "job" and parallel is not None and not absent(parallel):
        read = read_parallel(parallel, f"{at}:parallel", problems, number=False)
        matrix = read.rows if isinstance(read, Matrix) else None
    if None in texts.values():
        return None
    return Need(
        job=texts.get("job"),
        project=texts.get("project"),
        ref=texts.get("ref"),
        pipeline=texts.get("pipeline"),
        artifacts=flags.get("artifacts", True),
        optional=flags.get("optional", False),
        matrix=matrix,
    )
