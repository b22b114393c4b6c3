"""`[tool.gluv]` of `pyproject.toml`: what a project tells gluv."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

import msgspec

from gluv.errors import UsageWrong

ExecutorChoice = Literal["auto", "native", "container", "docker", "podman"]
"""Where jobs run; `auto` is this machine, and a container for what it cannot do honestly."""


class Settings(
    msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True
):
    """`[tool.gluv]`, every key optional; on disk the keys are written with dashes.

    `pass_env` names variables of the caller's environment that jobs may see. `visibility` is the
    project's on the embedded GitLab. `default_image` stands in for the runner's default image.
    `forwarding` is GitLab's package request forwarding: `forward` answers an unknown package with
    a redirect to PyPI, `off` with 404, `warn` redirects but for names that look like a package
    of the embedded GitLab; `forwarded_names` are redirected whatever they look like.
    `protected` are branch and tag patterns. With `json_index` the embedded GitLab's package index
    is also JSON (PEP 691), for clients that ask for it.
    `gitlab_ci_local_home` reads gitlab-ci-local's variables in the user's home folder too.
    `executor` says where jobs run. `timeout` is that of jobs that name none, in words (`1h 30m`).
    `keep_runs` is how many runs are remembered, with their logs and artifacts.
    `variables`, `projects`, `contexts`, `lint` and `release` belong to the commands of that name.
    """

    pass_env: tuple[str, ...] = ()
    visibility: Literal["public", "internal", "private"] = "public"
    default_image: str | None = None
    forwarding: Literal["forward", "warn", "off"] = "warn"
    forwarded_names: tuple[str, ...] = ()
    json_index: bool = False
    gitlab: str | None = None
    project: str | None = None
    default_branch: str | None = None
    protected: tuple[str, ...] = ()
    port: int | None = None
    timeout: str = "1h"
    keep_runs: Annotated[int, msgspec.Meta(ge=1)] = 200
    gitlab_ci_local_home: bool = False
    executor: ExecutorChoice = "auto"
    variables: dict[str, Any] = {}
    projects: dict[str, str] = {}
    contexts: dict[str, dict[str, Any]] = {}
    lint: dict[str, Any] = {}
    release: dict[str, Any] = {}


def read_settings(pyproject: bytes | None, *, name: str = "pyproject.toml") -> Settings:
    """The settings of a `pyproject.toml`; without the file or the table, the defaults.

    Raises `UsageWrong` for TOML that does not parse and for keys or values that do not exist.
    """
    if pyproject is None:
        return Settings()
    import tomllib  # settings that were read before need none

    try:
        tool = tomllib.loads(pyproject.decode()).get("tool", {})
        return msgspec.convert(tool.get("gluv", {}), Settings)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageWrong(f"{name} is not valid TOML: {error}") from error
    except msgspec.ValidationError as error:
        known = ", ".join(field.encode_name for field in msgspec.structs.fields(Settings))
        raise UsageWrong(
            f"[tool.gluv] in {name}: {error}", hint=f"the keys of [tool.gluv] are: {known}"
        ) from error


def protects(patterns: Iterable[str], ref: str) -> bool:
    """Whether a branch or tag is protected: `*` in a pattern is any text."""
    return any(fnmatchcase(ref, pattern) for pattern in patterns)
