"""Settings variables from where people write them."""

from pathlib import Path

import pytest

from gluv.errors import UsageWrong
from gluv.host.setting_variables import OTHER, PRIVATE, read_setting_variables
from gluv.plan.context import SettingVariable
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
