"""Dependency confusion through GitLab's package request forwarding, and what stops it."""

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gluv.server.notices import REFUSED_FORWARD
from gluv.server.roles import REPORTER
from tests.server.conftest import JOB, PAT, Host, Launcher, basic, make_wheel, upload_form
from tests.server.people import token_of

PYPI = "/api/v4/projects/1/packages/pypi"


@pytest.fixture
def pypi(tmp_path: Path) -> Iterator[str]:
    """A PyPI where an attacker has taken the name of our package, and of a slip of it."""
    root = tmp_path / "attacker"
    for name in ("parrot_tools", "parrot_tool", "honest"):
        folder = root / "simple" / name.replace("_", "-")
        wheel = make_wheel(folder, name, "99.0")
        (folder / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(root))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/simple"
    server.shutdown()
    thread.join()
    server.server_close()


def install(index: str, package: str, target: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *("uv", "pip", "install", "--no-cache", "--target", str(target)),
            *("--python", sys.executable, "--default-index", index, package),
        ],
        capture_output=True,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(target.parent),
            "UV_PYTHON_DOWNLOADS": "never",
        },
    )


def other_index(host: Host) -> str:
    """The index of a project that does not have the package, whose owner has it elsewhere."""
    project = host.store.projects.create("web/shop", visibility="public")
    form = upload_form(name="parrot-tools", file_name="parrot_tools-1.0-py3-none-any.whl")
    assert host.ask("POST", host.pypi, headers=JOB, form=form).status == 201
    return f"{host.api}/projects/{project.id}/packages/pypi/simple"


def test_the_attack_works_on_gitlabs_default(launch: Launcher, pypi: str, tmp_path: Path) -> None:
    host = launch(upstream=pypi, forwarding="forward")
    done = install(other_index(host), "parrot-tools", tmp_path / "env")
    assert done.returncode == 0, done.stderr
    assert "parrot-tools==99.0" in done.stderr


@pytest.mark.parametrize("package", ["parrot-tools", "parrot-tool"])
def test_warn_stops_the_attack_and_says_why(
    launch: Launcher, pypi: str, tmp_path: Path, package: str
) -> None:
    host = launch(upstream=pypi, forwarding="warn")
    index = other_index(host)
    done = install(index, package, tmp_path / "env")
    assert done.returncode != 0
    assert not (tmp_path / "env").exists() or not list((tmp_path / "env").glob("parrot*"))
    (notice,) = host.store.notices.since(0)[-1:]
    assert notice.kind == REFUSED_FORWARD
    assert "parrot-tools" in notice.what
    assert install(index, "honest", tmp_path / "env").returncode == 0


def test_off_stops_everything(launch: Launcher, pypi: str, tmp_path: Path) -> None:
    host = launch(upstream=pypi, forwarding="off")
    assert install(other_index(host), "honest", tmp_path / "env").returncode != 0


def test_who_came_without_a_token_is_asked_for_one(launch: Launcher) -> None:
    """GitLab sends such a caller to PyPI, because nobody is shown the rows."""
    host = launch(visibility="private", upstream="http://pypi.test/simple", forwarding="warn")
    host.store.projects.create("grp/sub/open", visibility="public")
    assert host.ask("POST", host.pypi, headers=JOB, form=upload_form()).status == 201
    page = "/api/v4/groups/2/-/packages/pypi/simple/demo-pkg"
    assert host.ask("GET", page).status == 401
    assert host.ask("GET", page, headers=basic("any", PAT)).status == 200
    refused = host.ask("GET", page, headers=basic("any", token_of(host.store, "stranger")))
    assert refused.status == 403
    assert "demo-pkg is not looked for at PyPI" in refused.json["message"]


