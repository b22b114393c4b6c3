"""A `.gitlab-ci.yml` and everything it includes, read as GitLab reads it.

GitLab's order: the file with its inputs, includes, `extends`, `!reference`; then the keywords.
"""

import re
from collections.abc import Container, Iterator, Mapping

import msgspec

from gluv.config.defaults import apply_defaults
from gluv.config.document import Given, read_document
from gluv.config.extends import apply_extends
from gluv.config.fetch import Fetcher
from gluv.config.include.rules import IncludeRules
from gluv.config.include.walk import LimitReached, Place, Walk
from gluv.config.model import Loaded
from gluv.config.references import resolve_references
from gluv.config.size import Grown, too_big
from gluv.errors import Problem
from gluv.text.collector import without_collector
from gluv.text.nodes import MapNode, Source

__all__ = ["IncludeRules", "Resolved", "load", "resolve"]


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """What GitLab calls the full configuration: includes, inputs, extends and references done.

    `merged` is None where a file could not be had or read; `default:` is still apart in it.
    `failed` names the entries with a wrong `extends` or `!reference`. `sources` holds every file
    that was read, by the name its marks use.
    """

    merged: MapNode | None
    problems: tuple[Problem, ...]
    sources: dict[str, Source]
    failed: frozenset[str] = frozenset()


def resolve(
    source: Source,
    fetch: Fetcher,
    inputs: Mapping[str, object] = {},
    *,
    variables: Mapping[str, str] = {},
    rules: IncludeRules | None = None,
    masked: Container[str] = (),
) -> Resolved:
    """The full configuration of `source` as nodes; never raises for a user's mistake.

    `inputs` are the pipeline's (text may be JSON), `variables` those known before the pipeline
    (include paths and rules see them), `rules` answers `include:rules:changes`.
    `masked` names the variables that `expand_vars` must not show.
    """
    walk = Walk(fetch, rules, masked)
    place = Place(variables=variables)
    config = read_document(source, Given(values=inputs), place, walk)
    if config is not None and config.get("include") is not None:
        from gluv.config.include.process import expand_includes

        try:
            config = expand_includes(config, place, walk)
        except LimitReached:
            config = None
    if config is None or any(problem.severity == "error" for problem in walk.problems):
        # Without a file, its jobs would be reported missing everywhere: say the cause only.
        return Resolved(merged=None, problems=tuple(walk.problems), sources=walk.sources)
    extended = apply_extends(config)
    referenced = resolve_references(extended.merged)
    if Grown().too_big(referenced.merged) or any(
        problem.code == "yaml-too-big" for problem in extended.problems
    ):
        problems = (*walk.problems, too_big(config.mark))
        return Resolved(merged=None, problems=problems, sources=walk.sources)
    return Resolved(
        merged=referenced.merged,
        problems=(*walk.problems, *extended.problems, *referenced.problems),
        sources=walk.sources,
        failed=extended.failed | referenced.failed,
    )


@without_collector()
def load(
    source: Source,
    fetch: Fetcher,
    inputs: Mapping[str, object] = {},
    *,
    variables: Mapping[str, str] = {},
    rules: IncludeRules | None = None,
    masked: Container[str] = (),
) -> Loaded:
    """The configuration in `source` with all its problems; never raises for a user's mistake.

    The arguments are those of `resolve`. Jobs have their defaults; `config.merged` has them apart,
    as GitLab's full configuration.
    """
    from gluv.config.keywords.pipeline import read_pipeline

    resolved = resolve(source, fetch, inputs, variables=variables, rules=rules, masked=masked)
    if resolved.merged is None:
        return Loaded(config=None, problems=resolved.problems, sources=resolved.sources)
    defaulted, twice = apply_defaults(resolved.merged)
    config, found = read_pipeline(defaulted)
    if config is not None:
        config = msgspec.structs.replace(config, merged=resolved.merged)
    failed = frozenset(name.lower() for name in resolved.failed)
    problems = [*resolved.problems, *twice]
    problems += [problem for problem in found if not (failed and _follows(problem, failed))]
    return Loaded(config=config, problems=tuple(problems), sources=resolved.sources)


def _follows(problem: Problem, failed: frozenset[str]) -> bool:
    """Whether a problem only comes from an entry that was left incomplete (a missing script...).

    `failed` are the names of those, in lower case.
    """
    # GitLab's validators print names in lower case.
    message = problem.message.lower()
    if message == "jobs config should contain at least one visible job":
        return True
    return any(name in failed for name in _names_in(message))


def _names_in(message: str) -> Iterator[str]:
    """What may be the name of a job in a sentence; a name may hold colons and spaces itself."""
    if message.startswith(("jobs:", "jobs ")):
        rest = message[5:]
        yield from (rest[: end.start()] for end in re.finditer("[: ]", rest[:_LONGEST_NAME]))
    subject, sign, said = message.partition(" job: ")
    if sign:
        yield subject
        if other := re.match(
            r"undefined (?:need|dependency): (.*)$|(?:need|dependency) (.*?) is not ", said
        ):
            yield other[1] or other[2]


_LONGEST_NAME = 300  # GitLab refuses names of more than 255 characters
