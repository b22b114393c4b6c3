"""What only containers have: images, users, entrypoints, services, networks, leftovers."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gluv.config.keywords.artifacts import Artifacts
from gluv.config.keywords.image import DockerOptions, Image
from gluv.config.keywords.services import Service
from gluv.errors import EngineUnavailable
from gluv.execute.events import Difference, JobOutput, JobSection
from gluv.execute.executors.services import aliases_of
from gluv.host.copy import remove_tree
from gluv.host.engine import find_engine
from gluv.host.engine_leftovers import LABEL, give_back, note_engine, remove_leftovers
from tests.execute.conftest import Sandbox, job
from tests.execute.engines import BARE, IMAGE, needs_engine
from tests.execute.test_executors import Bench

CONTAINERS = ("podman", "docker", "docker with podman's socket")


@pytest.fixture(params=[pytest.param(each, marks=pytest.mark.engine) for each in CONTAINERS])
def bench(sandbox: Sandbox, request: pytest.FixtureRequest) -> Bench:
    return Bench(sandbox, request.param)


def test_the_place_is_the_images(bench: Bench) -> None:
    commands = ("pwd", 'echo "$HOME $FROM_IMAGE $CI_BUILDS_DIR"', "id -u", "ls -d /builds/grp/*")
    ran = bench.run(bench.job("j", *commands))
    assert ran.printed("j") == ["/builds/grp/demo", "/root yes /builds", "0", "/builds/grp/demo"]


def test_the_entrypoint_runs_for_every_step_and_knows_the_variables(bench: Bench) -> None:
    image = Image(name=IMAGE, entrypoint=("/bin/enter",))
    ran = bench.run(
        bench.job("j", "true", image=image, variables={"GREETING": "hi"}, after_script=("true",))
    )
    assert ran.printed("j")[0] == "entered with hi"
    assert "entered with hi" in ran.printed("j", "after_script")


def test_an_entrypoint_with_arguments_and_one_switched_off(bench: Bench) -> None:
    with_arguments = Image(name=IMAGE, entrypoint=("/bin/env", "ADDED=1"))
    off = Image(name=IMAGE, entrypoint=("",))
    ran = bench.run(
        bench.job("a", "echo $ADDED", image=with_arguments), bench.job("b", "echo b", image=off)
    )
    assert (ran.printed("a"), ran.printed("b")) == (["1"], ["b"])


def test_another_user_can_write_to_the_workspace(bench: Bench) -> None:
    image = Image(name=IMAGE, docker=DockerOptions(user="$WHO"))
    script = ("id -u", "echo x > new", "echo y >> tracked.txt", "mkdir -m 500 d")
    ran = bench.run(bench.job("j", *script, image=image, variables={"WHO": "worker"}))
    assert ran.statuses == {"j": "success"}, ran.lines("j")
    assert ran.printed("j") == ["1234"]


def test_another_user_owns_its_own_files_to_the_end(bench: Bench) -> None:
    """The sources are everybody's, what the job makes is the user's who makes it."""
    image = Image(name=IMAGE, docker=DockerOptions(user="worker"))
    write = "echo more >> own; ls -ld . tracked.txt | cut -c 1-10; ls -l own | cut -c 1-10"
    artifacts = Artifacts(paths=("own",))
    ran = bench.run(
        bench.job(
            "make", "umask 077; echo own > own", stage="build",
            image=image, after_script=(write,), artifacts=artifacts,
        ),
        bench.job("root", "cat own"),
        bench.job("worker", "test -e own; cat tracked.txt; cat own", image=image),
    )  # fmt: skip
    assert ran.printed("make", "after_script")[1:] == ["drwxrwxrwx", "-rw-rw-rw-", "-rw-------"]
    assert ran.printed("root") == ["own", "more"]
    assert ran.statuses["worker"] == "failed"
    assert ran.printed("worker")[0] == "tracked"


def test_an_image_without_a_shell_fails_as_on_gitlab(bench: Bench) -> None:
    ran = bench.run(bench.job("j", "true", image=Image(name=BARE)))
    done = ran.finished["j"]
    assert (done.status, done.reason) == ("failed", "runner_system_failure")
    assert "Cannot start the container" in done.last_lines[-1]
    assert '"sh": executable file not found in $PATH' in done.last_lines[-1]


def test_an_image_that_is_not_there(bench: Bench) -> None:
    image = Image(name="localhost/gluv-none:1", pull_policy=("never",))
    ran = bench.run(bench.job("j", "true", image=image))
    done = ran.finished["j"]
    assert done.reason == "image_pull_failure"
    assert "with specified policies [never]: no such image" in done.last_lines[-1]


def test_policies_are_tried_in_their_order(bench: Bench) -> None:
    policies = ("always", "if-not-present")
    ran = bench.run(bench.job("j", "true", image=Image(name=IMAGE, pull_policy=policies)))
    assert ran.statuses == {"j": "success"}
    assert 'WARNING: Failed to pull image with policy "always"' in "\n".join(ran.lines("j"))


@pytest.mark.parametrize("policies", [("always",), ("always", "if-not-present")])
def test_a_pull_ends_with_the_time_of_the_job(bench: Bench, policies: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        name = f"127.0.0.1:{silent.getsockname()[1]}/gluv:1"
        image = Image(name=name, pull_policy=policies)
        ran = bench.run(bench.job("j", "true", image=image, timeout_seconds=2))
    done = ran.finished["j"]
    assert (done.status, done.reason) == ("failed", "job_execution_timeout")
    said = "\n".join(ran.lines("j"))
    assert said.count("Pulling docker image") == 1, said
    assert done.last_lines[-1] == "ERROR: Job failed: execution took longer than 2s seconds"


def test_services_are_reached_by_their_names(bench: Bench) -> None:
    answer = "mkdir /www; echo served $WORD > /www/index.html; exec httpd -f -p 8080 -h /www"
    service = Service(
        name=IMAGE,
        alias="db other",
        command=("sh", "-c", answer),
        variables={"WORD": "here", "HEALTHCHECK_TCP_PORT": "8080"},
    )
    names = (*aliases_of(Service(name=IMAGE)), "db", "other")
    ran = bench.run(
        bench.job(
            "j", *(f"wget -q -O - http://{name}:8080/" for name in names), services=(service,)
        )
    )
    assert ran.statuses == {"j": "success"}, ran.lines("j")
    assert ran.printed("j") == ["served here"] * 4
    engine = bench.parts["engine"]()
    labels = engine.call("network", "ls", "--format", "{{.Labels}}").stdout
    assert str(bench.sandbox.builds) not in labels


@pytest.fixture
def web(bench: Bench) -> Iterator[str]:
    """An image with an entrypoint and two ports; what it serves on `PORT` is its `WORD`."""
    engine, name = bench.parts["engine"](), "localhost/gluv-web:1"
    if engine.server == "podman":
        engine = needs_engine("podman")
    serve = 'mkdir /www; echo "$WORD" > /www/index.html; exec httpd -f -p "${PORT:-8080}" -h /www'
    made = engine.call("create", IMAGE, "true").stdout.strip()
    command = f"CMD {json.dumps(['sh', '-c', serve])}"
    changes = ('ENTRYPOINT ["/bin/enter"]', command, "EXPOSE 8080", "EXPOSE 9090")
    options = [word for change in changes for word in ("--change", change)]
    done = engine.call("commit", *options, made, name)
    assert done.code == 0, done.stderr
    engine.remove(made)
    yield name
    engine.call("rmi", "-f", name)


def test_an_empty_list_leaves_the_images_entrypoint(bench: Bench, web: str) -> None:
    ran = bench.run(bench.job("j", "true", image=Image(name=web, entrypoint=())))
    assert ran.printed("j")[0].startswith("entered with")


def test_variables_of_a_service_are_expanded_and_any_port_will_do(bench: Bench, web: str) -> None:
    service = Service(name=web, alias="db", variables={"WORD": "$GREETING $PORT", "PORT": "9090"})
    variables = {"GREETING": "hi"}
    job = bench.job("j", "wget -q -O - http://db:9090/", services=(service,), variables=variables)
    ran = bench.run(job)
    assert ran.printed("j") == ["hi 9090"]
    assert not [line for line in ran.lines("j") if "didn't start properly" in line]


def test_a_name_that_an_earlier_service_has_is_ignored(bench: Bench, web: str) -> None:
    first = Service(name=web, alias="db", variables={"WORD": "one"})
    same = Service(name=web, alias="db", variables={"WORD": "two"})
    other = Service(name=web, alias="db other", variables={"WORD": "three"})
    asked = (f"wget -q -O - http://{name}:8080/" for name in ("db", "other"))
    ran = bench.run(bench.job("j", *asked, services=(first, same, other)))
    assert ran.printed("j") == ["one", "three"]
    assert f"WARNING: Service {web} is already created. Ignoring." in ran.lines("j")
    assert sum(line.startswith("Starting service") for line in ran.lines("j")) == 2


def test_the_time_of_a_job_runs_while_it_waits_for_services(bench: Bench) -> None:
    idle = Service(name=IMAGE, command=("sleep", "99"), variables={"HEALTHCHECK_TCP_PORT": "1"})
    ran = bench.run(bench.job("j", "echo never", services=(idle,), timeout_seconds=3))
    assert ran.printed("j") == []
    assert ran.finished["j"].reason == "job_execution_timeout"
    assert "execution took longer than 3s seconds" in "\n".join(ran.lines("j"))


def test_nothing_is_left_when_the_jobs_container_is_gone(bench: Bench) -> None:
    engine = bench.parts["engine"]()

    def strike(event: object) -> None:
        if isinstance(event, JobOutput) and "up" in event.lines:
            names = engine.call("ps", "--format", "{{.Names}}").stdout.split()
            (mine,) = (name for name in names if name + "-service-0" in names)
            engine.remove(mine)

    service = Service(name=IMAGE, command=("sleep", "99"))
    ran = bench.run(bench.job("j", "echo up", "sleep 60", services=(service,)), watch=strike)
    assert ran.finished["j"].reason == "runner_system_failure"
    assert (
        str(bench.sandbox.builds) not in engine.call("ps", "-a", "--format", "{{.Labels}}").stdout
    )


def test_a_second_stop_while_a_container_starts_leaves_nothing(bench: Bench) -> None:
    def stop(event: object) -> None:
        if isinstance(event, JobOutput) and "up" in event.lines:
            bench.sandbox.cancel.raise_to(1)
        if isinstance(event, JobSection) and event.section == "after_script":
            bench.sandbox.cancel.raise_to(2)

    ran = bench.run(bench.job("j", "echo up", "sleep 60", after_script=("sleep 60",)), watch=stop)
    assert ran.statuses == {"j": "canceled"}
    engine = bench.parts["engine"]()
    if engine.server == "podman":
        told = subprocess.run(["pgrep", "-af", "conmon.*-n gluv-"], capture_output=True, text=True)
        assert str(bench.sandbox.builds) not in told.stdout
    assert (
        str(bench.sandbox.builds) not in engine.call("ps", "-a", "--format", "{{.Labels}}").stdout
    )


def test_a_path_with_a_comma_that_is_not_ascii(bench: Bench) -> None:
    bench.sandbox.builds = bench.sandbox.builds.with_name("bü,ld s")
    bench.sandbox.builds.mkdir()
    ran = bench.run(bench.job("j", "cat tracked.txt", "exit 3"))
    assert ran.printed("j") == ["tracked"], "\n".join(ran.lines("j"))
    assert ran.finished["j"].exit_code == 3


def test_a_service_that_ends_is_a_warning_with_its_log(bench: Bench) -> None:
    service = Service(name=IMAGE, alias="db", command=("sh", "-c", "echo broken; exit 3"))
    checked = Service(name=IMAGE, command=service.command, variables={"HEALTHCHECK_TCP_PORT": "1"})
    ran = bench.run(bench.job("j", "echo went on", services=(checked,)))
    assert ran.printed("j") == ["went on"]
    said = ran.lines("j")
    assert f"*** WARNING: Service {IMAGE} probably didn't start properly." in said
    assert "broken" in said


@pytest.fixture
def server() -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"asked {self.headers['Host']}\n".encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()
        thread.join()


@pytest.mark.parametrize("services", [(), (Service(name=IMAGE, command=("sleep", "99")),)])
def test_the_embedded_gitlab_is_reached(
    bench: Bench, server: str, services: tuple[Service, ...]
) -> None:
    bench.parts["server_url"] = server
    ran = bench.run(bench.job("j", 'wget -q -O - "$CI_SERVER_URL"', services=services))
    assert ran.statuses == {"j": "success"}, ran.lines("j")
    port = server.rpartition(":")[2]
    assert ran.printed("j") == [f"asked host.docker.internal:{port}"]


def test_what_a_killed_run_left_is_removed_by_the_next(bench: Bench) -> None:
    engine = bench.parts["engine"]()
    builds = bench.sandbox.builds
    builds.mkdir()
    slot = builds / "dead-0"
    label = f"{LABEL}={slot}"
    engine.call("network", "create", "--label", label, f"gluv-{os.getpid()}-left")
    started = engine.call("run", "-d", "--label", label, IMAGE, "sleep", "600")
    assert started.code == 0, started.stderr
    note_engine(slot, engine)
    bench.run(bench.job("j", "true"))
    listed = engine.call("ps", "-a", "-q", "--filter", f"label={label}")
    assert listed.stdout == ""
    assert f"{os.getpid()}-left" not in engine.call("network", "ls").stdout


def test_a_living_run_keeps_its_containers(bench: Bench) -> None:
    from gluv.host.workspace_slot import hold_slot

    engine = bench.parts["engine"]()
    with hold_slot(bench.sandbox.builds, bench.sandbox.repository) as slot:
        note_engine(slot, engine)
        other = bench.sandbox.builds / "other-0"
        assert remove_leftovers(bench.sandbox.builds, other, engine.environ) == 0
        assert Path(f"{slot}.engine").exists()
        Path(f"{slot}.engine").unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of somebody else")
def test_files_of_the_containers_root_are_given_back(bench: Bench, tmp_path: Path) -> None:
    engine = bench.parts["engine"]()
    place = tmp_path / "given"
    (place / "closed").mkdir(parents=True, mode=0o500)
    assert give_back(engine, IMAGE, place, (4321, 4321))
    assert (place / "closed").stat().st_uid == 4321
    assert (place / "closed").stat().st_mode & 0o777 == 0o500
    remove_tree(place)


def test_secrets_are_in_no_argument_list(bench: Bench) -> None:
    """The clients of the engine are looked at while the job runs."""
    if sys.platform != "linux":
        pytest.skip("no /proc here")
    seen: list[bytes] = []

    def look(event: object) -> None:
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.append(entry.read_bytes())
            except OSError:
                continue

    secret = "s3cret-in-no-argument"
    variables = {"PLAIN": secret, "DOCKER_TOKEN": secret}
    ran = bench.sandbox.run(
        bench.job("j", 'test "$PLAIN" = "$DOCKER_TOKEN"', "sleep 0.2", variables=variables),
        watch=look,
        **bench.parts,
    )
    assert ran.statuses == {"j": "success"}
    assert any(b"--interactive" in each for each in seen)
    assert not any(secret.encode() in each for each in seen)


def test_auto_takes_a_container_for_what_this_machine_has_not(bench: Bench) -> None:
    bench.parts["executor"] = "auto"
    ran = bench.run(
        bench.job("foreign", "pwd"),
        job("known", "pwd", image=Image(name="python:3.12")),
        job("none", "pwd"),
    )
    assert ran.printed("foreign") == ["/builds/grp/demo"]
    assert "/builds/grp/demo" not in (*ran.printed("known"), *ran.printed("none"))


def test_without_an_engine_services_are_refused_with_the_reason(sandbox: Sandbox) -> None:
    def none() -> object:
        return find_engine("container", {"PATH": "/nowhere"})

    ran = sandbox.run(job("j", "true", services=(Service(name="redis:7"),)), engine=none)
    last = ran.finished["j"].last_lines[-1]
    assert ran.finished["j"].reason == "runner_unsupported"
    assert "services need a container engine" in last
    assert "docker is not installed; podman is not installed" in last
    asked = sandbox.run(job("j", "true"), engine=none, executor="container")
    assert asked.finished["j"].reason == "runner_system_failure"
    assert asked.end.exit_code == EngineUnavailable.exit_code


def test_native_by_force_says_what_is_missing(sandbox: Sandbox) -> None:
    ran = sandbox.run(job("j", "echo ran", services=(Service(name="redis:7"),)), executor="native")
    assert ran.printed("j") == ["ran"]
    assert "services were not started (redis:7)" in [each.what for each in ran.of(Difference)]


@pytest.mark.parametrize(
    ("name", "alias", "expected"),
    [
        ("redis:7", None, ("redis",)),
        ("tutum/wordpress:latest", None, ("tutum__wordpress", "tutum-wordpress")),
        (
            "reg.example.com:5000/a/b@sha256:0",
            None,
            ("reg.example.com__a__b", "reg.example.com-a-b"),
        ),
        ("postgres:16", "db, pg", ("postgres", "db", "pg")),
    ],
)
def test_aliases(name: str, alias: str | None, expected: tuple[str, ...]) -> None:
    assert aliases_of(Service(name=name, alias=alias)) == expected


@pytest.mark.engine
def test_a_run_that_is_killed_leaves_a_note(sandbox: Sandbox) -> None:
    """`kill -9` in mid-job, then the next run: no container stays."""
    engine = needs_engine("podman")
    program = (
        "import sys; from pathlib import Path; from tests.execute.conftest import Sandbox, job;"
        "from tests.execute.engines import IMAGE, needs_engine;"
        "from gluv.config.keywords.image import Image; engine = needs_engine('podman');"
        "s = Sandbox(Path(sys.argv[1]));"
        "s.run(job('j', 'echo up; sleep 600', image=Image(name=IMAGE)), executor='podman',"
        " engine=lambda: engine, watch=lambda e: print(e, flush=True))"
    )
    place = sandbox.builds.parent / "killed"
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(place)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    assert any("'up'" in line and "JobOutput" in line for line in child.stdout)
    # With its watchdog, which would remove the container at once.
    os.kill(child.pid, signal.SIGSTOP)
    for listed in Path(f"/proc/{child.pid}/task").glob("*/children"):
        for each in listed.read_text().split():
            os.kill(int(each), signal.SIGKILL)
    child.kill()
    child.wait()
    child.stdout.close()
    (slot,) = (place / "b").glob("*.engine")
    mine = ("ps", "-a", "-q", "--filter", f"label={LABEL}={slot.with_suffix('')}")
    assert engine.call(*mine).stdout.strip()
    sandbox.builds = place / "b"
    sandbox.run(job("after", "true"), environ=dict(engine.environ))
    assert engine.call(*mine).stdout.strip() == ""
    assert list(sandbox.builds.glob("*.engine")) == []
