"""Durations in words, as GitLab's ChronicDuration reads `timeout`, `expire_in` and `start_in`."""

import re

from gluv.text.pattern import later

_UNITS = {
    "seconds": 1,
    "minutes": 60,
    "hours": 3600,
    "days": 86400,
    "weeks": 7 * 86400,
    "months": 30 * 86400,
    "years": 31557600,
}
_WORDS = {
    "seconds": "seconds second secs sec s",
    "minutes": "minutes minute mins min m",
    "hours": "hours hour hrs hr h",
    "days": "days day dy d",
    "weeks": "weeks week wks wk w",
    "months": "months mo mos month",
    "years": "years year yrs yr y",
}
_UNIT_OF = {word: unit for unit, words in _WORDS.items() for word in words.split()}
_CLOCK = ("seconds", "minutes", "hours", "days", "months", "years")
_JOINS = frozenset({"and", "with", "plus"})
_SMALL_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
)
_TENS_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: number for number, word in enumerate(_SMALL_WORDS.split())}
_TENS = {word: 10 * number for number, word in enumerate(_TENS_WORDS.split(), start=2)}
_BIG = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_NUMBER = later(r"[0-9]*\.?[0-9]+")
_CLOCK_TEXT = later(r"[0-9]*\.?[0-9]+(?::[0-9]*\.?[0-9]+)+")
_LONGEST = 200  # characters; nobody writes a longer duration


def is_never(text: str) -> bool:
    """Whether `text` is the word that switches expiry off."""
    return text.lower() == "never"


def parse_duration(text: str) -> int | float | None:
    """Seconds in `text` ("1h 30 mins", "3:30" as minutes and seconds, "2 weeks and 1 day").

    None where GitLab says "should be a duration": an unknown word, or nothing at all; zero counts
    as nothing. A number without unit is seconds. `never` is not a duration: see `is_never`.
    """
    if len(text) > _LONGEST:
        return None
    words = _clock(_numerals(text.lower()))
    if words is None:
        return None
    known = _known(_NUMBER.sub(lambda number: f" {number[0]} ", words).split())
    if not known:
        return None
    total: int | float = 0
    for word, following in zip(known, [*known[1:], "seconds"], strict=True):
        if word not in _UNITS:
            number = int(word) if word.isdigit() else float(word)
            total += number * _UNITS.get(following, 0)
    if total == int(total):
        total = int(total)
    return total or None


def _known(words: list[str]) -> list[str] | None:
    found: list[str] = []
    for word in words:
        if _NUMBER.search(word):
            found.append(word)
            continue
        bare = word.removeprefix(",").removesuffix(",")
        if bare in _UNIT_OF:
            found.append(_UNIT_OF[bare])
        elif bare not in _JOINS:
            return None
    if found and found[0] in _UNITS:
        found.insert(0, "1")
    return found


def _clock(text: str) -> str | None:
    """`1:30` as words; None for more parts than there are units."""
    joined = text.replace(" ", "")
    if not _CLOCK_TEXT.search(joined):
        return text
    parts = joined.split(":")[::-1]
    if len(parts) > len(_CLOCK):
        return None
    return " ".join(f"{part} {unit}" for part, unit in zip(parts, _CLOCK, strict=False))


def _numerals(text: str) -> str:
    """Number words as digits: "twenty five minutes", "one hundred days", "1 and a half hours"."""
    text = re.sub(r"([^0-9])-([^0-9])", r"\1 \2", text)
    text = re.sub(r"([0-9]+)(?: and | |-)*a half", lambda m: str(int(m[1]) + 0.5), text)
    out: list[str] = []
    open_number = False  # whether the last word is a number made of words
    for word in text.split():
        if word in _TENS or word in _SMALL:
            value = _TENS.get(word, _SMALL.get(word, 0))
            if open_number and value < 10 and int(out[-1]) % 10 == 0 and int(out[-1]) > 0:
                out[-1] = str(int(out[-1]) + value)
            else:
                out.append(str(value))
            open_number = True
        elif word in _BIG and out and out[-1].isascii() and out[-1].isdigit():
            out[-1] = str(int(out[-1]) * _BIG[word])
            open_number = True
        else:
            out.append(word)
            open_number = False
    return " ".join(out)
