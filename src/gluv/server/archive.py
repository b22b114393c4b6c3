"""A folder as a ZIP file, made while it is sent."""

from pathlib import Path

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from gluv.server.files import disposition
from gluv.server.zipped import zip_of


class Archive(StreamingResponse):
    """A folder as a download. Its length is not known before, so a HEAD does not tell it."""

    def __init__(self, tree: Path, name: str) -> None:
        headers = {"Content-Disposition": disposition(name), "X-Content-Type-Options": "nosniff"}
        super().__init__(zip_of(tree), 200, headers, "application/zip")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["method"] != "HEAD":
            await super().__call__(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
