"""The plan of a pipeline. Its JSON form is an interface: `docs/plan.schema.json` describes it."""

import msgspec

from gluv.config.keywords.allow_failure import AllowFailure
from gluv.config.keywords.artifacts import Artifacts
from gluv.config.keywords.auto_cancel import AutoCancel
from gluv.config.keywords.environment import Environment
from gluv.config.keywords.image import Image
from gluv.config.keywords.needs import Need
from gluv.config.keywords.release import Release
from gluv.config.keywords.retry import Retry
from gluv.config.keywords.services import Service
from gluv.config.keywords.trigger import Trigger
from gluv.config.keywords.variables import Variable
from gluv.errors import Mark, Problem


class PlannedNeed(msgspec.Struct, frozen=True, kw_only=True):
    """An edge to a job of the plan, by its final name."""

    job: str
    artifacts: bool = True
    optional: bool = False


class PlannedCache(msgspec.Struct, frozen=True, kw_only=True):
    """One cache with its final key and fallback keys (suffixes included); paths as written."""

    key: str
    paths: tuple[str, ...] = ()
    untracked: bool = False
    when: str = "on_success"
    policy: str = "pull-push"
    unprotect: bool = False
    fallback_keys: tuple[str, ...] = ()


class ParallelIndex(msgspec.Struct, frozen=True, kw_only=True):
    """Which of how many (`CI_NODE_INDEX`, `CI_NODE_TOTAL`)."""

    index: int
    total: int


class MatchedRule(msgspec.Struct, frozen=True, kw_only=True):
    """The clause of `rules:` that let the job in: its index from 0, its `if`, its line."""

    index: int
    if_: str | None = msgspec.field(default=None, name="if")
    mark: Mark | None = None


class PlannedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job that will run, every value final.

    `needs` of None means stage order; `dependencies` of None means GitLab's default.
    `variables` are what the YAML and the matched rule define, after precedence, not expanded.
    `base_name` is the name in the file (before parallel). `foreign_needs` are needs of another
    project or pipeline; they are no edges of this plan.
    """

    name: str
    base_name: str
    stage: str
    when: str = "on_success"
    allow_failure: AllowFailure = False
    needs: tuple[PlannedNeed, ...] | None = None
    dependencies: tuple[str, ...] | None = None
    before_script: tuple[str, ...] = ()
    script: tuple[str, ...] = ()
    after_script: tuple[str, ...] = ()
    image: Image | None = None
    services: tuple[Service, ...] = ()
    variables: dict[str, Variable] = {}
    cache: tuple[PlannedCache, ...] = ()
    artifacts: Artifacts | None = None
    tags: tuple[str, ...] = ()
    timeout_seconds: int = 3600
    retry: Retry = Retry()
    parallel: ParallelIndex | None = None
    environment: Environment | None = None
    release: Release | None = None
    coverage: str | None = None
    interruptible: bool = False
    resource_group: str | None = None
    start_in: int | None = None
    trigger: Trigger | None = None
    rule: MatchedRule | None = None
    hooks: dict[str, tuple[str, ...]] = {}
    id_tokens: dict[str, tuple[str, ...]] = {}
    manual_confirmation: str | None = None
    foreign_needs: tuple[Need, ...] = ()
    secrets: dict[str, object] = {}
    identity: str | None = None
    pages: bool | dict[str, object] | None = None
    publish: str | None = None
    run: tuple[dict[str, object], ...] | None = None
    dast_configuration: dict[str, str] | None = None
    inputs: dict[str, object] = {}
    mark: Mark | None = None
    marks: dict[str, Mark] = {}


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A job of the file that is not in the pipeline, and why in one sentence."""

    name: str
    why: str


class Pipeline(msgspec.Struct, frozen=True, kw_only=True):
    """The pipeline itself; `ref` is the branch or tag name, `variables` the pipeline's own.

    `auto_cancel` is that of `workflow:`, or of its rule that matched.
    """

    name: str | None
    source: str
    ref: str
    tag: bool
    sha: str
    variables: dict[str, str]
    auto_cancel: AutoCancel = AutoCancel()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What would run. `pipeline` is None when GitLab would create none; `reason` then says why."""

    pipeline: Pipeline | None
    stages: tuple[str, ...]
    jobs: tuple[PlannedJob, ...]
    skipped: tuple[Skipped, ...]
    problems: tuple[Problem, ...]
    reason: str = ""

    @property
    def valid(self) -> bool:
        """Whether GitLab would accept the configuration."""
        return not any(problem.severity == "error" for problem in self.problems)
