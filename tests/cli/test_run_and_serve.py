"""`gluv run` in a repository whose `gluv serve` is running."""

import signal
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gluv.server.presence import find_presence
from gluv.store import Store
from tests.cli.conftest import Gluv, Ran, Repo
from tests.execute.engines import IMAGE, engine_environment, needs_engine
from tests.server.serving import Serving

ASK = """\
import json, os, sys, time, urllib.request

def ask(path, **headers):
    url = os.environ["CI_API_V4_URL"] + path
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
                return answer.read()
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
"""

JOB = f"""{ASK}
mine = json.loads(ask("/job", **{{"JOB-TOKEN": os.environ["CI_JOB_TOKEN"]}}))
assert mine["id"] == int(os.environ["CI_JOB_ID"]), mine
print("server", os.environ["CI_SERVER_URL"])
ask("/projects/" + os.environ["CI_PROJECT_ID"] + "/packages/pypi/simple")
"""

LAST = f"""{ASK}
open(sys.argv[1] + "/reached", "w").close()
while not os.path.exists(sys.argv[1] + "/stopped"):
    time.sleep(0.01)
if len(sys.argv) > 2:
    mine = json.loads(ask("/job", **{{"JOB-TOKEN": os.environ["CI_JOB_TOKEN"]}}))
    assert mine["id"] == int(os.environ["CI_JOB_ID"]), mine
"""


def _pipeline(repo: Repo, script: str, *arguments: str | Path) -> None:
    job = f"job:\n  script:\n    - python3 job.py {' '.join(map(str, arguments))}\n"
    repo.commit({".gitlab-ci.yml": job, "job.py": script})


def _serve(repo: Repo) -> Serving:
    serving = Serving("-C", repo.root, "--port", "0")
    presence = find_presence(repo.root / ".gluv")
    assert presence is not None
    serving.url = presence.url
    return serving


def test_the_run_uses_the_server_that_is_there(gluv: Gluv, repo: Repo) -> None:
    _pipeline(repo, JOB)
    with _serve(repo) as serving:
        ran = gluv("run", "-C", repo.root)
        assert ran.code == 0, ran.out
        assert f"server {serving.url}" in ran.out
        # What another process saw is in this one's summary.
        read = "/api/v4/projects/1/packages/pypi/simple (GitLab refuses"
        assert f"read without credentials, by a job as far as can be told: {read}" in _text(ran)
        with Store.open(repo.root / ".gluv") as store:
            (job,) = store.jobs_of(1)
            assert (job.status, store.notices.last_id()) == ("success", 1)
        again = gluv("run", "-C", repo.root)
        assert "read without credentials" in _text(again)
        serving.signal(signal.SIGTERM)
        assert serving.wait()[0] == 0


def test_the_run_answers_in_place_of_a_server_that_stops(
    gluv: Gluv, repo: Repo, tmp_path: Path
) -> None:
    _pipeline(repo, LAST, tmp_path, "ask")
    with _serve(repo) as serving:
        _stop_when_reached(serving, tmp_path, signal.SIGTERM)
        ran = gluv("run", "-C", repo.root)
    assert ran.code == 0, ran.out
    assert "gluv serve stopped while the jobs ran, and was replaced by the run itself" in _text(ran)


def test_a_server_whose_socket_stays_is_missed_honestly(
    gluv: Gluv, repo: Repo, tmp_path: Path
) -> None:
    _pipeline(repo, LAST, tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as bound:
        fd = bound.fileno()
        with Serving("-C", repo.root, "--fd", fd, pass_fds=[fd]) as serving:
            _stop_when_reached(serving, tmp_path, signal.SIGKILL)
            ran = gluv("run", "-C", repo.root)
    assert ran.code == 0, ran.out
    assert "gluv serve stopped while the jobs ran, and could not be replaced" in _text(ran)


@pytest.mark.engine
@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"])
def test_a_container_reaches_the_server_that_is_there(
    gluv: Gluv, repo: Repo, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    needs_engine("podman")
    for name, value in engine_environment().items():
        monkeypatch.setenv(name, value)
    ask = (
        'wget -q -O - --header "JOB-TOKEN: $CI_JOB_TOKEN" $CI_API_V4_URL/job; echo; echo $CI_JOB_ID'
    )
    job = f"job:\n  image: {IMAGE}\n  script:\n    - '{ask}'\n"
    repo.commit({".gitlab-ci.yml": job})
    with Serving("-C", repo.root, "--port", "0", "--host", host) as serving:
        presence = find_presence(repo.root / ".gluv")
        assert presence is not None
        assert urlsplit(presence.url).hostname == host
        ran = gluv("run", "-C", repo.root, "--executor", "podman")
        assert ran.code == 0, ran.out
        assert '"name":"job"' in ran.out
        # Its links are for the container: this machine has another name in there.
        assert '"web_url":"http://host.docker.internal:' in ran.out
        serving.signal(signal.SIGTERM)
        assert serving.wait()[0] == 0


def _text(ran: Ran) -> str:
    return " ".join(ran.out.split())


def _stop_when_reached(serving: Serving, place: Path, number: signal.Signals) -> None:
    """Stop the server once the job is there; only then the job goes on."""

    def stop() -> None:
        deadline = threading.Event()
        while not (place / "reached").exists():
            if deadline.wait(0.01):
                return
        serving.signal(number)
        serving.process.wait()
        # The run looks for it every tenth of a second, and the job may not end before that.
        deadline.wait(0.5)
        (place / "stopped").touch()

    threading.Thread(target=stop, daemon=True).start()
