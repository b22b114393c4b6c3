"""What explicit YAML tags do in Psych when only symbols may be loaded.

Tags Psych does not know are ignored; those that would make a Ruby object are refused.
"""

import re

from gluv.text.nodes import Plain
from gluv.text.scalar import resolve_scalar
from gluv.text.symbol import Symbol

STRING_TAGS = frozenset({"tag:yaml.org,2002:str", "!str", "!ruby/string"})
_FLOAT_TAGS = frozenset({"tag:yaml.org,2002:float", "!float"})
_BINARY_TAGS = frozenset({"tag:yaml.org,2002:binary", "!binary"})
_SYMBOL_TAG = re.compile(r"!ruby/sym(?:bol)?:?.*")
_CLASSES = {
    "!ruby/regexp": "Regexp",
    "!ruby/range": "Range",
    "!ruby/object": "Object",
    "!ruby/struct": "Struct",
    "!ruby/exception": "Exception",
    "!ruby/object:BigDecimal": "BigDecimal",
    "!set": "Psych::Set",
    "tag:yaml.org,2002:set": "Psych::Set",
    "!omap": "Psych::Omap",
    "tag:yaml.org,2002:omap": "Psych::Omap",
}
_NAMED = re.compile(r"!(?:ruby/[a-z-]+|str|seq|map):(.+)")


class TagRefused(ValueError):
    """Psych raises for this tag; the text is its sentence."""


def check_tag(tag: str) -> None:
    """Refuse a tag that asks for a Ruby class GitLab does not permit."""
    name = _CLASSES.get(tag)
    if name is None and (named := _NAMED.fullmatch(tag)):
        name = named[1]
    if name is not None:
        raise TagRefused(f"Tried to load unspecified class: {name}")


def resolve_tagged(tag: str, text: str) -> Plain:
    """The value of a scalar written `text`, in quotes or not, under an explicit tag.

    Raises TagRefused, and ScalarRefused where the text itself is refused.
    """
    if tag in STRING_TAGS:
        return text
    if tag in _BINARY_TAGS:
        return _binary(text)
    if _SYMBOL_TAG.fullmatch(tag):
        return Symbol(text)
    if tag in ("!ruby/class", "!ruby/module"):
        raise TagRefused(f"Tried to load unspecified class: {text}")
    if not tag.startswith(("!set", "!omap", "tag:yaml.org,2002:set", "tag:yaml.org,2002:omap")):
        check_tag(tag)
    if tag in _FLOAT_TAGS:
        return _float(text)
    return resolve_scalar(text)


def _float(text: str) -> float:
    value = resolve_scalar(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        try:
            value = float(text) if isinstance(value, str) else None
        except ValueError:
            value = None
        if value is None:
            raise TagRefused(f'invalid value for Float(): "{text}"')
    return float(value)


def _binary(text: str) -> str:
    import base64  # hardly any file needs it
    import binascii

    clean = re.sub(r"[^A-Za-z0-9+/]", "", text.split("=", 1)[0])
    clean = clean[:-1] if len(clean) % 4 == 1 else clean
    try:
        data = base64.b64decode(clean + "=" * (-len(clean) % 4))
    except binascii.Error:
        return ""
    return data.decode("utf-8", "replace")
