"""Commits as the API shows them."""

from typing import Any

from gluv.server.call import Gitlab
from gluv.server.repository import GitCommit
from gluv.store import ProjectRow


def commit_json(gitlab: Gitlab, project: ProjectRow, sha: str) -> dict[str, Any] | None:
    """The commit with this id, None if git does not have it."""
    commit = gitlab.repository(project).commit(sha)
    return None if commit is None else _json(gitlab, project, commit)


def _json(gitlab: Gitlab, project: ProjectRow, commit: GitCommit) -> dict[str, Any]:
    return {
        "id": commit.id,
        "short_id": commit.short_id,
        "created_at": commit.committed_date,
        "parent_ids": commit.parents,
        "title": commit.title,
        "message": commit.message,
        "author_name": commit.author_name,
        "author_email": commit.author_email,
        "authored_date": commit.authored_date,
        "committer_name": commit.committer_name,
        "committer_email": commit.committer_email,
        "committed_date": commit.committed_date,
        "trailers": {},
        "extended_trailers": {},
        "web_url": f"{gitlab.settings.project_url(project)}/-/commit/{commit.id}",
    }
