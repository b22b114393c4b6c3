"""Where glab finds its host, token and scheme: environment first, then its config file."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import yaml

from gluv.host.files import write_whole
from gluv.host.user import user_home
from gluv.release.api import Credentials

DEFAULT_HOST = "gitlab.com"
_TOKENS = ("GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN", "OAUTH_TOKEN")
_HOSTS = ("GITLAB_HOST", "GITLAB_URI", "GL_HOST")
_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """The GitLab that glab would talk to, and as whom."""

    host: str
    protocol: str
    credentials: Credentials

    @property
    def url(self) -> str:
        """The server's URL without a trailing slash."""
        return f"{self.protocol}://{self.host}"


def parse_bool(text: str) -> bool | None:
    """Go's ParseBool; None for what it does not know, such as `no`."""
    return True if text in _TRUE else False if text in _FALSE else None


def strip_scheme(host: str) -> str:
    """A host with its port, from a URL or from itself."""
    text = host.strip()
    return (urlsplit(text).netloc if "://" in text else text.partition("/")[0]).rpartition("@")[2]


def find_login(env: Mapping[str, str], home: Path, *, host: str | None = None) -> Login:
    """The login of a command; `host` if the command names one (`--repo HOST/group/project`).

    As in glab, the scheme never comes from `GITLAB_HOST` but from `API_PROTOCOL` or the config
    file, else it is https. With `GLAB_ENABLE_CI_AUTOLOGIN` in a job, the job's own variables are
    read. A job token wins over an access token.
    """
    autologin = parse_bool(env.get("GLAB_ENABLE_CI_AUTOLOGIN", "")) is True and (
        parse_bool(env.get("GITLAB_CI", "")) is True
    )
    named = [env[key] for key in _HOSTS if env.get(key)]
    if autologin and env.get("CI_SERVER_FQDN"):
        named.append(env["CI_SERVER_FQDN"])
    config = read_config(env, home)
    chosen = strip_scheme(host or (named[0] if named else str(config.get("host") or DEFAULT_HOST)))
    hosts = config.get("hosts")
    entry = hosts.get(chosen, {}) if isinstance(hosts, dict) else {}
    stored: dict[str, Any] = entry if isinstance(entry, dict) else {}
    job_token = env.get("JOB_TOKEN") or (env.get("CI_JOB_TOKEN", "") if autologin else "")
    protocol = env.get("API_PROTOCOL") or (env.get("CI_SERVER_PROTOCOL", "") if autologin else "")
    token = next((env[key] for key in _TOKENS if env.get(key)), "")
    return Login(
        host=chosen,
        protocol=protocol or str(stored.get("api_protocol") or "https"),
        credentials=Credentials(
            job_token=job_token or str(stored.get("job_token") or ""),
            private_token=token or str(stored.get("token") or ""),
        ),
    )


def config_path(env: Mapping[str, str], home: Path) -> Path:
    """glab's `config.yml`: in `GLAB_CONFIG_DIR`, else where XDG or the home directory say."""
    if env.get("GLAB_CONFIG_DIR"):
        return Path(env["GLAB_CONFIG_DIR"]) / "config.yml"
    base = Path(env["XDG_CONFIG_HOME"]) if env.get("XDG_CONFIG_HOME") else home / ".config"
    return base / "glab-cli" / "config.yml"


def read_config(env: Mapping[str, str], home: Path) -> dict[str, Any]:
    """The config file as it is, empty if there is none. Raises `ValueError` if it is no YAML."""
    path = config_path(env, home)
    try:
        found = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not valid YAML: {error}") from error
    return found if isinstance(found, dict) else {}


def store_login(
    env: Mapping[str, str], home: Path, *, host: str, protocol: str, credentials: Credentials
) -> Path:
    """Write a login into the config file, readable by its owner alone (0600)."""
    config = read_config(env, home)
    hosts = config.get("hosts")
    config["hosts"] = hosts = hosts if isinstance(hosts, dict) else {}
    entry = {"api_protocol": protocol, "api_host": host}
    if credentials.job_token:
        entry["job_token"] = credentials.job_token
    if credentials.private_token:
        entry["token"] = credentials.private_token
    hosts[host] = entry
    path = config_path(env, home)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    write_whole(path, yaml.safe_dump(config, sort_keys=False).encode(), mode=0o600)
    return path


def environment() -> tuple[Mapping[str, str], Path]:
    """This process's environment and home directory."""
    return os.environ, Path(os.environ.get("HOME") or user_home())
