"""Whether a caller may do something, and GitLab's answer if not."""

from collections.abc import Callable, Iterable, Mapping

from gluv.server.access import Accepts, Caller
from gluv.server.answers import not_found, refused, unauthorized
from gluv.server.roles import GUEST, NEEDED, OWNER, REPORTER, Ability
from gluv.store import NamespaceRow, ProjectRow, Store, TokenRow
from gluv.store.rows import Visibility

_OPENS: Mapping[Ability, frozenset[str]] = {
    "read_package": frozenset({"read_package_registry", "write_package_registry"}),
    "create_package": frozenset({"write_package_registry"}),
}
"""The scopes of deploy tokens, by what each of them lets one do."""


def group_visibility(projects: Iterable[ProjectRow]) -> Visibility:
    """How visible a group is whose projects these are: as its most visible one, as on GitLab."""
    found = {one.visibility for one in projects}
    return "public" if "public" in found else "internal" if "internal" in found else "private"


class Door:
    """The visibility of projects and the roles of callers in them.

    `tokens_only` is for a server that strangers can reach: what is public is then for everybody
    with a token. `on_unauthenticated_read` hears the path of a read that only succeeded because a
    project is public.
    """

    def __init__(
        self,
        store: Store,
        *,
        tokens_only: bool,
        on_unauthenticated_read: Callable[[str], None],
    ) -> None:
        self._store = store
        self._tokens_only = tokens_only
        self._on_unauthenticated_read = on_unauthenticated_read

    def may(self, caller: Caller, ability: Ability, project: ProjectRow) -> bool:
        """Whether a caller has an ability in a project."""
        if caller.deploy is not None:
            return self._deploy_may(caller.deploy, ability, project)
        lowest, open_to_all = NEEDED[ability]
        if self.level(caller, project) >= lowest:
            return True
        if ability == "read_package" and project.registry_public:
            return not (caller.anonymous and self._tokens_only)
        return open_to_all and self._is_open(caller, project)

    def sees(self, caller: Caller, project: ProjectRow) -> bool:
        """Whether a project exists as far as a caller may know."""
        if caller.deploy is not None and self._is_valid_for(caller.deploy, project):
            return True
        return self._is_open(caller, project) or self.level(caller, project) >= GUEST

    def level(self, caller: Caller, project: ProjectRow) -> int:
        """The access level of a caller in a project, 0 for none; a group's counts below it."""
        user = caller.user
        if user is None or (caller.job is not None and not self._lets_in(caller, project)):
            return 0
        if user.admin:
            return OWNER
        namespaces, projects = self._store.people.roles(user.id)
        levels = [projects.get(project.id, 0)]
        for namespace in self._store.projects.lineage(project.namespace_id):
            levels.append(namespaces.get(namespace.id, 0))
            if namespace.kind == "user" and namespace.path.casefold() == user.username.casefold():
                levels.append(OWNER)
        return max(levels)

    def group_level(self, caller: Caller, group: NamespaceRow) -> int:
        """The access level of a caller in a group, 0 for none; a job has that of its user."""
        if caller.user is None:
            return 0
        if caller.user.admin:
            return OWNER
        namespaces, _ = self._store.people.roles(caller.user.id)
        above = self._store.projects.lineage(group.id)
        return max(namespaces.get(one.id, 0) for one in above)

    def admit(
        self, caller: Caller, ability: Ability, project: ProjectRow, accepts: Accepts
    ) -> None:
        """Let a caller in. Raises `Refused`: 404 where it must not know that there is a project.

        Package routes ask for credentials (401) where others do not.
        """
        packages = accepts == "packages"
        if self.may(caller, ability, project):
            return
        if packages and caller.anonymous:
            raise unauthorized(packages=True)
        if not self.sees(caller, project):
            raise not_found() if packages else not_found("Project")
        raise refused(403)

    def admit_to_group(
        self,
        caller: Caller,
        ability: Ability,
        namespace: NamespaceRow,
        projects: Iterable[ProjectRow],
        accepts: Accepts,
    ) -> tuple[ProjectRow, ...]:
        """The projects of a group where a caller has an ability. Raises `Refused`."""
        below = tuple(projects)
        packages = accepts == "packages"
        if not self.sees_group(caller, namespace, below):
            if packages and caller.anonymous:
                raise unauthorized(packages=True)
            raise not_found() if packages else not_found("Group")
        if packages and not self._may_read_packages_of(caller, namespace, below):
            raise refused(403)
        return tuple(one for one in below if self.may(caller, ability, one))

    def _may_read_packages_of(
        self, caller: Caller, namespace: NamespaceRow, below: Iterable[ProjectRow]
    ) -> bool:
        """Whether a group's registry is for a caller who knows of the group.

        A role in one of its projects is not enough for that (GitLab's policy of group packages).
        """
        return (
            group_visibility(below) == "public"
            or caller.deploy is not None
            or self.group_level(caller, namespace) >= REPORTER
        )

    def sees_group(
        self, caller: Caller, namespace: NamespaceRow, projects: Iterable[ProjectRow]
    ) -> bool:
        """Whether a group exists as far as a caller may know; `projects` are those below it.

        A deploy token knows the group that it is of, and what is public.
        """
        if caller.deploy is not None:
            return caller.deploy.namespace_id == namespace.id or any(
                self._is_open(caller, one) for one in projects
            )
        return (
            any(self.sees(caller, one) for one in projects)
            or self.group_level(caller, namespace) >= GUEST
        )

    def report(self, caller: Caller, path: str, projects: Iterable[ProjectRow]) -> None:
        """Tell of a read that a private project would have refused."""
        if caller.anonymous and any(not one.registry_public for one in projects):
            self._on_unauthenticated_read(path)

    def _is_open(self, caller: Caller, project: ProjectRow) -> bool:
        """Whether a caller without any role sees a project."""
        if caller.anonymous:
            return project.visibility == "public" and not self._tokens_only
        return project.visibility == "public" or (
            project.visibility == "internal" and caller.deploy is None
        )

    def _lets_in(self, caller: Caller, project: ProjectRow) -> bool:
        """Whether a project takes job tokens of the project that a caller's job belongs to."""
        assert caller.job is not None
        pipeline = self._store.pipeline(caller.job.pipeline_id)
        if pipeline is None:
            return False
        if pipeline.project_id == project.id or not project.job_token_scope:
            return True
        projects, groups = self._store.job_token_scope.allowed(project.id)
        source = self._store.projects.find(pipeline.project_id)
        if source is None:
            return False
        above = {one.id for one in self._store.projects.lineage(source.namespace_id)}
        return source.id in projects or not above.isdisjoint(groups)

    def _deploy_may(self, token: TokenRow, ability: Ability, project: ProjectRow) -> bool:
        is_open = project.visibility == "public" or project.registry_public
        if ability == "read_package" and is_open:
            return True
        opens = _OPENS.get(ability, frozenset())
        return self._is_valid_for(token, project) and not opens.isdisjoint(token.scopes)

    def _is_valid_for(self, token: TokenRow, project: ProjectRow) -> bool:
        if token.project_id is not None:
            return token.project_id == project.id
        above = self._store.projects.lineage(project.namespace_id)
        return any(one.id == token.namespace_id for one in above)
