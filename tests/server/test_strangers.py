"""Requests that were not meant for this server, and callers who guess."""

import pytest

from gluv.server.attempts import ALLOWED, WINDOW, Attempts
from tests.server.conftest import JOB, PAT, TOKEN, Host, Launcher, basic, upload_form
from tests.server.people import deploy_token, token_of

PYPI = "/api/v4/projects/1/packages/pypi"


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "localhost.evil", "x["])
def test_a_foreign_name_is_refused(host: Host, name: str) -> None:
    port = host.url.rpartition(":")[2]
    answer = host.ask("GET", f"{PYPI}/simple", headers={"Host": f"{name}:{port}"})
    assert answer.status == 403
    assert "does not answer to that name" in answer.json["message"]


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "localhost", "Localhost", "[::1]", "10.1.2.3", "gluv.localhost", "box"]
)
def test_names_of_this_machine_and_given_ones_are_taken(launch: Launcher, name: str) -> None:
    host = launch(hosts=frozenset({"box"}))
    answer = host.ask("GET", f"{PYPI}/simple", headers={"Host": f"{name}:1"})
    assert answer.status == 200


def test_a_page_of_another_origin_changes_nothing(host: Host) -> None:
    foreign = {**JOB, "Origin": "http://evil.example"}
    refused = host.ask("POST", PYPI, headers=foreign, form=upload_form())
    assert refused.status == 403
    assert "the Origin is not this server" in refused.json["message"]
    assert host.ask("GET", f"{PYPI}/simple", headers=foreign).status == 200
    odd = host.ask("POST", PYPI, headers={**JOB, "Origin": "http://[x"}, form=upload_form())
    assert odd.status == 403
    assert (
        host.ask("POST", PYPI, headers={**JOB, "Origin": host.url}, form=upload_form()).status
        == 201
    )


def test_guessing_ends_in_429_but_not_for_jobs(host: Host) -> None:
    assert host.ask("GET", f"{PYPI}/simple", headers=basic("any", PAT)).status == 200
    for number in range(ALLOWED):
        guess = {"PRIVATE-TOKEN": f"glpat-{number}"}
        assert host.ask("GET", f"{PYPI}/simple", headers=guess).status == 401
    answer = host.ask("GET", f"{PYPI}/simple", headers={"PRIVATE-TOKEN": "glpat-again"})
    assert (answer.status, answer.headers["retry-after"]) == (429, "60")
    # A token that was right a moment ago is still let in, and so is every running job.
    assert host.ask("GET", f"{PYPI}/simple", headers=basic("any", PAT)).status == 200
    assert host.ask("POST", PYPI, headers=JOB, form=upload_form()).status == 201
    assert host.ask("GET", f"{PYPI}/simple").status == 200


RELEASES = "/api/v4/projects/1/releases"


def test_only_what_is_looked_at_and_not_found_is_a_guess(host: Host) -> None:
    deploy = deploy_token(host.store, "robot", "read_package_registry", project_id=1)
    ended = token_of(host.store, "late", expires_at=host.store.now() - 1)
    harmless = (
        (RELEASES, {"DEPLOY-TOKEN": deploy}, 200),
        (RELEASES, {"DEPLOY-TOKEN": "gldt-any"}, 200),
        (RELEASES, basic("root", PAT), 200),
        (RELEASES, basic("root", "any"), 200),
        (f"{PYPI}/simple", {"JOB-TOKEN": "any"}, 200),
        ("/api/v4/projects/1", {"JOB-TOKEN": TOKEN}, 200),
        (RELEASES, {"PRIVATE-TOKEN": ended}, 401),
    )
    for path, headers, status in harmless:
        for _ in range(ALLOWED // 3):
            assert host.ask("GET", path, headers=headers).status == status
    fresh = token_of(host.store, "fresh")
    assert host.ask("GET", RELEASES, headers={"PRIVATE-TOKEN": fresh}).status == 200
    for _ in range(ALLOWED):
        assert host.ask("GET", RELEASES, headers={"PRIVATE-TOKEN": "glpat-guess"}).status == 401
    # A closed address is nobody where its credential is not looked at, as without one.
    for path, headers, status in harmless[:-1]:
        assert host.ask("GET", path, headers=headers).status == status
    unseen = token_of(host.store, "unseen")
    assert host.ask("GET", RELEASES, headers={"PRIVATE-TOKEN": unseen}).status == 429


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"{PYPI}/simple", basic("any", "guess")),
        (f"{PYPI}/simple", basic("gitlab-ci-token", "guess")),
        (f"{PYPI}/simple", {"Authorization": "Basic ???"}),
        (f"{PYPI}/simple", {"DEPLOY-TOKEN": "guess"}),
        (RELEASES, {"PRIVATE-TOKEN": "guess"}),
        (RELEASES, {"Authorization": "Bearer guess"}),
        (RELEASES, {"JOB-TOKEN": "guess"}),
        (f"{RELEASES}?private_token=guess", {}),
        (f"{RELEASES}?job_token=guess", {}),
    ],
)
def test_every_way_to_guess_is_counted(host: Host, path: str, headers: dict[str, str]) -> None:
    answers = [host.ask("GET", path, headers=headers).status for _ in range(ALLOWED + 1)]
    assert 429 not in answers[:-1]
    assert answers[-1] == 429


def test_attempts_are_forgotten_after_a_while() -> None:
    now = 1000.0
    attempts = Attempts(lambda: now)
    for _ in range(ALLOWED):
        attempts.failed("10.0.0.1")
    assert attempts.is_closed("10.0.0.1", "x")
    assert not attempts.is_closed("10.0.0.2", "x")
    now += WINDOW
    assert not attempts.is_closed("10.0.0.1", "x")
    attempts.failed("10.0.0.1")
    assert not attempts.is_closed("10.0.0.1", "x")
