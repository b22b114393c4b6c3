"""Schemathesis against a live server: what our own OpenAPI description allows, and what it forbids.

`hammer` is used by the tests, within a bounded time, and by `bench/fuzz_server.py` for longer.
"""

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.server.conftest import Host, upload_form
from tests.server.ran import JUNIT, make_job, make_pipeline

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
NAMES = ("v1.0.0", "main", "README.md", "unit", "demo-pkg", "dist/a.whl", "x")
PROJECTS = ("1", "grp%2Fsub%2Fdemo", "2", "grp%2Fsub")


def furnish(host: Host) -> None:
    """Something of every kind, so that not everything is 404."""
    headers = {"PRIVATE-TOKEN": "glpat-owner"}
    assert host.ask("POST", host.pypi, headers=headers, form=upload_form()).status == 201
    made = make_pipeline(host.store, ref="main", variables={"A": "1"})
    make_job(host.store, made, "unit", log="x\n", files={"dist/a.whl": b"1"}, junit=JUNIT)
    make_job(host.store, made, "child", bridge=True)
    body = {
        "tag_name": "v1.0.0",
        "ref": "main",
        "assets": {"links": [{"name": "a", "url": "http://e.org"}]},
    }
    host.ask("POST", "/api/v4/projects/1/releases", headers=headers, json=body)


def hammer(host: Host, *, examples: int, seed: int) -> tuple[Counter[int], list[str]]:
    """Every operation, well and badly; the statuses that came, and what was wrong."""
    schema = schemathesis.openapi.from_url(f"{host.url}/api/v4/openapi.json")
    # Whoever revokes tokens ends what comes after.
    operations = sorted(
        (found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)),
        key=lambda one: "access_token" in one.path and one.method == "delete",
    )
    seen: Counter[int] = Counter()
    wrong: list[str] = []
    for number, operation in enumerate(operations):
        headers = {"PRIVATE-TOKEN": _fresh_token(host, number)}
        modes = [GenerationMode.POSITIVE]
        if _can_be_wrong(operation):
            modes.append(GenerationMode.NEGATIVE)
        for mode in modes:
            wrong += _try(operation, mode, headers, examples, seed, seen)
    return seen, wrong


def _can_be_wrong(operation: Any) -> bool:
    """Whether there is anything that not every text fits."""
    raw = operation.definition.raw
    free = {"type": "string", "minLength": 1}
    return "requestBody" in raw or any(one["schema"] != free for one in raw["parameters"])


def _fresh_token(host: Host, number: int) -> str:
    secret = f"glpat-fuzz-{number}"
    host.store.tokens.add(secret, kind="personal", name="fuzz", scopes=("api",), user_id=1)
    host.ask("GET", "/api/v4/user", headers={"PRIVATE-TOKEN": secret})
    return secret


def _try(
    operation: Any,
    mode: GenerationMode,
    headers: dict[str, str],
    examples: int,
    seed: int,
    seen: Counter[int],
) -> Iterator[str]:
    @hypothesis.seed(seed)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(operation.as_strategy(generation_mode=mode), st.randoms(use_true_random=False))
    def check(case: Any, chance: random.Random) -> None:
        for name in case.path_parameters or {}:
            if chance.random() < 0.8:
                case.path_parameters[name] = _likely(name, chance)
        response = case.call(headers=headers)
        seen[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    try:
        check()
    except Exception as error:
        details = [str(one) for one in getattr(error, "exceptions", [error])]
        yield f"{operation.method} {operation.path}: {' | '.join(details)[:2000]}"


def _likely(name: str, chance: random.Random) -> str:
    if name == "id":
        return chance.choice(PROJECTS)
    return str(chance.randint(1, 3)) if name.endswith("_id") else chance.choice(NAMES)
