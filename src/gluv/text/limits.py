"""How large a configuration GitLab loads."""

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The reader's bounds; beyond them GitLab says "The parsed YAML is too big".

    `depth` counts nested lists and mappings (GitLab's `max_yaml_depth`). `nodes` counts scalars,
    lists and mappings with every alias expanded: it bounds what a small file can grow to
    (GitLab's own bound on nodes it interpolates is 500,000). GitLab's `max_yaml_size_bytes`
    measures the memory of Ruby's objects and is an instance setting: see `gluv.text.weight`.
    """

    depth: int = 100
    nodes: int = 2_000_000


DEFAULT_LIMITS = Limits()