def test_warn_tells_nobody_of_packages_that_he_may_not_read(launch: Launcher) -> None:
    host = launch(visibility="private", upstream="http://pypi.test/simple", forwarding="warn")
    store = host.store
    public = store.projects.create("pub/lib", visibility="public")
    form = upload_form(name="parrot-tools", file_name="parrot_tools-1.0-py3-none-any.whl")
    assert host.ask("POST", host.pypi, headers=JOB, form=form).status == 201
    stranger = basic("any", token_of(store, "stranger"))
    reader = basic("any", token_of(store, "reader", project_id=1, level=REPORTER))

    def ask(name: str, headers: dict[str, str]) -> tuple[int, str]:
        page = f"/api/v4/projects/{public.id}/packages/pypi/simple/{name}"
        answer = host.ask("GET", page, headers=headers)
        return answer.status, answer.json["message"].replace(name, "NAME")

    owned, slip = ask("parrot-tools", stranger), ask("parot-tools", stranger)
    assert owned == slip
    assert owned[0] == 403
    assert "parrot" not in owned[1]
    assert ask("parrot-tools", {}) == ask("parot-tools", {}) == (401, "401 Unauthorized")
    status, said = ask("parot-tools", reader)
    assert (status, "but parrot-tools is" in said) == (403, True)
    assert "is a package of this GitLab" in ask("parrot-tools", reader)[1]
    # Whoever runs it hears all of it.
    heard = [one.what for one in store.notices.since(0) if one.kind == REFUSED_FORWARD]
    assert any("but parrot-tools is" in one for one in heard)

    # A public name that is like it changes what is said, whatever the private ones are.
    form = upload_form(name="parrot-tool", file_name="parrot_tool-1.0-py3-none-any.whl")
    away = f"/api/v4/projects/{public.id}/packages/pypi"
    assert host.ask("POST", away, headers=basic("any", PAT), form=form).status == 201
    assert ask("parrot-tools", {}) == ask("parrot-toolx", {})
    assert ask("parrot-tools", stranger) == ask("parrot-toolx", stranger)
    assert "but parrot-tool is" in ask("parrot-tools", stranger)[1]


@pytest.mark.parametrize("headers", [{}, JOB, basic("any", PAT)])
def test_a_package_that_is_here_is_to_be_asked_for_by_its_normalised_name(
    launch: Launcher, headers: dict[str, str]
) -> None:
    host = launch(upstream="http://pypi.test/simple", forwarding="warn")
    assert host.ask("POST", host.pypi, headers=JOB, form=upload_form()).status == 201
    for page in (f"{PYPI}/simple", "/api/v4/groups/grp/-/packages/pypi/simple"):
        answer = host.ask("GET", f"{page}/Demo_Pkg", headers=headers)
        assert answer.status == 404
        assert answer.json == {"message": "404 Package Not Found - ask for demo-pkg"}


def test_a_group_has_a_mode_of_its_own(launch: Launcher) -> None:
    host = launch(upstream="http://pypi.test/simple", forwarding="warn")
    store = host.store
    page = f"{PYPI}/simple/nothing"

    def status() -> int:
        return host.ask("GET", page).status

    assert status() == 302
    outer = store.projects.namespace("grp")
    assert outer is not None
    store.projects.set_forwarding(outer.id, "off", locked=False)
    assert status() == 404
    store.projects.set_forwarding(2, "forward", locked=False)
    assert status() == 302
    assert host.ask("GET", "/api/v4/groups/grp/-/packages/pypi/simple/nothing").status == 404
    store.projects.set_forwarding(outer.id, "off", locked=True)
    assert status() == 404


def test_a_name_can_be_trusted(launch: Launcher) -> None:
    host = launch(
        upstream="http://pypi.test/simple",
        forwarding="warn",
        forwarded_names=frozenset({"demo-pkgs"}),
    )
    assert host.ask("POST", host.pypi, headers=JOB, form=upload_form()).status == 201
    assert host.ask("GET", f"{PYPI}/simple/demo-pkgs").status == 302
    assert host.ask("GET", f"{PYPI}/simple/demo-pk").status == 403
