"""What a plain YAML scalar means to Ruby's Psych 4, the loader GitLab reads configurations with.

YAML 1.1 with Psych's own habits: `1:30` is 5400 because the first part always counts as hours,
`1,000` is 1000, `y` is a string, `1e3` is a string, and dates are refused.
"""

import re

from gluv.text.nodes import Plain
from gluv.text.symbol import Symbol


class ScalarRefused(ValueError):
    """Psych raises on this scalar; the text is its sentence."""


# No number, date, symbol or special float starts like this. Ruby's \s and \d are ASCII only.
_WORD = re.compile(r"[^0-9.:\-]?(?:[^\W\d_]|[_ \t\r\n\f\v!@#$%^&*(){}<>|/\\~;=])+")
_NO_KEYWORD = re.compile(r"^[^ytonf~]", re.I | re.M)
_NULL = re.compile(r"^null$", re.I | re.M)
_TRUE = re.compile(r"^(?:yes|true|on)$", re.I | re.M)
_FALSE = re.compile(r"^(?:no|false|off)$", re.I | re.M)
_TIME = re.compile(
    r"-?[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t\r\f\v]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]*)?(?:[ \t\r\f\v]*(?:Z|[-+][0-9]{1,2}:?(?:[0-9]{2})?))?"
)
_DATE = re.compile(r"[0-9]{4}-(?:1[012]|0[0-9]|[0-9])-(?:[12][0-9]|3[01]|0[0-9]|[0-9])")
_INFINITY = re.compile(r"([-+]?)\.inf", re.I)
_NAN = re.compile(r"\.nan", re.I)
_QUOTED_SYMBOL = re.compile(r"""^:(["'])(.*)\1""")
_BASE60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}")
_BASE60_FLOAT = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}\.[0-9_]*")
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_,]*)?\.[0-9]*(?:[eE][-+][0-9]+)?")
_INTEGER = re.compile(
    r"[-+]?(?:0b[01_,]+|0[0-7_,]+|0|[1-9](?:[0-9]|,[0-9]|_[0-9])*|0x[0-9a-fA-F_,]+)"
)
_LEADING_NUMBER = re.compile(r"([-+]?)([0-9]+(?:_[0-9]+)*)((?:\.[0-9]+(?:_[0-9]+)*)?)")
_UNITS = (3600, 60, 1)  # the first part is hours, however many parts there are
_LONGEST_NUMBER = 3000  # characters; Python converts no longer integers, and nobody writes them


def resolve_scalar(text: str) -> Plain:
    """The value of a plain scalar written `text`; ScalarRefused where Psych raises."""
    if not text:
        return None
    if "\n" in text or _WORD.match(text):
        return text if len(text) > 5 else _keyword(text)
    first = text[0]
    if first == ":":
        return _symbol(text) if len(text) > 1 else text
    if _TIME.fullmatch(text):
        raise ScalarRefused("Tried to load unspecified class: Time")
    if _DATE.fullmatch(text):
        raise ScalarRefused("Tried to load unspecified class: Date")
    return _number(text)


def _keyword(text: str) -> Plain:
    if _NO_KEYWORD.search(text):
        return text
    if text == "~" or _NULL.search(text):
        return None
    if _TRUE.search(text):
        return True
    if _FALSE.search(text):
        return False
    return text


def _symbol(text: str) -> Symbol:
    if quoted := _QUOTED_SYMBOL.match(text):
        return Symbol(quoted[2].removeprefix(":"))
    return Symbol(text[1:])


def _number(text: str) -> Plain:
    if len(text) > _LONGEST_NUMBER:
        return text
    if special := _INFINITY.fullmatch(text):
        return float("-inf") if special[1] == "-" else float("inf")
    if _NAN.fullmatch(text):
        return float("nan")
    if _BASE60.fullmatch(text):
        return sum(
            int(_leading(part)) * unit for part, unit in zip(text.split(":"), _UNITS, strict=False)
        )
    if _BASE60_FLOAT.fullmatch(text):
        return sum(
            float(_leading(part)) * unit
            for part, unit in zip(text.split(":"), _UNITS, strict=False)
        )
    if _FLOAT.fullmatch(text):
        return text if text in (".", "+.", "-.") else _float(text)
    if _INTEGER.fullmatch(text):
        return _integer(text)
    return text


def _leading(text: str) -> str:
    """The number `text` starts with, as Ruby's to_i and to_f see it: `1__0` is 1."""
    match = _LEADING_NUMBER.match(text)
    return match[0].replace("_", "") if match else "0"


def _float(text: str) -> float:
    digits = text.replace(",", "").replace("_", "")
    try:
        return float(digits)
    except ValueError:
        raise ScalarRefused(f'invalid value for Float(): "{digits}"') from None


def _integer(text: str) -> Plain:
    digits = text.replace(",", "").replace("_", "")
    sign = -1 if digits[0] == "-" else 1
    body = digits.lstrip("+-")
    if body in ("0b", "0x"):
        raise ScalarRefused(f'invalid value for Integer(): "{digits}"')
    if body.startswith("0b"):
        return sign * int(body[2:], 2)
    if body.startswith("0x"):
        return sign * int(body[2:], 16)
    if body.startswith("0"):
        return sign * int(body, 8)
    return sign * int(body)
