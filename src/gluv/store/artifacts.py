"""What jobs left, on the disk: `artifacts/<job id>/` with their files and a note about them.

`archive/` holds the files of `artifacts:paths`, `reports/<kind>/` those of `artifacts:reports`. The
folder of a job may be a link to that of another whose result stood for it.
"""

import contextlib
import os
import stat
from pathlib import Path

import msgspec

ARCHIVE = "archive"
SIDECAR = "artifacts.json"


class Sidecar(msgspec.Struct, frozen=True, kw_only=True):
    """`artifacts.json` beside the files: the archive's name, its end, and the reports' files.

    `expire_at` in seconds since the epoch, None for never; `size` of the archive's files in bytes,
    None where an older gluv did not count them.
    """

    name: str
    expire_at: float | None
    reports: dict[str, tuple[str, ...]]
    size: int | None = None


class Artifacts(msgspec.Struct, frozen=True, kw_only=True):
    """The artifacts of a job; `archive` is None if it left only reports."""

    sidecar: Sidecar
    archive: Path | None
    place: Path

    @property
    def size(self) -> int:
        """The size of the archive's files in bytes."""
        if self.archive is None:
            return 0
        return tree_size(self.archive) if self.sidecar.size is None else self.sidecar.size

    def report(self, kind: str) -> Path:
        """The folder of the reports of a kind; it may not be there."""
        return report_place(self.place, kind)


def artifacts_place(store: Path, job_id: int) -> Path:
    """The folder of a job's artifacts below the folder of a store."""
    return store / "artifacts" / str(job_id)


def report_place(place: Path, kind: str) -> Path:
    """The folder of one kind of reports in the folder of a job's artifacts."""
    return place / "reports" / kind


def read_artifacts(store: Path, job_id: int) -> Artifacts | None:
    """What a job left, None if that is nothing."""
    place = artifacts_place(store, job_id)
    with contextlib.suppress(OSError, msgspec.DecodeError):
        sidecar = msgspec.json.decode((place / SIDECAR).read_bytes(), type=Sidecar)
        archive = place / ARCHIVE
        return Artifacts(
            sidecar=sidecar, archive=archive if archive.is_dir() else None, place=place
        )
    return None


def tree_size(tree: Path) -> int:
    """The size of all files below a folder, in bytes; links count for nothing."""
    states = (os.lstat(os.path.join(at, name)) for at, _, names in os.walk(tree) for name in names)
    return sum(state.st_size for state in states if stat.S_ISREG(state.st_mode))


def find_file(tree: Path, path: str) -> Path | None:
    """A file of an archive; None for what is not there, no file, or a link that leads out."""
    try:
        found, root = (tree / path).resolve(), tree.resolve()
        return found if found.is_relative_to(root) and found.is_file() else None
    except (OSError, ValueError, RuntimeError):
        return None
