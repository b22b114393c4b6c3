"""`secrets:` (a keyword of GitLab's paid tiers)."""

from typing import Final, cast

from gluv.config.keywords.reading import (
    Problems,
    absent,
    blank,
    read_filled_text,
    read_flag,
    read_map,
    read_text,
    refuse_unknown_keys,
    words,
)
from gluv.text.nodes import MapNode, Node, ScalarNode, plain

SECRET_KEYS: Final = ("file", "token")
PROVIDERS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "vault": (("engine", "path", "field"), ("engine", "path", "field")),
    "azure_key_vault": (("name", "version"), ("name",)),
    "gcp_secret_manager": (("name", "version"), ("name",)),
    "gitlab_secrets_manager": (("name", "source"), ("name",)),
    "aws_secrets_manager": (
        (
            "secret_id",
            "version_id",
            "version_stage",
            "region",
            "role_arn",
            "role_session_name",
            "field",
        ),
        ("secret_id",),
    ),
    "akeyless": (
        (
            "name",
            "data_key",
            "cert_user_name",
            "public_key_data",
            "csr_data",
            "akeyless_access_type",
            "akeyless_token",
            "uid_token",
            "gcp_audience",
            "azure_object_id",
            "k8s_service_account_token",
            "k8s_auth_config_name",
            "akeyless_api_url",
            "gateway_ca_certificate",
            "akeyless_access_id",
        ),
        (),
    ),
}
"""Where a secret may come from: the keys each place takes, and those it needs."""

SHORT_FORMS: Final = ("vault", "aws_secrets_manager")

DEFAULT_ENGINE: Final = "kv-v2"
"""Vault's engine, and its path, where the short form names none."""


def read_secrets(node: Node, at: str, problems: Problems) -> dict[str, object]:
    """The secrets by the name of their variable; short forms are written out, as GitLab does."""
    secrets = read_map(node, f"{at} config", problems)
    for name, value in secrets or ():
        _check_secret(value, f"{at}:{name}", problems)
    if secrets is None:
        return {}
    written = cast("dict[str, object]", plain(secrets))
    return {name: _written_out(secret) for name, secret in written.items()}


def _written_out(secret: object) -> object:
    """`vault: path/field@engine` and `aws_secrets_manager: id#field` in their long forms."""
    if not isinstance(secret, dict):
        return secret
    long = dict(secret)
    vault, aws = secret.get("vault"), secret.get("aws_secrets_manager")
    if isinstance(vault, str):
        place, _, engine = vault.partition("@")
        path, _, field = place.rpartition("/")
        where = {"name": DEFAULT_ENGINE, "path": engine or DEFAULT_ENGINE}
        long["vault"] = {"engine": where, "path": path, "field": field}
    if isinstance(aws, str):
        secret_id, sign, field = aws.partition("#")
        long["aws_secrets_manager"] = {"secret_id": secret_id} | ({"field": field} if sign else {})
    return long


def _check_secret(node: Node, at: str, problems: Problems) -> None:
    secret = read_map(node, f"{at} config", problems, (*PROVIDERS, *SECRET_KEYS))
    if secret is None:
        return
    given = [key for key in PROVIDERS if key in secret.items]
    if len(given) != 1:
        problems.refuse(
            "conflicting-keys" if given else "missing-key",
            f"{at} config must use exactly one of these keys: {', '.join(PROVIDERS)}",
            secret,
        )
    for key in given:
        _check_provider(secret.items[key], key, f"{at}:{key}", problems)
    for key, value in secret:
        if key == "file" and not absent(value):
            read_flag(value, f"{at} file", problems)
        elif key == "token" and not absent(value):
            read_text(value, f"{at} token", problems)
    if given == ["gcp_secret_manager"] and blank(secret.get("token")):
        problems.refuse("blank", f"{at} token is required with gcp secrets manager", secret)


def _check_provider(node: Node, kind: str, at: str, problems: Problems) -> None:
    allowed, required = PROVIDERS[kind]
    if kind in SHORT_FORMS and isinstance(node, ScalarNode):
        read_filled_text(node, f"{at} config", node, problems)
        return
    if type(node) is not MapNode:
        wanted = "a hash or a string" if kind in SHORT_FORMS else "a hash"
        problems.refuse("wrong-type", f"{at} config should be {wanted}", node)
        return
    refuse_unknown_keys(node, f"{at} config", problems, allowed)
    for key in required:
        if key == "engine":
            _check_engine(node, at, problems)
        else:
            read_filled_text(node.get(key), f"{at} {words(key)}", node, problems)
    for key, value in node:
        scalar = isinstance(value, ScalarNode) and isinstance(value.value, str | int | None)
        if key in allowed and key not in required and key != "source" and not scalar:
            problems.refuse("wrong-type", f"{at} {words(key)} should be a string", value)


def _check_engine(node: MapNode, at: str, problems: Problems) -> None:
    engine = node.get("engine")
    if engine is None or blank(engine):
        problems.refuse("blank", f"{at} engine can't be blank", engine or node)
        return
    keys = ("name", "path")
    if read_map(engine, f"{at}:engine config", problems, keys) is not None:
        assert isinstance(engine, MapNode)
        for key in keys:
            read_filled_text(engine.get(key), f"{at}:engine {key}", engine, problems)
