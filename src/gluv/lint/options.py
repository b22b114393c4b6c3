"""`[tool.gluv.lint]`: which rules run, and for which jobs not."""

from fnmatch import fnmatchcase
from typing import Any

import msgspec

from gluv.errors import UsageWrong
from gluv.lint.model import Rule


class LintOptions(
    msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True
):
    """Rules are named by their id or how it begins (`GLU3`); `ALL` is every rule.

    `select` of None is every rule that is no advice. `ignore` beats `select` unless it is the
    shorter name. `per_job` maps a job's name, with `*` and `?`, to the rules that say nothing
    about it.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_job: dict[str, tuple[str, ...]] = {}

    def wants(self, rule: Rule) -> bool:
        """Whether the rule runs at all."""
        chosen = max((_length(name, rule.id) for name in self.extend_select), default=-1)
        if self.select is None:
            chosen = max(chosen, -1 if rule.advice else 0)
        else:
            chosen = max(chosen, *(_length(name, rule.id) for name in self.select), -1)
        dropped = max((_length(name, rule.id) for name in self.ignore), default=-1)
        return chosen >= 0 and dropped < chosen

    def ignored_for(self, rule: Rule, job: str | None) -> bool:
        """Whether `per_job` silences the rule for a job."""
        return job is not None and any(
            fnmatchcase(job, pattern) and any(_length(name, rule.id) >= 0 for name in names)
            for pattern, names in self.per_job.items()
        )


def read_options(settings: dict[str, Any]) -> LintOptions:
    """The options in `[tool.gluv.lint]`; raises `UsageWrong` for what does not exist."""
    try:
        options = msgspec.convert(settings, LintOptions)
    except msgspec.ValidationError as error:
        known = ", ".join(field.encode_name for field in msgspec.structs.fields(LintOptions))
        raise UsageWrong(
            f"[tool.gluv.lint]: {error}", hint=f"the keys of [tool.gluv.lint] are: {known}"
        ) from error
    check_names((*(options.select or ()), *options.extend_select, *options.ignore))
    check_names(tuple(name for names in options.per_job.values() for name in names))
    return options


def check_names(names: tuple[str, ...]) -> None:
    """Raise `UsageWrong` for a name that means no rule."""
    from gluv.lint.registry import RULES

    for name in names:
        if all(_length(name, rule) < 0 for rule in RULES):
            raise UsageWrong(f"there is no rule {name}", hint="gluv explain lists all rules")


def _length(name: str, rule: str) -> int:
    """How exactly a name means a rule: -1 not at all, 0 as one of all, else its length."""
    if name == "ALL":
        return 0
    return len(name) if name and rule.startswith(name) else -1
