"""Uploads to the PyPI registry: the form is read as a stream, the file goes straight to disk."""

from email.message import Message
from typing import Any, Self

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from starlette.requests import Request
from starlette.responses import Response

from gluv.registry.upload import (
    FIELDS,
    MAX_FILE_SIZE,
    Refusal,
    check_content,
    check_fields,
    name_taken,
)
from gluv.server.admit import admitted
from gluv.server.answers import Refused, json_answer, parameter_error, refused
from gluv.server.call import Call, Gitlab
from gluv.server.packages import UPLOAD
from gluv.server.params import declared_length
from gluv.server.threads import in_thread
from gluv.store import Blobs, BlobWriter
from gluv.store.packages import FileTaken

MAX_TEXT = 4 * 1024 * 1024
"""Longest text of all form fields together, in bytes."""

LONGEST_BODY = MAX_FILE_SIZE + 2 * MAX_TEXT
"""Bytes that are taken from a client, whatever it asks for."""

_TOGETHER = 32 * 1024 * 1024
"""Bytes of files that wait in memory for the disk, of all uploads under way."""

_WRITE_AT = (64 * 1024, 1024 * 1024)
"""Bytes of one file that are written at once, at least and at most."""


async def receive_upload(gitlab: Gitlab, request: Request, path: dict[str, str]) -> Response:
    """Answer `POST /projects/:id/packages/pypi`. Raises `Refused`.

    Memory holds at most a megabyte, however long the file is, and less if there are many. The file
    is complete on disk before its row is written, so a kill at any moment leaves all of it or
    nothing.
    """
    call = await in_thread(_admit, gitlab, request, path)
    if declared_length(request) > LONGEST_BODY:
        raise refused(400, "File is too large")
    with _Content(gitlab.store.blobs) as content:
        form = _Form(request.headers.get("content-type", ""))
        async for chunk in request.stream():
            form.feed(chunk)
            if len(form.pending) >= content.enough:
                await in_thread(content.take, form)
        form.finish()
        return await in_thread(_store, call, form, content)


