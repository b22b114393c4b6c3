"""The string a mapping's key becomes, as Ruby writes a value with `to_s`."""

import math

from gluv.text.nodes import MapNode, Node, Plain, ReferenceNode, ScalarNode, SeqNode


def render_plain(value: Plain) -> str:
    """A scalar as Ruby's `to_s` writes it: null is empty, floats keep a digit after the point."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return _float(value)
        case _:
            return str(value)


def _float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-4 <= abs(value) < 1e16:
        text = f"{value:.1f}" if value == int(value) else repr(value)
        if "e" in text:
            text = f"{value:.20f}".rstrip("0")
        return text
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        mantissa, _, exponent = f"{value:e}".partition("e")
    if "." not in mantissa:
        mantissa += ".0"
    sign = "-" if exponent.startswith("-") else "+"
    return f"{mantissa}e{sign}{exponent.lstrip('+-').zfill(2)}"


def render_key(node: Node) -> str:
    """The key `node` stands for: scalars as `to_s`, lists and maps roughly as `inspect`."""
    match node:
        case ScalarNode():
            return render_plain(node.value)
        case SeqNode():
            return f"[{', '.join(_inspect(item) for item in node.items)}]"
        case MapNode():
            pairs = (f'"{key}"=>{_inspect(item)}' for key, item in node.items.items())
            return f"{{{', '.join(pairs)}}}"
        case ReferenceNode():
            return f"!reference [{', '.join(node.path)}]"
    raise TypeError(type(node))


def _inspect(node: Node) -> str:
    if isinstance(node, ScalarNode):
        if isinstance(node.value, str):
            return f'"{node.value}"'
        return "nil" if node.value is None else render_plain(node.value)
    return render_key(node)
