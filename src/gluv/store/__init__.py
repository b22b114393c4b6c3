"""Everything kept on disk: SQLite (WAL) and content-addressed files in `.gluv/`."""

from gluv.store.blobs import Blob, Blobs, BlobWriter
from gluv.store.rows import (
    FileRow,
    JobRow,
    LinkRow,
    MemberRow,
    NamespaceRow,
    NoticeRow,
    PackageRow,
    PipelineRow,
    ProjectRow,
    ReleaseRow,
    TagRow,
    TokenRow,
    UserRow,
)
from gluv.store.store import Store

__all__ = [
    "Blob",
    "BlobWriter",
    "Blobs",
    "FileRow",
    "JobRow",
    "LinkRow",
    "MemberRow",
    "NamespaceRow",
    "NoticeRow",
    "PackageRow",
    "PipelineRow",
    "ProjectRow",
    "ReleaseRow",
    "Store",
    "TagRow",
    "TokenRow",
    "UserRow",
]
