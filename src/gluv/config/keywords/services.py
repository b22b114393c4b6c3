"""`services:`."""

import msgspec

from gluv.config.keywords.image import (
    IMAGE_KEYS,
    DockerOptions,
    KubernetesOptions,
    read_entrypoint,
    read_executor_options,
    read_image_map,
    read_pull_policy,
)
from gluv.config.keywords.reading import (
    Problems,
    absent,
    read_filled_text,
    read_text,
    read_texts,
)
from gluv.config.keywords.variables import read_variables
from gluv.text.nodes import Node, ScalarNode, SeqNode

SERVICE_KEYS = (*IMAGE_KEYS, "command", "alias", "variables")


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


def read_services(node: Node, at: str, problems: Problems) -> tuple[Service, ...]:
    """The services in written order; those without a name are left out after their problem."""
    if type(node) is not SeqNode:
        problems.refuse("wrong-type", f"{at} config should be an array", node)
        return ()
    services = (_read_service(item, f"{at}:service", problems) for item in node.items)
    return tuple(service for service in services if service is not None)


def _read_service(node: Node, at: str, problems: Problems) -> Service | None:
    if type(node) is ScalarNode and type(node.value) is str:
        name = read_filled_text(node, f"{at} name", node, problems)
        return Service(name=name) if name is not None else None
    options = read_image_map(node, at, problems, SERVICE_KEYS)
    if options is None:
        return None
    name = read_filled_text(options.get("name"), f"{at} name", options, problems)
    docker, kubernetes = read_executor_options(options, at, problems)
    entrypoint = read_entrypoint(options, at, problems)
    pull_policy = read_pull_policy(options, at, problems)
    alias, command, variables = (options.get(key) for key in ("alias", "command", "variables"))
    alias_text = (
        None if alias is None or absent(alias) else read_text(alias, f"{at} alias", problems)
    )
    arguments = (
        None
        if command is None or absent(command)
        else read_texts(command, f"{at} command", problems)
    )
    values = (
        {}
        if variables is None or absent(variables)
        else read_variables(variables, f"{at}:variables", problems)
    )
    if name is None:
        return None
    return Service(
        name=name,
        alias=alias_text,
        entrypoint=entrypoint,
        command=arguments,
        variables={key: variable.value for key, variable in values.items()},
        docker=docker,
        kubernetes=kubernetes,
        pull_policy=pull_policy,
    )