class _Content:
    """Where the file of an upload goes: to the disk, once there is some of it."""

    _under_way = 0

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._writer: BlobWriter | None = None

    def __enter__(self) -> Self:
        _Content._under_way += 1
        return self

    @property
    def enough(self) -> int:
        """How many bytes are worth a turn in a thread."""
        least, most = _WRITE_AT
        return max(least, min(most, _TOGETHER // _Content._under_way))

    def __exit__(self, *raised: object) -> None:
        _Content._under_way -= 1
        if self._writer is not None:
            self._writer.discard()

    def take(self, form: "_Form") -> BlobWriter:
        """Write what a form holds of its file."""
        self._writer = self._writer or self._blobs.writer()
        if form.pending and form.size <= MAX_FILE_SIZE:
            self._writer.write(bytes(form.pending))
        form.pending.clear()
        return self._writer


def _admit(gitlab: Gitlab, request: Request, path: dict[str, str]) -> Call:
    params = dict(request.query_params)
    address = request.client.host if request.client is not None else ""
    caller = gitlab.recognition.identify(request.headers, params, "packages", address)
    call = Call(gitlab=gitlab, request=request, path=path, params=params, caller=caller)
    return admitted(call, UPLOAD)


def _store(call: Call, form: "_Form", content: _Content) -> Response:
    writer = content.take(form)
    upload = check_fields(form.fields, form.file_name, content_is_text=form.content_is_text)
    if isinstance(upload, Refusal):
        raise Refused(upload.status, upload.body)
    wrong = check_content(upload, sha256=writer.sha256, size=form.size)
    if wrong is not None:
        raise Refused(wrong.status, wrong.body)
    packages, taken, project_id = call.gitlab.store.packages, name_taken(), call.project.id
    if packages.has_file(
        project_id=project_id,
        name=upload.name,
        version=upload.version,
        file_name=upload.file_name,
    ):
        raise Refused(taken.status, taken.body)
    try:
        with call.gitlab.store.blobs.claiming():
            packages.add_file(
                project_id=project_id,
                name=upload.name,
                version=upload.version,
                normalised=upload.normalised,
                requires_python=upload.requires_python,
                summary=upload.summary,
                metadata=upload.metadata,
                file_name=upload.file_name,
                blob=writer.keep(),
                job_id=call.caller.job.id if call.caller.job is not None else None,
                md5=upload.md5,
            )
    except FileTaken:
        raise Refused(taken.status, taken.body) from None
    return json_answer({"message": "201 Created"}, 201)


class _Form:
    """A multipart form as it arrives: texts are collected, the file's bytes are passed on."""

    def __init__(self, content_type: str) -> None:
        self.fields: dict[str, str] = {}
        self.file_name: str | None = None
        self.content_is_text = False
        self.pending = bytearray()
        self.size = 0
        self._texts = 0
        self._header = (bytearray(), bytearray())
        self._disposition = ""
        self._part: str | None = None
        self._text = bytearray()
        self._complete = False
        self._parser: MultipartParser | None = None
        boundary = _options(content_type).get("boundary", "")
        if content_type.lower().startswith("multipart/form-data") and boundary:
            self._parser = self._make_parser(boundary)

    def _make_parser(self, boundary: str) -> MultipartParser:
        try:
            return MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": lambda data, a, b: self._header[0].extend(data[a:b]),
                    "on_header_value": lambda data, a, b: self._header[1].extend(data[a:b]),
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._headers_finished,
                    "on_part_data": self._data,
                    "on_part_end": self._end,
                    "on_end": self._all,
                },
            )
        except (FormParserError, UnicodeEncodeError) as error:
            raise parameter_error(f"the form cannot be read: {error}") from error

    def feed(self, chunk: bytes) -> None:
        """Take some bytes of the body. Raises `Refused`."""
        if self._parser is None:
            return
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise parameter_error(f"the form cannot be read: {error}") from error

    def finish(self) -> None:
        """Take the end of the body; a form that stops in the middle is refused."""
        if self._parser is not None and not self._complete:
            raise parameter_error("the form ends in the middle")

    def _begin(self) -> None:
        self._disposition = ""
        self._header = (bytearray(), bytearray())
        self._text = bytearray()
        self._part = None

    def _header_end(self) -> None:
        name, value = (bytes(part).decode("utf-8", "replace") for part in self._header)
        if name.strip().lower() == "content-disposition":
            self._disposition = value
        self._header = (bytearray(), bytearray())

    def _headers_finished(self) -> None:
        options = _options(self._disposition)
        self._part = options.get("name")
        if self._part == "content" and self.file_name is None:
            self.file_name = options.get("filename")
            self.content_is_text = self.file_name is None
            if not self.content_is_text:
                self._part = "\0file"

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._part == "\0file":
            self.pending += data[start:end]
            self.size += end - start
            return
        self._texts += end - start
        if self._texts > MAX_TEXT:
            raise refused(413)
        if self._part in FIELDS:
            self._text += data[start:end]

    def _end(self) -> None:
        # Of a repeated field GitLab's form reader keeps the last value.
        if self._part in FIELDS and self._part is not None:
            self.fields[self._part] = bytes(self._text).decode("utf-8", "replace")

    def _all(self) -> None:
        self._complete = True


def _options(header: str) -> dict[str, str]:
    """The parameters of a header, with quoting and RFC 5987 names undone."""
    message = Message()
    message["Content-Type"] = f"x/x;{header.partition(';')[2]}"
    found: dict[str, str] = {}
    params: list[tuple[str, Any]] = message.get_params(failobj=[], unquote=True)
    for name, value in params[1:]:
        if isinstance(value, tuple):
            charset, _, text = value
            latin = (charset or "").lower() in ("iso-8859-1", "latin-1")
            # RFC 5987 asks for these two; with others a client would only try us.
            code = "latin-1" if latin else "utf-8"
            value = text.encode("latin-1", "replace").decode(code, "replace")
        found[name.lower()] = value
    return found
