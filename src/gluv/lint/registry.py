"""All rules by their ids."""

from gluv.lint.model import Rule
from gluv.lint.rules import (
    build_backend,
    cache_contents,
    cache_keys,
    cache_place,
    image_proxy,
    image_tags,
    index_confusion,
    index_credentials,
    index_urls,
    installing_uv,
    locking,
    publish_check,
    publish_checked,
    publish_place,
    publish_urls,
    pythons,
    release_links,
    release_rules,
    release_tools,
    silences,
    system_python,
    tls,
    tools,
    versions,
    wheels,
    workspace,
)

_FAMILIES = (
    build_backend,
    cache_contents,
    cache_keys,
    cache_place,
    image_proxy,
    image_tags,
    index_confusion,
    index_credentials,
    index_urls,
    installing_uv,
    locking,
    publish_check,
    publish_checked,
    publish_place,
    publish_urls,
    pythons,
    release_links,
    release_rules,
    release_tools,
    silences,
    system_python,
    tls,
    tools,
    versions,
    wheels,
    workspace,
)

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in sorted((rule for family in _FAMILIES for rule in family.RULES), key=lambda r: r.id)
}
