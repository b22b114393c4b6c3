"""`only:` and `except:`: GitLab's older way to say when a job runs."""

from gluv.config.keywords.policy import Policy
from gluv.expr.regex import RegexInvalid, compile_pattern, is_pattern
from gluv.plan.clauses import World, expression_holds, paths_changed
from gluv.plan.context import Context

DEFAULT_REFS = ("branches", "tags")
"""What `only:` means where a job says neither `rules` nor `only:refs`."""


def why_excluded(only: Policy | None, excluding: Policy | None, world: World) -> str | None:
    """Why `only`/`except` keep a job out, or None if they let it in.

    Every condition of `only` must hold; one of `except` is enough to exclude. `only` of None
    says that the default does not apply (`workflow:rules` are in use).
    """
    context = world.context
    if only is not None:
        implicit = only.refs is None
        refs = DEFAULT_REFS if only.refs is None else only.refs
        if not refs_match(refs, context):
            said = "only (implicit)" if implicit else "only"
            return f"{said}: [{', '.join(refs)}] does not hold for {event(context)}"
        failed = _false_condition(only, world)
        if failed is not None:
            return f"only: {failed}"
    if excluding is not None:
        if excluding.refs is not None and refs_match(excluding.refs, context):
            return f"except: [{', '.join(excluding.refs)}] holds for {event(context)}"
        held = _true_condition(excluding, world)
        if held is not None:
            return f"except: {held}"
    return None


def refs_match(refs: tuple[str, ...], context: Context) -> bool:
    """Whether a ref keyword, name or regular expression holds; `@path` limits it to a project."""
    return any(_ref_matches(ref, context) for ref in refs)


def _ref_matches(ref: str, context: Context) -> bool:
    pattern, at, path = ref.partition("@")
    if at and path != context.project.path:
        return False
    kind = context.ref_kind
    if (pattern, kind) in (("tags", "tag"), ("branches", "branch")):
        return True
    # GitLab compares with the source's name without `_event`, singular or plural.
    source = context.source.removesuffix("_event")
    if pattern in (source, _plural(source)):
        return True
    if kind == "merge_request":
        return False
    if is_pattern(pattern):
        try:
            return compile_pattern(pattern).search(context.ref)
        except RegexInvalid:
            return False
    return pattern == context.ref


def _plural(word: str) -> str:
    return f"{word}es" if word.endswith(("s", "sh", "ch", "x")) else f"{word}s"


def _false_condition(policy: Policy, world: World) -> str | None:
    """The first condition besides refs that is present and false."""
    if policy.variables is not None and not _any_true(policy.variables, world):
        return f"none of the variables {_quoted(policy.variables)} is true"
    if policy.changes is not None and not paths_changed(policy.changes, world):
        return f"no changed path matches changes: {', '.join(policy.changes)}"
    if policy.kubernetes is not None:
        return "kubernetes: active, and no cluster is connected here"
    return None


def _true_condition(policy: Policy, world: World) -> str | None:
    """The first condition besides refs that is present and true."""
    if policy.variables is not None and _any_true(policy.variables, world):
        return f"one of the variables {_quoted(policy.variables)} is true"
    if policy.changes is not None and paths_changed(policy.changes, world):
        return f"a changed path matches changes: {', '.join(policy.changes)}"
    return None


def _any_true(expressions: tuple[str, ...], world: World) -> bool:
    return any(expression_holds(text, world.scope) for text in expressions)


def _quoted(expressions: tuple[str, ...]) -> str:
    return ", ".join(f"`{text}`" for text in expressions)


def event(context: Context) -> str:
    """The pipeline's event in words."""
    match context.ref_kind:
        case "merge_request":
            return "a merge request pipeline"
        case "tag":
            return f"the tag {context.ref}"
        case "branch":
            return f"the branch {context.ref} ({context.source})"
