"""Which uv, Pythons and base layer a pipeline names."""

from collections.abc import Mapping

import pytest

from gluv.errors import UsageWrong
from gluv.scaffold.choices import Choices, Options, choose
from gluv.scaffold.read_facts import read_facts
from gluv.toolchain.images import UvImages
from tests.scaffold import projects
from tests.scaffold.conftest import Files
from tests.scaffold.projects import HATCHLING, pyproject

OWN = "0.13.9"
NONE = Options()


def chosen(text: str, files: Mapping[str, str] = {}, options: Options = NONE) -> Choices:
    tree = Files({"pyproject.toml": text, **files})
    return choose(read_facts(tree), options, UvImages(), OWN)


@pytest.mark.parametrize(
    ("table", "uv"),
    [
        ("", "0.12.5"),  # gluv's own has no known image
        ('[tool.uv]\nrequired-version = "0.10.6"\n', "0.10.6"),
        ('[tool.uv]\nrequired-version = "==0.11.20"\n', "0.11.20"),
        ('[tool.uv]\nrequired-version = ">=0.9,<0.11"\n', "0.10.8"),
        ('[tool.uv]\nrequired-version = ">=0.11.3,<0.12"\n', "0.11.3"),
        ('[tool.uv]\nrequired-version = ">=0.13"\n', OWN),
    ],
)
def test_uv_is_the_one_the_project_asks_for(table: str, uv: str) -> None:
    found = chosen(pyproject("a", table))
    assert found.uv == uv
    assert bool(found.notes) == (uv == OWN)


def test_uv_in_the_lock_file_counts() -> None:
    lock = '[[package]]\nname = "uv"\nversion = "0.11.7"\n'
    assert chosen(pyproject("a"), {"uv.lock": lock}).uv == "0.11.7"


def test_a_bounded_backend_of_uv_needs_a_uv_as_new() -> None:
    build = '[build-system]\nrequires = ["uv_build>=0.13.2,<0.14"]\nbuild-backend = "uv_build"\n'
    assert chosen(pyproject("a", build)).uv == OWN


@pytest.mark.parametrize(
    ("table", "pythons"),
    [
        (HATCHLING, ("3.12", "3.13")),
        ("", ("3.13",)),  # an app runs on one
        (f'classifiers = ["Programming Language :: Python :: 3.12"]\n\n{HATCHLING}', ("3.12",)),
    ],
)
def test_pythons(table: str, pythons: tuple[str, ...]) -> None:
    assert chosen(pyproject("a", table)).pythons == pythons


def test_pinned_python_is_for_the_jobs_that_run_once() -> None:
    found = chosen(pyproject("a", HATCHLING), {".python-version": "3.12.4\n"})
    assert (found.python, found.pythons) == ("3.12", ("3.12", "3.13"))


def test_git_needs_the_system_that_has_it() -> None:
    assert chosen(projects.VCS["pyproject.toml"]).base_layer == "trixie"
    source = '[tool.uv.sources]\nb = { git = "https://gitlab.com/a/b" }\n'
    assert chosen(pyproject("a", source)).base_layer == "trixie"
    assert chosen(pyproject("a")).base_layer == "trixie-slim"


def test_old_uv_has_the_base_of_its_time() -> None:
    table = '[tool.uv]\nrequired-version = "0.7.4"\n'
    assert chosen(pyproject("a", table)).base_layer == "bookworm-slim"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (Options(pythons=("3.7",)), "no image with Python 3.7"),
        (Options(base_layer="bookworm"), "no image with the base layer bookworm"),
        (Options(release="pypi"), "no package to release"),
    ],
)
def test_wishes_that_cannot_be(options: Options, said: str) -> None:
    with pytest.raises(UsageWrong, match=said) as stopped:
        chosen(pyproject("a"), options=options)
    assert stopped.value.hint


def test_no_python_fits() -> None:
    text = pyproject("a").replace(">=3.12,<3.14", ">=3.7,<3.8")
    with pytest.raises(UsageWrong, match=r"satisfies >=3\.7,<3\.8"):
        chosen(text)
