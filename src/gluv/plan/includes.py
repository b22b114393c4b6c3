"""What reading the configuration may know of the event: variables and changes for `include:`."""

from gluv.config import IncludeRules
from gluv.plan.clauses import World, paths_changed
from gluv.plan.context import Context
from gluv.plan.layers import Layers
from gluv.plan.predefined import PIPELINE_TIME
from gluv.plan.scope import Scope
from gluv.plan.variable import Layer


def include_variables(context: Context) -> dict[str, str]:
    """Variables known before the pipeline (phase P0): predefined, settings, pipeline variables.

    No YAML variables, and nothing of the pipeline's own number or its user.
    """
    return dict(_scope(context).values)


def include_masked(context: Context) -> frozenset[str]:
    """The names among them that are masked, so that no input may show their value."""
    strongest = {key: each for layer in _scope(context).layers for key, each in layer.items()}
    return frozenset(key for key, each in strongest.items() if each.masked)


def include_rules(context: Context) -> IncludeRules:
    """The answer to `include:rules:changes`. It raises `LookupError` for a bad `compare_to`."""
    world = World(_scope(context), context)

    def changed(paths: tuple[str, ...], compare_to: str | None) -> bool:
        if compare_to is not None:
            context.repository.changed(compare_to)  # a LookupError is the caller's to word
        return paths_changed(paths, world, compare_to)

    return IncludeRules(changed=changed)


def _scope(context: Context) -> Scope:
    layers = Layers(context, {})
    early = Layer(
        {key: variable for key, variable in layers.predefined.items() if key not in PIPELINE_TIME}
    )
    return Scope((early, layers.settings(None), layers.pipeline))
