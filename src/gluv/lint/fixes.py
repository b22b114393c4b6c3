"""The edits that several rules make: set a variable, change what an image or a version says."""

from gluv.lint.facts import JobFacts, references, scalar
from gluv.lint.model import Edit, Fix
from gluv.lint.spans import first_key, insert_entry, replace_part
from gluv.text.nodes import MapNode, ScalarNode


def fix(title: str, *edits: Edit | None, safe: bool = True) -> Fix | None:
    """A fix of these edits; None if one of them is not certain."""
    made = tuple(edit for edit in edits if edit is not None)
    return Fix(title=title, edits=made, safe=safe) if made and len(made) == len(edits) else None


def set_variable(job: JobFacts, name: str, written: str) -> Edit | None:
    """Give a job a variable; `written` is its value as YAML."""
    if job.own_variables is not None:
        if _of_others(job, job.own_variables):
            return None
        return insert_entry(job.own_variables, f"{name}: {written}")
    if "variables" in job.node.items or _of_others(job, job.node):
        return None
    return insert_entry(job.node, f"variables:\n  {name}: {written}")


def _of_others(job: JobFacts, where: MapNode) -> bool:
    """Whether a map is written in a place that jobs with other images have too.

    That is so for hidden jobs that several extend, and for anchors.
    """
    key = first_key(where)
    return any(
        other is not job
        and other.image_texts != job.image_texts
        and any(
            each is key
            for map_ in (other.node, other.own_variables)
            if map_ is not None
            for each in map_.keys.values()
        )
        for other in job.facts.jobs
    )


def set_top_variable(job: JobFacts, name: str, written: str) -> Edit | None:
    """Give all jobs a variable, or this one where there are no top-level variables."""
    if job.top_variables is not None and job.inherits is True:
        return insert_entry(job.top_variables, f"{name}: {written}")
    return set_variable(job, name, written)


def mend(job: JobFacts, node: ScalarNode, old: str, new: str) -> Edit | None:
    """Replace `old` in a value, or in the one variable it takes `old` from."""
    text = str(node.value)
    if text.count(old) == 1:
        return replace_part(node, text.index(old), old, new)
    if old in text:
        return None
    found = []
    for name in references(text):
        value = scalar(job.variable(name))
        if value is not None and str(value.value).count(old) == 1:
            found.append(value)
    if len(found) != 1:
        return None
    return replace_part(found[0], str(found[0].value).index(old), old, new)


def image_node(job: JobFacts) -> ScalarNode | None:
    """The image of a job as written."""
    node = job.node.get("image")
    if isinstance(node, MapNode):
        node = node.get("name")
    return node if isinstance(node, ScalarNode) else None
