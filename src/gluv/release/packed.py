"""What a built file holds that it should not."""

import tarfile
import zipfile
from pathlib import Path


def foreign_members(path: Path, folder: Path) -> int:
    """How many members of a wheel or sdist lie in a folder of the project, such as uv's cache."""
    if path.name.endswith(".whl"):
        with zipfile.ZipFile(path) as wheel:
            names = wheel.namelist()
    else:
        with tarfile.open(path, "r:gz") as sdist:
            # An sdist has one folder that holds all the others.
            names = [name.partition("/")[2] for name in sdist.getnames()]
    inside = f"{folder.as_posix()}/"
    return sum(name.startswith(inside) for name in names)
