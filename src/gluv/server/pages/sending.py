"""Answers that are made while they are sent; of a HEAD request nothing is made."""

from collections.abc import AsyncIterator, Iterator, Mapping

from starlette.responses import Response, StreamingResponse

from gluv.server.call import Call


def streamed(
    call: Call,
    blocks: Iterator[str] | Iterator[bytes] | AsyncIterator[bytes],
    headers: Mapping[str, str],
    media_type: str,
) -> Response:
    """Blocks as a response whose length need not be known."""
    wanted = iter(()) if call.request.method == "HEAD" else blocks
    return StreamingResponse(wanted, headers=dict(headers), media_type=media_type)
