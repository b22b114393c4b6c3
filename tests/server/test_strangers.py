"""Requests that were not meant for this server, and callers who guess."""

import pytest

from gluv.server.attempts import ALLOWED, WINDOW, Attempts
from tests.server.conftest import JOB, PAT, Host, Launcher, basic, upload_form

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
    assert host.ask("POST", PYPI, headers=foreign, form=upload_form()).status == 403
    assert host.ask("GET", f"{PYPI}/simple", headers=foreign).status == 200
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
