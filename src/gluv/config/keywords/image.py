"""`image:` and the options it shares with `services:`."""

import msgspec


class DockerOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`image:docker`."""

    platform: str | None = None
    user: str | None = None


class KubernetesOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`image:kubernetes`."""

    user: str | None = None


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """`image:`; an `entrypoint` of None is the image's own, `("",)` switches it off."""

    name: str
    entrypoint: tuple[str, ...] | None = None
    docker: DockerOptions | None = None
    kubernetes: KubernetesOptions | None = None
    pull_policy: tuple[str, ...] = ()
