"""The options of uv that take a value, as `uv help` lists them."""

from typing import Final

_LONG: Final = """
    allow-insecure-host build-constraint build-constraints cache-dir check-url color config-file
    config-setting config-settings-package constraint constraints default-index directory env-file
    exclude-newer exclude-newer-package extra extra-index-url find-links fork-strategy format from
    group index index-strategy index-url keyring-provider link-mode no-binary no-binary-package
    no-build-isolation-package no-build-package no-emit-package no-extra no-group
    no-install-package no-sources-package only-binary only-group out-dir output-file override
    overrides package password prefix prerelease project prune publish-url python python-platform
    python-version refresh-package reinstall-package requirement requirements resolution target
    token trusted-publishing upgrade-package username with with-editable with-requirements
"""
_SHORT: Final = "C P b c f i o p r t u w"

TAKES_VALUE: Final = frozenset(
    [f"--{name}" for name in _LONG.split()] + [f"-{name}" for name in _SHORT.split()]
)
