"""Text inside XML."""

import re

# What XML 1.0 cannot hold at all, not even escaped (section 2.2, Char).
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def escape(text: str) -> str:
    """`text` for an element or a quoted attribute; characters that XML refuses become `?`."""
    clean = _FORBIDDEN.sub("?", text)
    clean = clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    clean = clean.replace('"', "&quot;").replace("'", "&#39;")
    # An attribute's line breaks and tabs would be read as spaces.
    return clean.replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;")
