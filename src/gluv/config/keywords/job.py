"""A job, all its keywords together."""

import msgspec

from gluv.config.keywords.allow_failure import AllowFailure
from gluv.config.keywords.artifacts import Artifacts
from gluv.config.keywords.cache import Cache
from gluv.config.keywords.environment import Environment
from gluv.config.keywords.image import Image
from gluv.config.keywords.inherit import Inherit
from gluv.config.keywords.needs import Need
from gluv.config.keywords.parallel import Parallel
from gluv.config.keywords.policy import Policy
from gluv.config.keywords.release import Release
from gluv.config.keywords.retry import Retry
from gluv.config.keywords.rules import Rule
from gluv.config.keywords.services import Service
from gluv.config.keywords.trigger import Trigger
from gluv.config.keywords.variables import Variable
from gluv.errors import Mark


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A visible job after includes, extends, references and defaults.

    None means the keyword is absent where absence differs from a default (GitLab decides later).
    Durations are seconds. `variables` are the job's own; `inherit` says which globals it takes.
    `marks` holds where each keyword stands, so that later problems can point at it.
    """

    name: str
    stage: str = "test"
    script: tuple[str, ...] = ()
    before_script: tuple[str, ...] = ()
    after_script: tuple[str, ...] = ()
    image: Image | None = None
    services: tuple[Service, ...] = ()
    variables: dict[str, Variable] = {}
    inherit: Inherit = Inherit()
    cache: tuple[Cache, ...] = ()
    artifacts: Artifacts | None = None
    rules: tuple[Rule, ...] | None = None
    only: Policy | None = None
    except_: Policy | None = msgspec.field(default=None, name="except")
    when: str | None = None
    start_in: int | None = None
    manual_confirmation: str | None = None
    allow_failure: AllowFailure | None = None
    needs: tuple[Need, ...] | None = None
    dependencies: tuple[str, ...] | None = None
    parallel: Parallel | None = None
    trigger: Trigger | None = None
    environment: Environment | None = None
    release: Release | None = None
    retry: Retry | None = None
    timeout: int | None = None
    coverage: str | None = None
    interruptible: bool | None = None
    resource_group: str | None = None
    tags: tuple[str, ...] = ()
    hooks: dict[str, tuple[str, ...]] = {}
    id_tokens: dict[str, tuple[str, ...]] = {}
    secrets: dict[str, object] = {}
    identity: str | None = None
    pages: bool | dict[str, object] | None = None
    publish: str | None = None
    run: tuple[dict[str, object], ...] | None = None
    dast_configuration: dict[str, str] | None = None
    inputs: dict[str, object] = {}
    mark: Mark | None = None
    marks: dict[str, Mark] = {}
