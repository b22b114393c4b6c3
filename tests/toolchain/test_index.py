from pathlib import Path

import pytest

from gluv.toolchain.index import uv_environment


def test_pip_settings_serve_where_uv_has_none(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    config = tmp_path / ".config/pip/pip.conf"
    config.parent.mkdir(parents=True)
    config.write_text(
        "[global]\nindex-url = https://one.example/simple\n"
        f"find-links =\n  {wheels}\n  {tmp_path}/absent\n"
    )
    found = uv_environment({"HOME": str(tmp_path), "SSL_CERT_FILE": "/c.pem"})
    assert found["UV_DEFAULT_INDEX"] == "https://one.example/simple"
    assert found["UV_FIND_LINKS"] == str(wheels)
    assert found["SSL_CERT_FILE"] == "/c.pem"
    told = {"HOME": str(tmp_path), "PIP_INDEX_URL": "https://two.example/simple"}
    assert uv_environment(told)["UV_DEFAULT_INDEX"] == "https://two.example/simple"


@pytest.mark.parametrize("name", ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX"])
def test_uv_settings_win(name: str, tmp_path: Path) -> None:
    told = {
        "HOME": str(tmp_path),
        name: "https://uv.example",
        "PIP_INDEX_URL": "https://pip.example",
    }
    found = uv_environment(told)
    assert "https://pip.example" not in {found.get("UV_DEFAULT_INDEX"), found.get("UV_INDEX")}
    assert found[name] == "https://uv.example"


def test_a_uv_toml_wins_over_pip(tmp_path: Path) -> None:
    config = tmp_path / "xdg/uv/uv.toml"
    config.parent.mkdir(parents=True)
    config.write_text("")
    told = {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "xdg"),
        "PIP_INDEX_URL": "https://pip.example",
    }
    assert "UV_DEFAULT_INDEX" not in uv_environment(told)


def test_what_would_change_the_installation_is_dropped() -> None:
    dropped = {
        "UV_PYTHON": "3.8",
        "UV_RESOLUTION": "lowest",
        "VIRTUAL_ENV": "/x",
        "UV_OVERRIDE": "o",
    }
    assert not set(dropped) & set(uv_environment(dropped))
