"""`image:` and the options it shares with `services:`."""

from collections.abc import Collection

import msgspec

from gluv.config.keywords.reading import (
    Problems,
    absent,
    likely,
    read_filled_text,
    read_text_or_texts,
    read_texts,
    refuse_unknown_keys,
)
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode


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


IMAGE_KEYS = ("name", "entrypoint", "docker", "kubernetes", "pull_policy", "ports")
PULL_POLICIES = ("always", "never", "if-not-present")


def read_image(node: Node, at: str, problems: Problems) -> Image | None:
    """The image by its name or with options; None after a problem that leaves no name."""
    if type(node) is ScalarNode and type(node.value) is str:
        name = read_filled_text(node, f"{at} name", node, problems)
        return Image(name=name) if name is not None else None
    options = read_image_map(node, at, problems, IMAGE_KEYS)
    if options is None:
        return None
    name = read_filled_text(options.get("name"), f"{at} name", options, problems)
    docker, kubernetes = read_executor_options(options, at, problems)
    entrypoint = read_entrypoint(options, at, problems)
    pull_policy = read_pull_policy(options, at, problems)
    if name is None:
        return None
    return Image(
        name=name,
        entrypoint=entrypoint,
        docker=docker,
        kubernetes=kubernetes,
        pull_policy=pull_policy,
    )


def read_image_map(
    node: Node, at: str, problems: Problems, allowed: Collection[str]
) -> MapNode | None:
    """The map form of an image or service with its keys checked; None if it is no map."""
    if type(node) is not MapNode:
        problems.refuse("wrong-type", f"{at} config should be a hash or a string", node)
        return None
    refuse_unknown_keys(node, f"{at} config", problems, allowed)
    if "ports" in node.items:
        # GitLab knows the key for the web terminal's own configuration only.
        problems.refuse(
            "conflicting-keys",
            f"{at} config contains disallowed keys: ports",
            node.key_mark("ports"),
        )
    return node


def read_entrypoint(node: MapNode, at: str, problems: Problems) -> tuple[str, ...] | None:
    """`entrypoint`; None when it is absent or wrong."""
    value = node.get("entrypoint")
    if value is None or absent(value):
        return None
    return read_texts(value, f"{at} entrypoint", problems)


def read_pull_policy(node: MapNode, at: str, problems: Problems) -> tuple[str, ...]:
    """`pull_policy`, one or several."""
    value = node.get("pull_policy")
    if value is None or absent(value):
        return ()
    subject = f"{at}:pull_policy config"
    policies = read_text_or_texts(value, subject, problems)
    if policies is None:
        return ()
    if not policies:
        problems.refuse("blank", f"{subject} can't be blank", value)
    unknown = [policy for policy in policies if policy not in PULL_POLICIES]
    if unknown:
        problems.refuse(
            "unknown-value",
            f"{subject} contains unknown values: {', '.join(unknown)}"
            if isinstance(value, SeqNode)
            else f"{subject} is not included in the list",
            value,
            likely(unknown[0], PULL_POLICIES) or f"one of: {', '.join(PULL_POLICIES)}",
        )
    return policies


def read_executor_options(
    node: MapNode, at: str, problems: Problems
) -> tuple[DockerOptions | None, KubernetesOptions | None]:
    """`docker` and `kubernetes`."""
    docker = _read_options(node, "docker", ("platform", "user"), at, problems)
    kubernetes = _read_options(node, "kubernetes", ("user",), at, problems)
    return (
        None if docker is None else DockerOptions(**docker),
        None if kubernetes is None else KubernetesOptions(**kubernetes),
    )


def _read_options(
    node: MapNode, keyword: str, allowed: tuple[str, ...], at: str, problems: Problems
) -> dict[str, str] | None:
    # GitLab checks these against a JSON schema; the sentences are the schema checker's.
    options = node.get(keyword)
    if options is None or absent(options):
        return None
    subject = f"{at} executor opts"
    if type(options) is not MapNode:
        problems.refuse("wrong-type", f"{subject} value at `/{keyword}` is not an object", options)
        return None
    values: dict[str, str] = {}
    for key, value in options:
        place = f"`/{keyword}/{key}`"
        scalar = value.value if isinstance(value, ScalarNode) else None
        if key not in allowed:
            problems.refuse(
                "unknown-key",
                f"{subject} object property at {place} is a disallowed additional property",
                options.key_mark(key),
                likely(key, allowed),
            )
        elif keyword == "kubernetes" and type(scalar) is int:
            values[key] = str(scalar)
        elif not isinstance(scalar, str):
            problems.refuse("wrong-type", f"{subject} value at {place} is not a string", value)
        elif key == "user" and not 1 <= len(scalar) <= 255:
            problems.refuse(
                "out-of-range",
                f"{subject} string length at {place} is "
                + ("less than: 1" if not scalar else "greater than: 255"),
                value,
            )
        else:
            values[key] = scalar
    return values
