"""The projects of a GitLab and the groups they belong to."""

import sqlite3
from collections.abc import Sequence

import msgspec

from gluv.store.database import Database
from gluv.store.rows import (
    Forwarding,
    NamespaceRow,
    ProjectRow,
    Visibility,
    read_flags,
    read_row,
)


class PathTaken(Exception):
    """Another project, group or user has this path."""


_KIND = "iif(EXISTS (SELECT 1 FROM users WHERE username = ?), 'user', 'group')"
"""What a path is to be: a person who is known by that name has it; all others are groups."""


class Projects:
    """The projects and namespaces of a database. Paths are compared without case, as on GitLab."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def settle(
        self,
        path: str,
        *,
        visibility: Visibility,
        title: str = "",
        description: str = "",
        default_branch: str = "main",
        checkout: str = "",
        is_home: bool = False,
        protected: Sequence[str] = (),
    ) -> ProjectRow:
        """Make a project known, or bring what is known of it up to date; its groups are made too.

        The home project stays the same whatever its path becomes: a remote may be added or renamed.
        Raises `PathTaken` if another project has that path already.
        """
        wanted = {
            "path": path,
            "title": title,
            "description": description,
            "visibility": visibility,
            "default_branch": default_branch,
            "checkout": checkout,
            "is_home": is_home,
            "protected": tuple(protected),
        }
        known = self._known(path, is_home=is_home)
        if known is not None and all(getattr(known, key) == wanted[key] for key in wanted):
            return known
        wanted["protected"] = msgspec.json.encode(protected).decode()
        columns = ", ".join(wanted)
        with self._database.writing() as connection:
            # Another run may have made it known meanwhile.
            known = self._known(path, is_home=is_home)
            if known is None:
                namespace = self._make_namespace(connection, path.rpartition("/")[0])
                row = connection.execute(
                    f"INSERT INTO projects ({columns}, namespace_id, created_at)"
                    f" VALUES ({'?, ' * len(wanted)}?, ?) RETURNING *",
                    (*wanted.values(), namespace, self._database.now()),
                ).fetchone()
                return _project(row)
            namespace = self._move(connection, known, path.rpartition("/")[0])
            try:
                row = connection.execute(
                    f"UPDATE projects SET {', '.join(f'{name} = ?' for name in wanted)},"
                    " namespace_id = ? WHERE id = ? RETURNING *",
                    (*wanted.values(), namespace, known.id),
                ).fetchone()
            except sqlite3.IntegrityError:
                raise PathTaken(path) from None
        return _project(row)

    def _known(self, path: str, *, is_home: bool) -> ProjectRow | None:
        return (self._home() if is_home else None) or self.named(path)

    def home_id(self) -> int:
        """The project that the folder belongs to; made nameless if nothing has named it yet."""
        home = self._home()
        return (home or self.settle("", visibility="public", is_home=True)).id

    def create(
        self, path: str, *, visibility: Visibility, title: str = "", description: str = ""
    ) -> ProjectRow:
        """A project that has no work tree here. Raises `PathTaken`."""
        if self.named(path) is not None or self.namespace(path) is not None:
            raise PathTaken(path)
        return self.settle(path, visibility=visibility, title=title, description=description)

    def change(
        self,
        project_id: int,
        *,
        visibility: Visibility | None = None,
        title: str | None = None,
        description: str | None = None,
        registry_public: bool | None = None,
        job_token_scope: bool | None = None,
    ) -> None:
        """Change what is not None."""
        with self._database.writing(durable=True) as connection:
            connection.execute(
                "UPDATE projects SET visibility = coalesce(?, visibility),"
                " title = coalesce(?, title), description = coalesce(?, description),"
                " registry_public = coalesce(?, registry_public),"
                " job_token_scope = coalesce(?, job_token_scope) WHERE id = ?",
                (visibility, title, description, registry_public, job_token_scope, project_id),
            )

    def delete(self, project_id: int) -> None:
        """Forget a project with all that belongs to it."""
        with self._database.writing(durable=True) as connection:
            connection.execute("DELETE FROM projects WHERE id = ?", (project_id,))

    def find(self, project_id: int) -> ProjectRow | None:
        """The project with this id."""
        row = self._database.row("SELECT * FROM projects WHERE id = ?", project_id)
        return None if row is None else _project(row)

    def named(self, path: str) -> ProjectRow | None:
        """The project with this full path."""
        row = self._database.row("SELECT * FROM projects WHERE path = ?", path)
        return None if row is None else _project(row)

    def all(self) -> tuple[ProjectRow, ...]:
        """Every project, in the order they became known."""
        return tuple(map(_project, self._database.rows("SELECT * FROM projects ORDER BY id")))

    def below(self, namespace: NamespaceRow) -> tuple[ProjectRow, ...]:
        """The projects of a group and of all groups below it."""
        rows = self._database.rows(
            "SELECT p.* FROM projects p JOIN namespaces n ON n.id = p.namespace_id"
            " WHERE n.id = ? OR substr(n.path, 1, ?) = ? COLLATE NOCASE ORDER BY p.id",
            namespace.id,
            len(namespace.path) + 1,
            f"{namespace.path}/",
        )
        return tuple(map(_project, rows))

    def namespace(self, path: str) -> NamespaceRow | None:
        """The group or personal namespace with this full path."""
        row = self._database.row("SELECT * FROM namespaces WHERE path = ?", path)
        return None if row is None else _namespace(row)

    def find_namespace(self, namespace_id: int) -> NamespaceRow | None:
        """The group or personal namespace with this id."""
        row = self._database.row("SELECT * FROM namespaces WHERE id = ?", namespace_id)
        return None if row is None else _namespace(row)

    def namespaces(self) -> tuple[NamespaceRow, ...]:
        """Every group and personal namespace, by path."""
        rows = self._database.rows("SELECT * FROM namespaces ORDER BY path")
        return tuple(map(_namespace, rows))

    def lineage(self, namespace_id: int) -> tuple[NamespaceRow, ...]:
        """A namespace and all above it, the outermost first."""
        inner = self.find_namespace(namespace_id)
        if inner is None:
            return ()
        parts = inner.path.split("/")
        found = [self.namespace("/".join(parts[:end])) for end in range(1, len(parts))]
        return (*(one for one in found if one is not None), inner)

    def make_namespace(self, path: str) -> NamespaceRow:
        """The group with this path, made with all above it if it is not there."""
        with self._database.writing() as connection:
            namespace_id = self._make_namespace(connection, path)
        found = self.find_namespace(namespace_id)
        assert found is not None
        return found

    def set_forwarding(self, namespace_id: int, mode: Forwarding | None, *, locked: bool) -> None:
        """A group's own package forwarding; None takes that from above, `locked` binds below."""
        with self._database.writing(durable=True) as connection:
            connection.execute(
                "UPDATE namespaces SET forwarding = ?, forwarding_locked = ? WHERE id = ?",
                (mode, int(locked), namespace_id),
            )

    def _home(self) -> ProjectRow | None:
        row = self._database.row("SELECT * FROM projects WHERE is_home LIMIT 1")
        return None if row is None else _project(row)

    def _make_namespace(self, connection: sqlite3.Connection, path: str) -> int:
        """The id of a namespace; it and what is above it are made if they are not there."""
        row = connection.execute("SELECT id FROM namespaces WHERE path = ?", (path,)).fetchone()
        if row is None:
            row = connection.execute(
                f"INSERT INTO namespaces (path, kind, created_at) SELECT ?, {_KIND}, ?"
                " RETURNING id",
                (path, path, self._database.now()),
            ).fetchone()
            if above := path.rpartition("/")[0]:
                self._make_namespace(connection, above)
        return int(row["id"])

    def _move(self, connection: sqlite3.Connection, project: ProjectRow, namespace: str) -> int:
        """The namespace of a project whose path changes; its old one goes along if it was alone."""
        old = connection.execute(
            "SELECT path, (SELECT count(*) FROM projects p WHERE p.namespace_id = n.id) AS used"
            " FROM namespaces n WHERE id = ?",
            (project.namespace_id,),
        ).fetchone()
        free = not connection.execute(
            "SELECT 1 FROM namespaces WHERE path = ?", (namespace,)
        ).fetchone()
        if old["path"] != namespace and old["used"] == 1 and free:
            if above := namespace.rpartition("/")[0]:
                self._make_namespace(connection, above)
            connection.execute(
                f"UPDATE namespaces SET path = ?, kind = {_KIND} WHERE id = ?",
                (namespace, namespace, project.namespace_id),
            )
            return project.namespace_id
        return self._make_namespace(connection, namespace)


def _project(row: sqlite3.Row) -> ProjectRow:
    flags = ("is_home", "registry_public", "job_token_scope")
    return read_row(
        row,
        ProjectRow,
        protected=msgspec.json.decode(row["protected"], type=tuple[str, ...]),
        **{flag: bool(row[flag]) for flag in flags},
    )


def _namespace(row: sqlite3.Row) -> NamespaceRow:
    return read_flags(row, NamespaceRow, "forwarding_locked")
