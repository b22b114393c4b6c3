"""Settings variables from where people write them."""

import stat
from pathlib import Path

import pytest

from gluv.errors import UsageWrong
from gluv.host.setting_variables import OTHER, PRIVATE, create_private, read_setting_variables
from gluv.plan.context import SettingVariable
from gluv.plan.layers import settings_variables
from gluv.settings import Settings


def private(root: Path, text: str, mode: int = 0o600) -> None:
    path = root / PRIVATE
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def test_nothing(tmp_path: Path) -> None:
    (tmp_path / OTHER).write_text("\n")
    assert read_setting_variables(tmp_path, Settings()) == ()


def test_settings_and_the_private_file(tmp_path: Path) -> None:
    private(
        tmp_path,
        'TOKEN = {value = "secret", masked = true, protected = true}\n'
        "[[DEPLOY]]\n"
        'value = "a"\n'
        "[[DEPLOY]]\n"
        'value = "b"\nenvironment-scope = "prod/*"\nscope = "group"\n'
        "[KEY]\n"
        'value = "pem"\nfile = true\nraw = true\n',
    )
    settings = Settings(variables={"A": 1, "B": True, "C": {"value": "x", "scope": "instance"}})
    assert read_setting_variables(tmp_path, settings) == (
        SettingVariable(key="A", value="1"),
        SettingVariable(key="B", value="true"),
        SettingVariable(key="C", value="x", scope="instance"),
        SettingVariable(key="TOKEN", value="secret", masked=True, protected=True),
        SettingVariable(key="DEPLOY", value="a"),
        SettingVariable(key="DEPLOY", value="b", environment_scope="prod/*", scope="group"),
        SettingVariable(key="KEY", value="pem", file=True, raw=True),
    )


def test_the_file_of_gitlab_ci_local(tmp_path: Path) -> None:
    (tmp_path / OTHER).write_text(
        "NAME: value\nCOUNT: 3\nFLAG: true\n"
        "KEY:\n  type: file\n  values:\n    '*': text\n    prod: other\n"
    )
    assert read_setting_variables(tmp_path, Settings()) == (
        SettingVariable(key="NAME", value="value"),
        SettingVariable(key="COUNT", value="3"),
        SettingVariable(key="FLAG", value="true"),
        SettingVariable(key="KEY", value="text", file=True),
        SettingVariable(key="KEY", value="other", file=True, environment_scope="prod"),
    )


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_private_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    private(tmp_path, 'A = "1"\n', mode)
    with pytest.raises(UsageWrong, match="other users") as stop:
        read_setting_variables(tmp_path, Settings())
    assert "chmod 600" in stop.value.hint


@pytest.mark.parametrize("text", ["A = {value = 1, hidden = true}", "A = {}", "A = [[1]]", "A ="])
def test_mistakes_name_the_variable(tmp_path: Path, text: str) -> None:
    private(tmp_path, text + "\n")
    with pytest.raises(UsageWrong, match=r"variables\.toml"):
        read_setting_variables(tmp_path, Settings())


@pytest.mark.parametrize("text", ["A: [1]", "A: {values: x}", "A: {'*': 1}", "- A", "A: 'x"])
def test_mistakes_in_the_other_file(tmp_path: Path, text: str) -> None:
    (tmp_path / OTHER).write_text(text + "\n")
    with pytest.raises(UsageWrong, match="gitlab-ci-local"):
        read_setting_variables(tmp_path, Settings())


SECTIONS = """\
LOOSE = "p0"
[project]
A = "p"
[group.outer]
A = "outer"
B = "outer"
[group."outer/inner"]
B = "inner"
[group."outer/inn"]
B = "no: only the beginning of a name"
[group.other]
B = "no"
[instance]
C = {value = "i", environment_scope = "prod*"}
"""


