"""The files of a commit as one archive, made by git while it is read."""

import bz2
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Protocol

from gluv.host.git_objects import git_environment

Format = Literal["zip", "tar.gz", "tar.bz2", "tar"]

_BLOCK = 256 * 1024
_GZIP = 31
"""zlib's name for the form of gzip, without a time in it."""


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


def archive(
    repository: Path, commit: str, *, prefix: str, kind: Format, path: str = ""
) -> Iterator[bytes]:
    """The archive in blocks; `prefix` is the folder that all of it is in, `path` a part of it.

    Raises `OSError` if git fails on the way. Git is ended when nobody reads on.
    """
    # How this machine likes its line ends plays no part. Git compresses a tar by commands that a
    # repository's own settings may name, so that is done here.
    options = ("-c", "core.autocrlf=false", "-c", "core.eol=lf")
    made = "zip" if kind == "zip" else "tar"
    wanted = ("--", f":(top,literal){path}") if path else ()
    process = subprocess.Popen(
        [
            *("git", *options, "archive", f"--format={made}", f"--prefix={prefix}/"),
            *(commit, *wanted),
        ],
        cwd=repository,
        env=git_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    assert process.stdout is not None
    compressor = _compressor(kind)
    try:
        while block := process.stdout.read(_BLOCK):
            packed = block if compressor is None else compressor.compress(block)
            if packed:
                yield packed
        if process.wait() != 0:
            raise OSError(f"git archive ended with {process.returncode}")
        if compressor is not None:
            yield compressor.flush()
    finally:
        process.stdout.close()
        if process.poll() is None:
            process.kill()
            process.wait()


def _compressor(kind: Format) -> _Compressor | None:
    match kind:
        case "tar.gz":
            return zlib.compressobj(6, zlib.DEFLATED, _GZIP)
        case "tar.bz2":
            return bz2.BZ2Compressor()
        case _:
            return None
