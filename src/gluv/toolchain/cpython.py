"""What is known of CPython's releases: their days, and the environment of the `python` image."""

from datetime import date, timedelta

from gluv.toolchain.catalogue import Catalogue, Release, read_release

# Days of release (PEPs 569, 596, 619, 664, 693, 719, 745), from just before uv's first image with
# a Python in it to `_KNOWN_UNTIL`. An image built between two of them holds the earlier one.
_KNOWN_UNTIL = date(2026, 3, 3)
_RELEASES: dict[str, dict[int, str]] = {
    "3.8": {19: "2024-03-19", 20: "2024-09-06"},
    "3.9": {
        19: "2024-03-19",
        20: "2024-09-06",
        21: "2024-12-03",
        22: "2025-04-08",
        23: "2025-06-03",
        24: "2025-10-09",
        25: "2025-10-31",
    },
    "3.10": {
        14: "2024-03-19",
        15: "2024-09-07",
        16: "2024-12-03",
        17: "2025-04-08",
        18: "2025-06-03",
        19: "2025-10-09",
    },
    "3.11": {
        9: "2024-04-02",
        10: "2024-09-07",
        11: "2024-12-03",
        12: "2025-04-08",
        13: "2025-06-03",
        14: "2025-10-09",
    },
    "3.12": {
        5: "2024-08-06",
        6: "2024-09-06",
        7: "2024-10-01",
        8: "2024-12-03",
        9: "2025-02-04",
        10: "2025-04-08",
        11: "2025-06-03",
        12: "2025-10-09",
    },
    "3.13": {
        0: "2024-10-07",
        1: "2024-12-03",
        2: "2025-02-04",
        3: "2025-04-08",
        4: "2025-06-03",
        5: "2025-06-11",
        6: "2025-08-06",
        7: "2025-08-14",
        8: "2025-10-07",
        9: "2025-10-14",
        10: "2025-12-02",
        11: "2025-12-05",
        12: "2026-02-03",
    },
    "3.14": {0: "2025-10-07", 1: "2025-12-02", 2: "2025-12-05", 3: "2026-02-03"},
}
# The `python` image follows a release within days.
_LAG = timedelta(days=5)

_KEYS = {
    "3.10": "A035C8C19219BA821ECEA86B64E628F8D684696D",
    "3.11": "A035C8C19219BA821ECEA86B64E628F8D684696D",
    "3.12": "7169605F62C751356D054A26A821E680E5FA6305",
    "3.13": "7169605F62C751356D054A26A821E680E5FA6305",
}


def patch_in_image(catalogue: Catalogue, uv: Release, python: str) -> str | None:
    """The complete Python version in the image of this uv, or None if that cannot be known.

    uv builds an image once, with its release. The release's own day is not known, only the days at
    which the set of tags changed before and after it; if no CPython appeared in between, that is
    enough.
    """
    changes = sorted(catalogue.dates, key=read_release)
    begin = max((text for text in changes if read_release(text) <= uv), key=read_release)
    rest = changes[changes.index(begin) + 1 :]
    if not rest:
        return None
    first = date.fromisoformat(catalogue.dates[begin])
    last = date.fromisoformat(catalogue.dates[rest[0]])
    days = {patch: date.fromisoformat(day) for patch, day in _RELEASES.get(python, {}).items()}
    before = [patch for patch, day in days.items() if day + _LAG <= first]
    between = [patch for patch, day in days.items() if first < day + _LAG and day < last]
    if last > _KNOWN_UNTIL or not before or between:
        return None
    return f"{python}.{max(before)}"


def image_environment(version: str) -> dict[str, str]:
    """`ENV` of the official `python` image for a complete version (docker-library/python).

    `LANG` is set up to 3.12 only; there is no `GPG_KEY` from 3.14 on (PEP 761). `PYTHON_SHA256`,
    the hash of a source archive that was never unpacked here, is left out.
    """
    series = ".".join(version.split(".")[:2])
    environment = {"PYTHON_VERSION": version}
    if read_release(series) < (3, 13):
        environment["LANG"] = "C.UTF-8"
    if series in _KEYS:
        environment["GPG_KEY"] = _KEYS[series]
    return environment