def test_sections_of_the_private_file(tmp_path: Path) -> None:
    private(tmp_path, SECTIONS)
    found = read_setting_variables(tmp_path, Settings(), project="outer/inner/lib")
    assert {(each.scope, each.group, each.key, each.value) for each in found} == {
        ("project", "", "LOOSE", "p0"),
        ("project", "", "A", "p"),
        ("group", "outer", "A", "outer"),
        ("group", "outer", "B", "outer"),
        ("group", "outer/inner", "B", "inner"),
        ("instance", "", "C", "i"),
    }
    assert {each.environment_scope for each in found if each.key == "C"} == {"prod*"}


@pytest.mark.parametrize("backwards", [False, True])
def test_an_inner_group_beats_an_outer_one_whatever_its_scope(backwards: bool) -> None:
    found = (
        SettingVariable(key="A", value="outer", scope="group", group="a", environment_scope="prod"),
        SettingVariable(key="A", value="inner", scope="group", group="a/b"),
    )
    reached = settings_variables(found[::-1] if backwards else found, "prod", protected=False)
    assert reached["A"].value == "inner"


def test_a_section_cannot_be_a_value(tmp_path: Path) -> None:
    private(tmp_path, 'project = "x"\n')
    with pytest.raises(UsageWrong, match=r"project in .* is a section"):
        read_setting_variables(tmp_path, Settings())


def test_a_scope_that_contradicts_its_section(tmp_path: Path) -> None:
    private(tmp_path, '[instance]\nA = {value = "1", scope = "project"}\n')
    with pytest.raises(UsageWrong, match="is of the instance"):
        read_setting_variables(tmp_path, Settings())


def test_the_private_file_is_made_for_its_owner_only(tmp_path: Path) -> None:
    path = create_private(tmp_path)
    assert path == tmp_path / PRIVATE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (tmp_path / ".gluv" / ".gitignore").read_text() == "*\n"
    assert read_setting_variables(tmp_path, Settings()) == ()
    with pytest.raises(UsageWrong, match="is there already"):
        create_private(tmp_path)


def test_gitlab_ci_local_values_are_text_as_written(tmp_path: Path) -> None:
    (tmp_path / OTHER).write_text("OCTAL: 0777\nYES: yes\nNONE:\nTIME: 1:30\nQ: 'a b'\n")
    found = read_setting_variables(tmp_path, Settings())
    assert [each.value for each in found] == ["0777", "yes", "", "1:30", "a b"]


def test_a_bare_value_that_names_a_file_is_its_content(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "hosts").write_text("known\n")
    (tmp_path / OTHER).write_text(
        "HOSTS: ~/hosts\nROUTE: /no/such/route\nTEXT:\n  values: {'*': ~/hosts}\n"
    )
    assert read_setting_variables(tmp_path, Settings(), home=home) == (
        SettingVariable(key="HOSTS", value="known\n", file=True),
        SettingVariable(key="ROUTE", value="/no/such/route"),
        SettingVariable(key="TEXT", value="~/hosts"),
    )


HOME_FILE = """\
global:
  G: everybody
group:
  gitlab.example.com/outer/: {A: group}
  gitlab.example.com/elsewhere/: {A: "no"}
project:
  gitlab.example.com/outer/lib.git:
    P: {type: file, values: {prod: own}}
  gitlab.example.com/outer/other.git: {P: "no"}
"""


def test_the_home_file_only_where_the_settings_ask(tmp_path: Path) -> None:
    folder = tmp_path / ".gitlab-ci-local"
    folder.mkdir()
    (folder / "variables.yml").write_text(HOME_FILE)

    def read(settings: Settings) -> tuple[SettingVariable, ...]:
        return read_setting_variables(
            tmp_path, settings, project="outer/lib", host="gitlab.example.com", home=tmp_path
        )

    assert read(Settings()) == ()
    assert read(Settings(gitlab_ci_local_home=True)) == (
        SettingVariable(key="G", value="everybody", scope="instance"),
        SettingVariable(key="A", value="group", scope="group"),
        SettingVariable(key="P", value="own", file=True, environment_scope="prod"),
    )
