"""A `.gluv/` that an older gluv wrote opens, and nothing of it is lost or renumbered."""

import hashlib
import os
import sqlite3
from pathlib import Path

import pytest

from gluv.store import Store
from gluv.store.migrations import MIGRATIONS
from gluv.store.projects import PathTaken

BEFORE_PROJECTS = 3
"""Steps of the schema before there was more than one project."""

SHA = hashlib.sha256(b"wheel").hexdigest()

ROWS = (
    "INSERT INTO pipelines VALUES (7, 3, 'push', 'v1.0', 1, 'aaa', 'Nightly', 'success', 12.5,"
    " '1@x', 1000.0, NULL)",
    "INSERT INTO pipelines VALUES (8, 4, 'parent_pipeline', 'v1.0', 1, 'aaa', NULL, 'running',"
    " NULL, '1@x', 1001.0, 21)",
    "INSERT INTO jobs VALUES (20, 7, 'build', 'build', 'success', 0, '', 2.5, '[\"note\"]', NULL,"
    " '1@x', 1000.0, 1001.0, 1003.5, 'print')",
    "INSERT INTO jobs VALUES (21, 7, 'child', 'test', 'running', NULL, '', NULL, '[]', 'hash',"
    " '1@x', 1000.0, 1001.0, NULL, '')",
    "INSERT INTO packages VALUES (5, 'demo', '1.0', 'demo', '>=3.8', 'sum',"
    """ '{"keywords": "k"}', 1002.0)""",
    f"INSERT INTO package_files VALUES (6, 5, 'demo-1.0.tar.gz', '{SHA}', 5, '>=3.8', 20, 1002.0)",
    "INSERT INTO releases VALUES (9, 'v1.0', 'One', 'Notes', 'aaa', 'dev', 20, 1003.0, 1004.0)",
    "INSERT INTO release_links VALUES (10, 9, 'wheel', 'http://127.0.0.1:1/w', '/w', 'package',"
    " 1003.0)",
    "INSERT INTO tags VALUES ('v2.0', 'bbb', 'Two', 1005.0)",
    "INSERT INTO addresses VALUES ('http://127.0.0.1:1')",
)


def write_old(directory: Path, steps: int, rows: tuple[str, ...]) -> None:
    """The database as the gluv with so many steps of the schema left it."""
    directory.mkdir()
    connection = sqlite3.connect(directory / "gluv.db")
    for step in MIGRATIONS[:steps]:
        connection.executescript(step)
    for row in rows:
        connection.execute(row)
    connection.execute(f"PRAGMA user_version = {steps}")
    connection.commit()
    connection.close()
    content = directory / "files" / SHA[:2]
    content.mkdir(parents=True)
    (content / SHA[2:]).write_bytes(b"wheel")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    directory = tmp_path / "old"
    write_old(directory, BEFORE_PROJECTS, ROWS)
    return directory


def test_everything_is_still_there_under_its_number(old: Path) -> None:
    with Store.open(old) as store:
        pipeline = store.pipeline(7)
        assert pipeline is not None
        assert (pipeline.iid, pipeline.name, pipeline.duration) == (3, "Nightly", 12.5)
        assert (pipeline.project_id, pipeline.user_id, pipeline.variables) == (1, 1, {})
        build, child = store.jobs_of(7)
        assert (build.id, build.notes, build.fingerprint) == (20, ("note",), "print")
        assert (build.duration, build.finished_at) == (2.5, 1003.5)
        assert (build.allow_failure, build.when, build.needs, build.bridge) == (
            *(False, "on_success", None),
            False,
        )
        # Its process is gone, as with every schema.
        assert (child.status, child.reason) == ("failed", "runner_system_failure")
        downstream = store.downstream_of(21)
        assert downstream is not None
        assert downstream.id == 8
        (package,) = store.packages.of_projects([1])
        assert (package.id, package.version, package.metadata) == (5, "1.0", {"keywords": "k"})
        (file,) = store.packages.files_of(5)
        assert (file.id, file.sha256, file.job_id, file.md5) == (6, SHA, 20, "")
        assert store.blobs.path(SHA).read_bytes() == b"wheel"
        (release,) = store.releases.of_projects([1])
        assert (release.id, release.tag, release.job_id) == (9, "v1.0", 20)
        assert (release.created_at, release.updated_at) == (1003.0, 1003.0)
        (link,) = store.releases.links_of(9)
        assert (link.id, link.filepath) == (10, "/w")
        assert [tag.name for tag in store.releases.tags(1)] == ["v2.0"]
        assert store.releases.addresses() == ("http://127.0.0.1:1",)


