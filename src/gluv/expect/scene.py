"""A scene to the `Context` that a plan is built from."""

import msgspec

from gluv.config.fetch import Fetcher
from gluv.config.loading import load
from gluv.config.model import Loaded
from gluv.expect.model import Scene
from gluv.expect.tree import Tree, TreeRepository
from gluv.plan import build
from gluv.plan.context import (
    Commit,
    Context,
    MergeRequest,
    Project,
    RefKind,
    Server,
    SettingVariable,
    User,
)
from gluv.plan.includes import include_rules, include_variables
from gluv.plan.model import Plan
from gluv.settings import protects
from gluv.text.nodes import Source

SHA = "c0ffee00" * 5
"""The commit of every scene: made up, so that an expectation does not change with each commit."""

BEFORE = "0ddba110" * 5
NEW = "0" * 40
AT = "2026-01-01T00:00:00Z"


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What a scene stands in: the repository's files, its project, its variables' settings.

    `protected` are patterns of ref names.
    """

    source: Source
    fetch: Fetcher
    tree: Tree
    project: Project = Project(path="group/project")
    variables: tuple[SettingVariable, ...] = ()
    protected: tuple[str, ...] = ()


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A scene with its plan."""

    context: Context
    loaded: Loaded
    plan: Plan


def plan_scene(scene: Scene, surroundings: Surroundings) -> Planned:
    """The plan of the pipeline that the event would make."""
    context = build_scene(scene, surroundings)
    loaded = load(
        surroundings.source,
        surroundings.fetch,
        scene.inputs,
        variables=include_variables(context),
        rules=include_rules(context),
    )
    if loaded.config is None:
        plan = Plan(pipeline=None, stages=(), jobs=(), skipped=(), problems=loaded.problems)
    else:
        plan = build(loaded.config, context, problems=loaded.problems)
    return Planned(context=context, loaded=loaded, plan=plan)


def build_scene(scene: Scene, surroundings: Surroundings) -> Context:
    """The event as the plan wants it. Without any word about it, a push to the default branch."""
    project = surroundings.project
    if scene.project is not None:
        project = msgspec.structs.replace(project, path=scene.project)
    if scene.default_branch is not None:
        project = msgspec.structs.replace(project, default_branch=scene.default_branch)
    kind: RefKind = "branch"
    request = None
    ref = scene.branch or project.default_branch
    source = scene.source or ("push" if scene.schedule is None else "schedule")
    before = BEFORE if scene.changed is not None else NEW
    if scene.tag is not None:
        kind, ref = "tag", scene.tag
    elif scene.request is not None:
        kind, ref, source, before = (
            "merge_request",
            scene.branch or "feature",
            "merge_request_event",
            NEW,
        )
        request = MergeRequest(
            target=scene.request.target,
            source=ref,
            title=scene.request.title,
            diff_base_sha=BEFORE,
            event_type=scene.request.event_type,
        )
    protected = scene.protected
    if protected is None:
        protected = protects(surroundings.protected, ref)
    return Context(
        source=source,
        ref=ref,
        ref_kind=kind,
        commit=Commit(
            sha=SHA,
            before_sha=before,
            message=scene.message,
            author="A. Developer <developer@example.com>",
            timestamp=AT,
        ),
        project=project,
        server=Server(url="https://gitlab.example.com"),
        user=User(login="developer", name="A. Developer", email="developer@example.com"),
        repository=TreeRepository(
            _tree(scene, surroundings), scene.changed, _since(scene, project.default_branch, ref)
        ),
        protected=protected,
        tag_message=scene.tag_message,
        merge_request=request,
        schedule_description=scene.schedule or "",
        variables=scene.variables,
        settings=(*surroundings.variables, *scene.settings),
        created_at=AT,
        config_path=surroundings.source.name,
    )


def _since(scene: Scene, default_branch: str, ref: str) -> dict[str, tuple[str, ...] | None]:
    """What differs from the refs that are there: the default branch, a target, those named.

    The branch of the pipeline itself is at its commit, so that nothing differs from it.
    """
    known = {default_branch: scene.changed}
    if scene.request is not None:
        known[scene.request.target] = scene.changed
    if scene.tag is None:
        known[ref] = ()
    return {**known, **scene.since}


def _tree(scene: Scene, surroundings: Surroundings) -> Tree:
    if scene.files is None:
        return surroundings.tree
    return {
        path: surroundings.tree.get(path, b"") if text is None else text.encode()
        for path, text in scene.files.items()
    }
