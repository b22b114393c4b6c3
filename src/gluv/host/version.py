"""The version of gluv, found without reading its metadata."""

import os
import sys
from functools import cache

_SUFFIX = ".dist-info"


@cache
def own_version() -> str:
    """As the name of gluv's `.dist-info` has it; `importlib.metadata` takes ten times as long."""
    for place in sys.path:
        try:
            names = os.listdir(place)
        except OSError:
            continue
        for name in names:
            if name.startswith("gluv-") and name.endswith(_SUFFIX):
                return name.removeprefix("gluv-").removesuffix(_SUFFIX)
    from importlib.metadata import version

    return version("gluv")
