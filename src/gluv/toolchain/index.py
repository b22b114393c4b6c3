"""Where uv comes from: the user's own index settings, uv's or else pip's."""

import os
from collections.abc import Mapping
from pathlib import Path

_UV_SETTINGS = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_NO_INDEX",
    "UV_CONFIG_FILE",
)
# Settings of uv that belong to a project or would change what is installed where.
_DROPPED = (
    "UV_PYTHON",
    "UV_SYSTEM_PYTHON",
    "UV_PROJECT",
    "UV_PROJECT_ENVIRONMENT",
    "UV_WORKING_DIR",
    "UV_CONSTRAINT",
    "UV_OVERRIDE",
    "UV_EXCLUDE_NEWER",
    "UV_RESOLUTION",
    "UV_PRERELEASE",
    "UV_NO_BINARY",
    "UV_BUILD_CONSTRAINT",
    "UV_PYTHON_PREFERENCE",
    "UV_MANAGED_PYTHON",
    "UV_NO_MANAGED_PYTHON",
    "UV_REQUIRE_HASHES",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
)
_PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
}


def uv_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment for a uv that gluv runs for itself.

    Certificates, proxies and index settings stay. A user who tells only pip where packages come
    from, by `PIP_*` or `pip.conf`, gets them from there too.
    """
    environment = {name: value for name, value in environ.items() if name not in _DROPPED}
    environment["UV_LINK_MODE"] = "copy"
    environment["UV_NO_PROGRESS"] = "1"
    environment["UV_COMPILE_BYTECODE"] = "0"
    environment.setdefault("UV_HTTP_RETRIES", "1")
    if any(environ.get(name) for name in _UV_SETTINGS) or _has_uv_toml(environ):
        return environment
    for option, value in _pip_settings(environ).items():
        name = _PIP_TO_UV[option]
        words = value.split()
        if option == "find-links":
            # pip passes over directories that are not there, uv stops.
            words = [word for word in words if "://" in word or _exists(word)]
            if words:
                environment[name] = ",".join(words)
        elif words:
            environment[name] = " ".join(words)
    return environment


def _exists(path: str) -> bool:
    """Whether it is there, as far as this user may know."""
    return os.path.exists(os.path.expanduser(path))


def _config_home(environ: Mapping[str, str]) -> Path | None:
    if environ.get("XDG_CONFIG_HOME"):
        return Path(environ["XDG_CONFIG_HOME"])
    return Path(environ["HOME"]) / ".config" if environ.get("HOME") else None


def _has_uv_toml(environ: Mapping[str, str]) -> bool:
    places = [Path("/etc/uv/uv.toml")]
    if (home := _config_home(environ)) is not None:
        places.append(home / "uv/uv.toml")
    return any(map(os.path.isfile, places))


def _pip_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """pip's own order: the machine's file, the user's two, `PIP_CONFIG_FILE`, `PIP_*`."""
    import configparser

    places = [Path("/etc/pip.conf")]
    if environ.get("HOME"):
        places.append(Path(environ["HOME"]) / ".pip/pip.conf")
    if (home := _config_home(environ)) is not None:
        places.append(home / "pip/pip.conf")
    if environ.get("PIP_CONFIG_FILE"):
        places.append(Path(environ["PIP_CONFIG_FILE"]))
    settings: dict[str, str] = {}
    for place in places:
        parser = configparser.RawConfigParser()
        try:
            parser.read(place, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue
        for section in ("global", "install"):
            for option in _PIP_TO_UV:
                if parser.has_option(section, option):
                    settings[option] = parser.get(section, option)
    for option in _PIP_TO_UV:
        value = environ.get("PIP_" + option.upper().replace("-", "_"))
        if value:
            settings[option] = value
    return settings
