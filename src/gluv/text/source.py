"""The bytes of a YAML file as text."""

import codecs

from gluv.errors import Mark, Problem
from gluv.text.invalid import YamlInvalid
from gluv.text.nodes import Source


def read_source(name: str, data: bytes) -> Source:
    """`data` decoded, without byte order mark; `name` is what the user calls the file.

    UTF-8, or UTF-16 with a byte order mark (YAML 1.1, 5.2). Raises YamlInvalid for other bytes.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding, wide = "utf-16", True
    else:
        encoding, wide = "utf-8-sig", False
    try:
        return Source(name, data.decode(encoding))
    except UnicodeDecodeError as error:
        before = data[: 0 if wide else error.start].decode("utf-8", "replace")
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        problem = Problem(
            code="yaml-encoding",
            message=f"(<unknown>): {_REASONS.get(error.reason, 'invalid UTF-16 text')}"
            f" at line {line} column {column}",
            mark=Mark(name, line, column),
            hint="Save the file as UTF-8.",
        )
        raise YamlInvalid(problem) from None


_REASONS = {
    "invalid start byte": "invalid leading UTF-8 octet",
    "invalid continuation byte": "invalid trailing UTF-8 octet",
    "unexpected end of data": "incomplete UTF-8 octet sequence",
}