def test_numbers_go_on_where_they_were(old: Path) -> None:
    with Store.open(old) as store:
        made = store.create_pipeline(source="push", ref="main", tag=False, sha="c", name=None)
        assert (made.id, made.iid) == (9, 5)
        assert store.create_job(pipeline_id=made.id, name="a", stage="test").id == 22


def test_the_home_project_gets_its_name_and_keeps_its_number(old: Path) -> None:
    with Store.open(old) as store:
        (nameless,) = store.projects.all()
        assert (nameless.id, nameless.path, nameless.is_home) == (1, "", True)
        home = store.projects.settle("grp/sub/demo", visibility="private", is_home=True)
        assert (home.id, home.path, home.namespace_id) == (1, "grp/sub/demo", 2)
        assert [one.path for one in store.projects.namespaces()] == ["grp", "grp/sub"]
    with Store.open(old) as store:
        # A remote that is renamed: what was published stays where clients know it.
        moved = store.projects.settle("team/demo", visibility="private", is_home=True)
        assert (moved.id, moved.path) == (1, "team/demo")
        assert store.projects.named("grp/sub/demo") is None
        assert len(store.packages.of_projects([1])) == 1
        store.projects.create("grp/other", visibility="public")
        with pytest.raises(PathTaken):
            store.projects.settle("GRP/other", visibility="private", is_home=True)
        still = store.projects.find(1)
        assert still is not None
        assert still.path == "team/demo"


def test_an_old_folder_without_anything_has_no_project(tmp_path: Path) -> None:
    write_old(tmp_path / "old", BEFORE_PROJECTS, ())
    with Store.open(tmp_path / "old") as store:
        assert store.projects.all() == ()
        assert store.projects.settle("grp/demo", visibility="public", is_home=True).id == 1


@pytest.mark.parametrize("steps", range(1, len(MIGRATIONS)))
def test_every_older_schema_opens(tmp_path: Path, steps: int) -> None:
    write_old(tmp_path / "old", steps, ())
    with Store.open(tmp_path / "old") as store:
        assert store.last_pipeline() is None
        assert store.tokens.all() == ()


def test_a_step_that_fails_leaves_the_old_schema(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = (*MIGRATIONS[:4], MIGRATIONS[4] + "; ALTER TABLE nothing ADD COLUMN x")
    monkeypatch.setattr("gluv.store.schema.MIGRATIONS", broken)
    with pytest.raises(Exception, match="nothing"):
        Store.open(old)
    connection = sqlite3.connect(old / "gluv.db")
    assert connection.execute("PRAGMA user_version").fetchone() == (4,)
    assert "md5" not in [row[1] for row in connection.execute("PRAGMA table_info(package_files)")]
    connection.close()
    monkeypatch.undo()
    with Store.open(old) as store:
        assert store.packages.files_of(5)[0].md5 == ""


def test_the_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        with Store.open(tmp_path / "new") as store:
            store.create_pipeline(
                source="push", ref="main", tag=False, sha="c", name=None, variables={"A": "1"}
            )
            modes = {
                path.name: path.stat().st_mode & 0o777
                for path in store.directory.iterdir()
                if path.name.startswith("gluv.db")
            }
    finally:
        os.umask(mask)
    assert set(modes.values()) == {0o600}
