"""`artifacts:`."""

import msgspec


class CoverageReport(msgspec.Struct, frozen=True, kw_only=True):
    """`artifacts:reports:coverage_report`."""

    coverage_format: str
    path: str


class Artifacts(msgspec.Struct, frozen=True, kw_only=True):
    """`artifacts:`; `expire_in` in seconds, None for GitLab's default, 0 for never.

    `reports` holds kind to paths ("junit", "dotenv", ...).
    """

    paths: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    untracked: bool = False
    name: str | None = None
    when: str = "on_success"
    expire_in: int | None = None
    expose_as: str | None = None
    public: bool | None = None
    access: str | None = None
    reports: dict[str, tuple[str, ...]] = {}
    coverage_report: CoverageReport | None = None
