"""PyPI and other registries by `uv publish`: trusted publishing is uv's own."""

import importlib
import importlib.util
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec

from gluv.errors import NetworkUnavailable, UsageWrong
from gluv.host.process import run
from gluv.host.pypi import simple_index
from gluv.release.distribution import Distribution
from gluv.release.explain import AGAIN
from gluv.release.project import read_pyproject
from gluv.release.stop import ReleaseStopped
from gluv.release.uv import Uv, run_uv

_OURS = ("UV_PUBLISH_URL", "UV_PUBLISH_INDEX", "UV_PUBLISH_CHECK_URL")
_INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_INDEX_URL")
_ID_TOKENS = {"pypi": "PYPI_ID_TOKEN", "testpypi": "TESTPYPI_ID_TOKEN"}


class UvTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Where `uv publish` uploads: `env` says it, never an argument, for it may hold a password.

    `index` is the simple index of the same place, None if nobody knows it.
    """

    shown: str
    arguments: tuple[str, ...]
    env: dict[str, str]
    index: str | None


def find_target(
    to: str, check_url: str | None, root: Path, uv: Uv, environ: Mapping[str, str]
) -> UvTarget:
    """The target of `pypi`, `testpypi` or a URL.

    Addresses come from uv (PyPI), from `[[tool.uv.index]]` or twine's constant (TestPyPI), or from
    the user. Raises `UsageWrong` without credentials, or for what is no URL.
    """
    env = {key: value for key, value in environ.items() if key not in _OURS}
    if env.get("UV_PUBLISH_USERNAME") == "gitlab-ci-token":
        # The guide sets these for GitLab's registry; another one must not see a job token.
        del env["UV_PUBLISH_USERNAME"]
        env.pop("UV_PUBLISH_PASSWORD", None)
    if to in _ID_TOKENS:
        _check_credentials(to, env)
    if to == "pypi":
        return UvTarget(
            shown="PyPI", arguments=(), env=env, index=check_url or _pypi_index(environ)
        )
    if to == "testpypi":
        return _testpypi(check_url, root, uv, env)
    if urlsplit(to).scheme not in ("http", "https"):
        raise UsageWrong(
            f"{to!r} is no place to publish to", hint="--to gitlab, pypi, testpypi, or a URL"
        )
    return UvTarget(
        shown=_without_password(to),
        arguments=("--trusted-publishing", "never"),
        env={**env, "UV_PUBLISH_URL": to},
        index=check_url,
    )


def publish(
    target: UvTarget,
    uv: Uv,
    files: Sequence[Distribution],
    *,
    root: Path,
    output: Callable[[str], None],
) -> None:
    """Upload files with `uv publish`. Raises `ReleaseStopped` with the cause of its failure."""
    paths = [file.path for file in files]
    done = run_uv(
        uv, ["publish", *target.arguments, *paths], cwd=root, env=target.env, output=output
    )
    if done.code == 0:
        return
    status = re.search(r"status code:? (\d{3})", done.tail)
    raise ReleaseStopped(
        f"uv publish to {target.shown} ended with exit code {done.code}",
        hint=_CURES.get(status[1] if status else "", f"uv's own words are above; then {AGAIN}"),
    )


_CURES = {
    "400": "a file of this name is there with other bytes, or the metadata is refused: a published "
    "file never changes, publish a new version",
    "401": "the credentials are not known there; for trusted publishing register this project and "
    "its .gitlab-ci.yml as a publisher",
    "403": "these credentials may not upload this project: check the token's scope, or the trusted "
    "publisher's project, file and environment",
    "404": "there is no upload endpoint at that address",
    "413": "the file is larger than that index takes",
}


def _check_credentials(to: str, env: Mapping[str, str]) -> None:
    names = (_ID_TOKENS[to], "UV_PUBLISH_TOKEN", "UV_PUBLISH_PASSWORD", "UV_KEYRING_PROVIDER")
    if any(env.get(name) for name in names):
        return
    raise UsageWrong(
        f"no credentials for {to}",
        hint=f"trusted publishing from a GitLab job needs\nid_tokens:\n  {_ID_TOKENS[to]}:\n"
        f"    aud: {to}\nelsewhere export UV_PUBLISH_TOKEN",
    )


def _pypi_index(environ: Mapping[str, str]) -> str | None:
    """PyPI's own simple index, as uv knows it: what a mirror has is not what PyPI has."""
    plain = {key: value for key, value in environ.items() if key not in _INDEX}
    return simple_index({**plain, "UV_NO_CONFIG": "1"})


def _testpypi(check_url: str | None, root: Path, uv: Uv, env: dict[str, str]) -> UvTarget:
    for index in _indexes(root):
        if index.get("name") == "testpypi" and index.get("publish-url"):
            return UvTarget(
                shown="TestPyPI",
                arguments=(),
                env={**env, "UV_PUBLISH_URL": str(index["publish-url"])},
                index=check_url or str(index.get("url") or "") or None,
            )
    address = _twines_constant(uv, env)
    return UvTarget(
        shown="TestPyPI",
        arguments=(),
        env={**env, "UV_PUBLISH_URL": address},
        index=check_url or urljoin(address, "/simple/"),
    )


def _indexes(root: Path) -> list[dict[str, Any]]:
    tool = (read_pyproject(root) or {}).get("tool", {})
    listed = tool.get("uv", {}).get("index", []) if isinstance(tool, dict) else []
    return [entry for entry in listed if isinstance(entry, dict)]


def _twines_constant(uv: Uv, env: Mapping[str, str]) -> str:
    """TestPyPI's upload address, which twine knows: the one installed here, or one that uv gets."""
    if importlib.util.find_spec("twine") is not None:
        return str(importlib.import_module("twine.utils").TEST_REPOSITORY)
    done = run(
        [
            *(uv.program, "run", "--quiet", "--no-project", "--with", "twine", "python", "-c"),
            "from twine.utils import TEST_REPOSITORY; print(TEST_REPOSITORY)",
        ],
        env=env,
    )
    if done.code != 0:
        raise NetworkUnavailable(
            "TestPyPI's address is not known, and twine, which knows it, cannot be fetched",
            hint="name it: an [[tool.uv.index]] with name = 'testpypi', url and publish-url",
        )
    return done.stdout.strip()


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
