"""The upload form of a distribution, its file streamed from disk."""

import secrets
from collections.abc import Callable, Iterator
from types import TracebackType

from gluv.release.distribution import Distribution

CHUNK = 256 * 1024
"""Bytes of the file in memory at a time."""


class Form:
    """A `multipart/form-data` body in chunks, to be sent once; its length is known beforehand.

    The fields are those uv sends, `content` last; GitLab wants a Content-Length, not chunks.
    """

    def __init__(self, file: Distribution, progress: Callable[[int], None]) -> None:
        self._boundary = secrets.token_hex(16)
        head = "".join(self._field(name, value) for name, value in upload_fields(file))
        head += (
            f"--{self._boundary}\r\n"
            f'Content-Disposition: form-data; name="content"; filename="{file.name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        self._head = head.encode()
        self._tail = f"\r\n--{self._boundary}--\r\n".encode()
        self._size = file.size
        self._file = file.path.open("rb")
        self._progress = progress

    @property
    def headers(self) -> dict[str, str]:
        """The headers that describe the body."""
        return {
            "Content-Type": f"multipart/form-data; boundary={self._boundary}",
            "Content-Length": str(len(self._head) + self._size + len(self._tail)),
        }

    def __iter__(self) -> Iterator[bytes]:
        """The body, at most `CHUNK` bytes at a time."""
        yield self._head
        while chunk := self._file.read(CHUNK):
            self._progress(len(chunk))
            yield chunk
        yield self._tail

    def __enter__(self) -> "Form":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def _field(self, name: str, value: str) -> str:
        quoted = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        return (
            f"--{self._boundary}\r\n"
            f'Content-Disposition: form-data; name="{quoted}"\r\n\r\n{value}\r\n'
        )


def upload_fields(file: Distribution) -> tuple[tuple[str, str], ...]:
    """The fields beside the file: the legacy upload API's, then the core metadata."""
    return (
        (":action", "file_upload"),
        ("protocol_version", "1"),
        ("filetype", file.kind),
        ("pyversion", file.python),
        ("sha256_digest", file.sha256),
        ("blake2_256_digest", file.blake2_256),
        *file.fields,
    )
