"""What an expectation file says: an event, and what its pipeline should be."""

import msgspec

from gluv.errors import Mark
from gluv.plan.context import SettingVariable
from gluv.text.nodes import MapNode


class SceneRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The merge request of a scene."""

    target: str
    title: str = "A merge request"
    event_type: str = "detached"


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """An event that need not have happened: no branch, tag or commit of it has to exist.

    `changed` of None means that there is nothing to compare with; `since` holds what changed since
    a ref that `compare_to` names. `files` of None are those of the repository. `dotenv` are
    variables that earlier jobs hand over.
    """

    branch: str | None = None
    tag: str | None = None
    request: SceneRequest | None = None
    source: str | None = None
    schedule: str | None = None
    variables: dict[str, str] = {}
    inputs: dict[str, object] = {}
    changed: tuple[str, ...] | None = None
    since: dict[str, tuple[str, ...]] = {}
    files: dict[str, str | None] | None = None
    protected: bool | None = None
    default_branch: str | None = None
    project: str | None = None
    message: str = "Change something"
    tag_message: str = ""
    settings: tuple[SettingVariable, ...] = ()
    dotenv: dict[str, str] = {}


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """One event with what is expected of its pipeline; `node` holds the expected values."""

    name: str
    scene: Scene
    node: MapNode
    mark: Mark


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """An expectation that does not hold: where in the plan, and what is there instead.

    `expected` and `actual` are plain data; `why` is the plan's own explanation, if it has one.
    """

    where: str
    mark: Mark
    expected: object
    actual: object
    why: tuple[str, ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one expectation."""

    expectation: Expectation
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        """Whether the plan is as expected."""
        return not self.differences
