"""GitLab Runner's own variables (`docs/runner-variables.md`): those that mean nothing here."""

from collections.abc import Iterable

WITHOUT_EFFECT = frozenset(
    {
        "ARTIFACT_COMPRESSION_LEVEL",
        "ARTIFACT_DOWNLOAD_ATTEMPTS",
        "CACHE_COMPRESSION_FORMAT",
        "CACHE_COMPRESSION_LEVEL",
        "CACHE_REQUEST_TIMEOUT",
        "CI_DEBUG_SERVICES",
        "CUSTOM_CACHE_COMPRESSION_LEVEL",
        "DOCKER_AUTH_CONFIG",
        "EXECUTOR_JOB_SECTION_ATTEMPTS",
        "GET_SOURCES_ATTEMPTS",
        "GIT_CLEAN_FLAGS",
        "GIT_CLONE_EXTRA_FLAGS",
        "GIT_CLONE_PATH",
        "GIT_FETCH_EXTRA_FLAGS",
        "RESTORE_CACHE_ATTEMPTS",
        "RUNNER_GENERATE_ARTIFACTS_METADATA",
        "SLSA_PROVENANCE_SCHEMA_VERSION",
        "TRANSFER_METER_FREQUENCY",
    }
)
_PREFIXES = ("FF_", "KUBERNETES_")


def without_effect(names: Iterable[str]) -> str | None:
    """A clause about the variables of a job that only GitLab Runner knows, None if it has none."""
    found = sorted(name for name in names if name in WITHOUT_EFFECT or name.startswith(_PREFIXES))
    return f"variables of the runner had no effect: {', '.join(found)}" if found else None
