"""Bad input: GitLab's status or a stricter one, never a 500, never a file outside of the store."""

import hashlib
import os
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluv.server.answers import Refused
from gluv.server.declared import leads_away
from gluv.server.params import nested
from gluv.store import Store
from tests.server.api_fuzz import furnish, hammer
from tests.server.conftest import Host, Launcher
from tests.server.test_releases import git
from tests.server.wire_fuzz import attack, make_request

EXAMPLES = 4
REQUESTS = 700


@pytest.fixture
def host(launch: Launcher, tmp_path: Path) -> Host:
    repository = tmp_path / "repository"
    repository.mkdir()
    git(repository, "init", "-q", "-b", "main")
    (repository / "README.md").write_text("Hello\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "First")
    host = launch(checkout=repository, json_index=True)
    furnish(host)
    return host


def check_store(host: Host) -> None:
    """Everything that a row names is there, whole; nothing else is, and nothing is outside."""
    store = host.store
    ids = [project.id for project in store.projects.all()]
    named = set()
    for package in store.packages.of_projects(ids):
        for file in store.packages.files_of(package.id):
            content = store.blobs.path(file.sha256).read_bytes()
            assert hashlib.sha256(content).hexdigest() == file.sha256
            assert "/" not in file.name
            assert re.search(r"[\0-\x1f\x7f]", file.name) is None
            named.add(file.sha256)
    kept = {path.parent.name + path.name for path in store.blobs.directory.glob("??/*")}
    # What was uploaded a second time under a name that was taken stays until it is wanted.
    assert named <= kept
    assert all(re.fullmatch(r"[0-9a-f]{64}", name) for name in kept)
    assert list((store.blobs.directory / "partial").iterdir()) == []
    outside = {path.name for path in store.directory.parent.iterdir()} - {"repository"}
    assert outside == {store.directory.name}
    assert {path.name for path in store.blobs.directory.iterdir() if len(path.name) != 2} == {
        *("partial", "lock"),
    }


@pytest.mark.parametrize("seed", [1])
def test_schemathesis_finds_nothing(host: Host, seed: int) -> None:
    seen, wrong = hammer(host, examples=EXAMPLES, seed=seed)
    assert wrong == []
    # It got through: not everything was refused.
    assert sum(seen[status] for status in (200, 201, 204)) > 100
    assert {400, 404} <= set(seen)
    check_store(host)


@pytest.mark.parametrize("seed", [1, 2])
def test_bytes_that_no_client_sends_break_nothing(host: Host, seed: int) -> None:
    seen, wrong = attack(host, seed=seed, requests=REQUESTS)
    assert wrong == []
    assert {200, 201, 400, 404} <= set(seen)
    # Nearly all are answered; what is no HTTP at all may be closed.
    assert seen.get(0, 0) < REQUESTS / 4
    assert host.ask("GET", "/api/v4/version").status == 200
    check_store(host)


def test_the_same_seed_makes_the_same_requests() -> None:
    assert make_request(random.Random(7)) == make_request(random.Random(7))


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=5)), max_size=8))
@settings(max_examples=200, deadline=None, database=None)
def test_any_form_is_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    try:
        status = 200 if isinstance(nested(pairs), dict) else 500
    except Refused as refusal:
        status = refusal.status
    assert status in (200, 400)


@given(st.text(alphabet="./\\ab\0\n%", max_size=12))
@settings(max_examples=300, deadline=None, database=None)
def test_what_leads_nowhere_else_stays_inside(path: str) -> None:
    if not leads_away(path) and path:
        joined = os.path.normpath(os.path.join("/root/of/all", path))
        assert joined == "/root/of/all" or joined.startswith("/root/of/all/")


def test_a_store_that_was_attacked_opens_again(host: Host) -> None:
    attack(host, seed=3, requests=50)
    with Store.open(host.store.directory) as again:
        assert len(again.packages.of_projects([1])) == len(host.store.packages.of_projects([1]))
