"""`services:`."""

import msgspec

from gluv.config.keywords.image import DockerOptions, KubernetesOptions


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of `services:`."""

    name: str
    alias: str | None = None
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    variables: dict[str, str] = {}
    docker: DockerOptions | None = None
    kubernetes: KubernetesOptions | None = None
    pull_policy: tuple[str, ...] = ()
