"""A job's artifacts: browse them, read a file, download one or all."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote_to_bytes

import msgspec
from starlette.responses import Response

from gluv.server.answers import not_found
from gluv.server.call import Call
from gluv.server.pages.headers import FOREIGN
from gluv.server.pages.job import find_job
from gluv.server.pages.outcomes import artifacts_of
from gluv.server.pages.page import Page
from gluv.server.pages.sending import streamed
from gluv.server.pages.words import look_of_job
from gluv.server.routing import raw_path
from gluv.server.zipped import zip_of
from gluv.store import JobRow, PipelineRow
from gluv.store.archives import list_archive, open_in_archive
from gluv.store.artifacts import Sidecar

SHOWN_BYTES = 1024 * 1024
"""The largest text file that is shown; a larger one is downloaded."""

_BLOCK = 256 * 1024
_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)


class Crumb(msgspec.Struct, frozen=True, kw_only=True):
    """A directory above: its name and its path in the archive."""

    name: str
    path: str


def browse(call: Call) -> Page:
    """A directory of the archive."""
    job, pipeline, path = _asked(call)
    kept = _kept(call, job.id)
    try:
        entries = list_archive(kept.archive, path)
    except (FileNotFoundError, NotADirectoryError):
        raise not_found() from None
    return Page(
        template="artifacts.html",
        here=call.project,
        values={**_shared(job, pipeline, path), "entries": entries, "about": kept.sidecar},
    )


def file(call: Call) -> Page:
    """A file: its text with numbered lines, a picture, or only what it is."""
    job, pipeline, path = _asked(call)
    with _opened(call, job.id, path) as source:
        size = os.fstat(source.fileno()).st_size
        head = source.read(SHOWN_BYTES + 1) if size <= SHOWN_BYTES else source.read(16)
    text = _text(head) if size <= SHOWN_BYTES else None
    return Page(
        template="file.html",
        here=call.project,
        values={
            **_shared(job, pipeline, path),
            "size": size,
            "lines": None if text is None else text.split("\n"),
            "is_picture": bool(_picture(head)),
            "is_long": size > SHOWN_BYTES,
        },
    )


def raw(call: Call) -> Response:
    """A file's bytes: as text or a picture if it is one, else as a download. Nothing in it runs."""
    job, _, path = _asked(call)
    with _opened(call, job.id, path) as source:
        head = source.read(4096)
        size = os.fstat(source.fileno()).st_size
    kind = _picture(head) or ("text/plain" if _text(head, cut=True) is not None else "")
    # Opened anew when it is sent, so that nothing stays open if nobody takes it.
    blocks = _blocks(_kept(call, job.id).archive, path, size)
    return _sent(call, blocks, path.rpartition("/")[2], kind, size)


def download(call: Call) -> Response:
    """The whole archive as a zip."""
    job, _ = find_job(call)
    kept = _kept(call, job.id)
    return _sent(call, zip_of(kept.archive), f"{kept.sidecar.name}.zip", "application/zip", None)


def _asked(call: Call) -> tuple[JobRow, PipelineRow, str]:
    """The job and the path within its archive, which need not be text."""
    job, pipeline = find_job(call)
    wire = raw_path(call.request.scope).partition(b"?")[0].strip(b"/").split(b"/")
    # .../-/jobs/:id/artifacts/browse/...; a project's path has no part that is `-`.
    inside = wire[wire.index(b"-") + 5 :]
    path = b"/".join(map(unquote_to_bytes, inside))
    return job, pipeline, os.fsdecode(path)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A job's archive and the note about it."""

    archive: Path
    sidecar: Sidecar


def _kept(call: Call, job_id: int) -> Kept:
    """The archive of a job. Raises `Refused` without one."""
    artifacts = artifacts_of(call, job_id)
    if artifacts is None or artifacts.archive is None:
        raise not_found()
    return Kept(archive=artifacts.archive, sidecar=artifacts.sidecar)


def _opened(call: Call, job_id: int, path: str) -> BinaryIO:
    try:
        return open_in_archive(_kept(call, job_id).archive, path)
    except (FileNotFoundError, NotADirectoryError):
        raise not_found() from None


def _shared(job: JobRow, pipeline: PipelineRow, path: str) -> dict[str, object]:
    parts = path.split("/") if path else []
    return {
        "job": job,
        "look": look_of_job(job),
        "pipeline": pipeline,
        "path_inside": path,
        "crumbs": [
            Crumb(name=name, path="/".join(parts[: place + 1])) for place, name in enumerate(parts)
        ],
    }


def _sent(call: Call, blocks: Iterator[bytes], name: str, kind: str, size: int | None) -> Response:
    shown = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    plain = "".join(c if 32 <= ord(c) < 127 and c not in '"\\%' else "_" for c in shown)
    how = "inline" if kind and kind != "application/zip" else "attachment"
    headers = {
        **FOREIGN,
        "Content-Disposition": (
            f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe='')}"
        ),
    }
    if size is not None:
        headers["Content-Length"] = str(size)
    return streamed(call, blocks, headers, kind or "application/octet-stream")


def _blocks(tree: Path, path: str, size: int) -> Iterator[bytes]:
    """The bytes of a file, as many as were promised."""
    with open_in_archive(tree, path) as source:
        while size and (block := source.read(min(size, _BLOCK))):
            size -= len(block)
            yield block


def _picture(head: bytes) -> str:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _PICTURES if head.startswith(magic)), "")


def _text(content: bytes, *, cut: bool = False) -> str | None:
    """The content as text, None if it is none; one that is `cut` may end within a character."""
    if b"\0" in content:
        return None
    for end in range(4 if cut else 1):
        try:
            return content[: len(content) - end].decode("utf-8")
        except UnicodeDecodeError:
            continue
    return None
