"""Everything kept on disk: SQLite (WAL) and content-addressed files in `.gluv/`."""

from gluv.store.blobs import Blob, Blobs, BlobWriter
from gluv.store.rows import (
    FileRow,
    JobRow,
    LinkRow,
    PackageRow,
    PipelineRow,
    ReleaseRow,
    TagRow,
)
from gluv.store.store import Store

__all__ = [
    "Blob",
    "BlobWriter",
    "Blobs",
    "FileRow",
    "JobRow",
    "LinkRow",
    "PackageRow",
    "PipelineRow",
    "ReleaseRow",
    "Store",
    "TagRow",
]
