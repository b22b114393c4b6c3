"""GitLab's roles and what they allow: https://docs.gitlab.com/user/permissions/."""

from collections.abc import Mapping
from typing import Literal

GUEST, PLANNER, REPORTER, DEVELOPER, MAINTAINER, OWNER = 10, 15, 20, 30, 40, 50

ROLES: Mapping[str, int] = {
    "guest": GUEST,
    "planner": PLANNER,
    "reporter": REPORTER,
    "developer": DEVELOPER,
    "maintainer": MAINTAINER,
    "owner": OWNER,
}
"""The roles by name."""

Ability = Literal[
    "read_project",
    "read_package",
    "create_package",
    "destroy_package",
    "read_release",
    "create_release",
    "read_code",
    "read_build",
    "admin_project",
]

NEEDED: Mapping[Ability, tuple[int, bool]] = {
    "read_project": (GUEST, True),
    "read_package": (REPORTER, True),
    "create_package": (DEVELOPER, False),
    "destroy_package": (MAINTAINER, False),
    "read_release": (GUEST, True),
    "create_release": (DEVELOPER, False),
    "read_code": (REPORTER, True),
    "read_build": (GUEST, True),
    "admin_project": (MAINTAINER, False),
}
"""The lowest role, and whether whoever sees a public or internal project needs none."""

SCOPES: Mapping[str, tuple[str, ...]] = {
    "personal": ("api", "read_api", "read_user"),
    "project": ("api", "read_api"),
    "group": ("api", "read_api"),
    "deploy": ("read_package_registry", "write_package_registry"),
}
"""The scopes that open something here, by kind of token."""

_ACCESS = (
    *("read_repository", "write_repository", "read_registry", "write_registry"),
    *("read_virtual_registry", "write_virtual_registry", "create_runner", "manage_runner"),
    *("ai_features", "k8s_proxy", "self_rotate", "read_observability", "write_observability"),
)

OTHER_SCOPES: Mapping[str, tuple[str, ...]] = {
    "personal": (*_ACCESS, "sudo", "admin_mode", "read_service_ping"),
    "project": _ACCESS,
    "group": _ACCESS,
    "deploy": (
        *("read_repository", "read_registry", "write_registry"),
        *("read_virtual_registry", "write_virtual_registry"),
    ),
}
"""GitLab's other scopes: a token may have them, but what they open is not here."""
