"""What GitLab accepts as an upload to the PyPI registry, and what it answers otherwise."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from gluv.registry.names import normalise

MAX_FILE_SIZE = 3 * 1024**3
"""GitLab's plan limit `pypi_max_file_size`, in bytes."""

_NAME = re.compile(r"@?(?>(?:[\w\-.+]*/)*[\w\-.]+)@?(?>(?:[\w\-.+]*/)*[\w\-.]*)", re.ASCII)
_VERSION = re.compile(
    r"v?"
    r"(?:[0-9]+!)?"
    r"[0-9]+(?:\.[0-9]+)*"
    r"(?:[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview)[-_.]?(?:[0-9]+)?)?"
    r"(?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?(?:[0-9]+)?)?"
    r"(?:[-_.]?dev[-_.]?(?:[0-9]+)?)?"
    r"(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?",
    re.IGNORECASE | re.ASCII,
)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)

LONGEST = 255
"""Characters of a name, a version or a file name. GitLab's database gives up later, with 500."""

_NO_FILE_NAME = re.compile(r"[\0-\x1f\x7f-\x9f]")

TEXT_LIMITS: Mapping[str, int] = {
    "requires_python": 255,
    "metadata_version": 16,
    "author_email": 2048,
    "description": 4000,
    "description_content_type": 128,
    "summary": 255,
    "keywords": 1024,
}
"""Longest value of each metadata field in characters; longer ones are cut, not refused."""

FIELDS = frozenset({"name", "version", "md5_digest", "sha256_digest", *TEXT_LIMITS})
"""The fields GitLab reads beside `content`; every other one is dropped."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that is not a success: its status and its JSON body."""

    status: int
    body: dict[str, Any]


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """An upload whose fields are in order; `sha256` is what the client claims, lower case."""

    name: str
    version: str
    normalised: str
    file_name: str
    sha256: str | None
    requires_python: str
    summary: str
    metadata: dict[str, str]
    md5: str


def check_fields(
    fields: Mapping[str, str], file_name: str | None, *, content_is_text: bool = False
) -> Upload | Refusal:
    """Read an upload's form; `file_name` is that of the `content` part, None if there is none.

    With `content_is_text` there was one, but it was no file. Parameter mistakes come first, all in
    one `error`, as GitLab's API layer reports them; then the model's `Validation failed` sentences.
    """
    errors = []
    if file_name is None:
        errors.append("content is invalid" if content_is_text else "content is missing")
    errors += [f"{field} is missing" for field in ("name", "version") if field not in fields]
    claimed = fields.get("sha256_digest")
    if claimed is not None and not _SHA256.fullmatch(claimed):
        errors.append("sha256_digest is invalid")
    if errors or file_name is None:
        return Refusal(status=400, body={"error": ", ".join(errors)})
    name, version, file_name = fields["name"], fields["version"], base_name(file_name)
    wrong = [
        f"{what} is too long (maximum is {LONGEST} characters)"
        for what, text in (("Name", name), ("Version", version), ("File name", file_name))
        if len(text) > LONGEST
    ]
    if not name:
        wrong.append("Name can't be blank")
    if not _NAME.fullmatch(name):
        wrong.append("Name is invalid")
    if not _VERSION.fullmatch(version):
        wrong.append("Version is invalid")
    if not file_name:
        wrong.append("File name can't be blank")
    if wrong:
        return bad_request("Validation failed: " + ", ".join(wrong))
    texts = {field: cut(fields.get(field, ""), limit) for field, limit in TEXT_LIMITS.items()}
    return Upload(
        name=name,
        version=version,
        normalised=normalise(name),
        file_name=file_name,
        sha256=claimed.lower() if claimed is not None else None,
        requires_python=texts.pop("requires_python"),
        summary=texts.pop("summary"),
        metadata={field: text for field, text in texts.items() if text},
        md5=fields.get("md5_digest", "")[:LONGEST],
    )


def check_content(upload: Upload, *, sha256: str, size: int) -> Refusal | None:
    """Judge the bytes that arrived against the form.

    GitLab believes the client's `sha256_digest`. gluv compares it: a link with a wrong hash would
    be found out only by the next installation.
    """
    if size > MAX_FILE_SIZE:
        return bad_request("File is too large")
    if upload.sha256 is not None and upload.sha256 != sha256:
        return bad_request(
            f"sha256_digest is {upload.sha256}, but the content that arrived has {sha256}"
        )
    return None


def name_taken() -> Refusal:
    """The answer to a second file of the same name in a package, whatever its bytes."""
    return bad_request("Validation failed: File name has already been taken")


def bad_request(reason: str) -> Refusal:
    """A 400 in GitLab's words."""
    return Refusal(status=400, body={"message": f"400 Bad request - {reason}"})


def base_name(file_name: str) -> str:
    """The file name that is kept: what follows the last slash, without control characters.

    GitLab takes a name apart in the same way before it sees it.
    """
    return _NO_FILE_NAME.sub("_", file_name.replace("\\", "/").rpartition("/")[2])


def cut(text: str, limit: int) -> str:
    """A text of at most `limit` characters, ending in `...` if something was cut off."""
    return text if len(text) <= limit else text[: limit - 3] + "..."
