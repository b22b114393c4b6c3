"""Bytes that no client sends: paths, heads and bodies, mostly made of what once broke something.

`attack` is used by the tests, within a bounded time, and by `bench/fuzz_server.py` for longer.
"""

import hashlib
import random
import socket

import urllib3

from tests.server.conftest import PAT, Answer, Host, upload_form
from tests.server.wire import connect, read_answer

SEGMENTS = (
    *("api", "v4", "projects", "groups", "1", "grp%2Fsub%2Fdemo", "2", "-", "packages", "pypi"),
    *("simple", "files", "releases", "v1.0.0", "assets", "links", "downloads", "permalink"),
    *("latest", "repository", "tags", "branches", "commits", "raw", "jobs", "artifacts", "trace"),
    *("pipelines", "members", "all", "users", "job_token_scope", "personal_access_tokens", "self"),
)
NASTY = (
    *("..", ".", "", "%2e%2e", "%2E%2e%2F", "..%2f..%2fetc%2fpasswd", "%00", "a%00b", "%", "%zz"),
    *("%2", "%c0%ae%c0%ae", "%c0%af", "%ed%a0%80", "%f5%80%80%80", "%ff%fe", "%25%32%65", "%252e"),
    *("%252F..", "a" * 300, "1" * 40, "-1", "0", "9" * 19, "1e3", "٣", "%D9%A3", "a;b", "a\\..\\b"),
    *("%5c..%5c", "~root", "%0a", "%0d%0aX:%20y", "<script>", "'", '"', "{}", "[]", "NULL"),
    *("%F0%9F%A6%9C", "*", "--all", "-rf", "HEAD", "@{u}", "refs", "a b", "a%20b", "\t", "..;"),
)
QUERIES = (
    *("page=0", "page=-1", "page=99999999999999999999", "per_page=x", "sort=asc&sort=desc"),
    *("scope[]=a&scope[b]=c", "a[b][c][d]=1", "[]=1", "a[=1", "=", "&&&", "private_token=x"),
    *("%zz", "%00=1", "a=%00", "a=%ff", "package_name=" + "%25" * 50, "search=" + "a" * 5000),
    *(
        "ref=..%2F..",
        "job=%0a",
        "a" * 3000 + "=1",
        "order_by[]=id",
        "job_token[]=1",
        "x=" + "[" * 99,
    ),
)
HEADERS = (
    "Range: bytes=" + ",".join(f"{n}-" for n in range(500)),
    "Range: bytes=0-18446744073709551616",
    "Accept: " + "application/vnd.pypi.simple.v1+json;q=" + "9" * 200,
    "If-None-Match: " + '"a",' * 500,
    "If-Modified-Since: Thu, 99 Foo 99999 99:99:99 GMT",
    "Authorization: Basic " + "====",
    "Authorization: Basic /////w==",
    "Authorization: Bearer \xff\xfe",
    "Authorization:",
    "PRIVATE-TOKEN: " + "x" * 5000,
    "JOB-TOKEN: \x7f",
    "DEPLOY-TOKEN: gldt-x",
    "Content-Type: multipart/form-data",
    "Content-Type: multipart/form-data; boundary=" + "b" * 400,
    "Content-Type: multipart/form-data; boundary=\xff",
    "Content-Type: application/json; charset=utf-7",
    "Content-Type: application/x-www-form-urlencoded",
    "Content-Type: text/plain",
    "Content-Type: ;",
    "Content-Type: multipart/form-data; boundary*=utf-16''%ff",
    "Content-Type: multipart/form-data; boundary*=nonsense''b",
    "Content-Encoding: gzip",
    "Expect: 100-continue",
    "Origin: http://evil.example",
    "Origin: null",
    "Upgrade: websocket\r\nConnection: Upgrade",
    "X-Forwarded-Host: evil.example",
    "Cookie: " + "a=b; " * 500,
)
METHODS = (
    *("GET", "GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"),
    *("PROPFIND", "get", "FOO"),
)
BODIES = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b'{"tag_name": "\\ud800"}',
    b'{"tag_name": "\\u0000", "ref": "main"}',
    b'{"tag_name": 1e400}',
    b'{"name": {"a": []}, "scopes": [[], {}], "access_level": 1e99}',
    b'{"enabled": "perhaps", "target_project_id": 9223372036854775808}',
    b'{"assets": {"links": {"0": {"name": "a"}}}, "tag_name": "x"}',
    b'{"assets": {"links": [null, 1]}, "tag_name": "x"}',
    b'{"released_at": "0000-00-00", "tag_name": "x"}',
    b'{"private_token": ["x"], "job_token": {"a": 1}}',
    b"{" * 2000,
    b"name=a&scopes[]=api&scopes[][x]=1",
    b"assets[links][][name]=a&assets[links][0][url]=b&tag_name=x",
    b"--x\r\n\r\n--x--",
    b"\xff\xfe\x00",
    b"5\r\nhello\r\n0\r\n\r\n",
)
FRAMINGS = (
    "length",
    "length",
    "length",
    "chunked",
    "short",
    "both",
    "twice",
    "negative",
    "huge",
    "bad chunk",
)

TARGETS = (
    *(
        "/api/v4/projects/1/packages/pypi/simple",
        "/api/v4/projects/1/packages/pypi/simple/demo-pkg",
    ),
    *("/api/v4/groups/grp/-/packages/pypi/simple/demo-pkg/", "/api/v4/projects/1/releases"),
    *("/api/v4/projects/grp%2Fsub%2Fdemo/packages", "/api/v4/projects/1/pipelines/2/jobs"),
    *("/api/v4/projects/1/jobs/2/artifacts", "/api/v4/projects/1/jobs/2/trace", "/grp/sub/demo"),
    *("/api/v4/projects/1/repository/files/README.md/raw", "/api/v4/projects/1/access_tokens"),
    *("/api/v4/projects/1/job_token_scope", "/api/v4/projects/1/releases/v1.0.0/assets/links"),
)


Sent = tuple[bytes, bool]
"""A request, and whether it is all there: else its sender says that nothing more comes."""


def make_request(chance: random.Random) -> Sent:
    """Something like a request."""
    target = chance.choice(TARGETS) if chance.random() < 0.5 else _make_target(chance)
    if chance.random() < 0.4:
        target += "?" + "&".join(chance.choice(QUERIES) for _ in range(chance.randint(1, 3)))
    version = chance.choice(("1.1", "1.1", "1.1", "1.1", "1.0", "9"))
    name = chance.choice(("Host: 127.0.0.1",) * 6 + ("Host: evil", "Host:", "X: y"))
    lines = [f"{chance.choice(METHODS)} {target} HTTP/{version}", name]
    lines += chance.sample(HEADERS, chance.choice((0, 0, 1, 1, 2, 3)))
    if chance.random() < 0.5:
        lines.append(f"PRIVATE-TOKEN: {PAT}")
    return _frame(chance, lines, chance.choice(BODIES))


def _make_target(chance: random.Random) -> str:
    parts = [chance.choice(SEGMENTS) for _ in range(chance.randint(0, 9))]
    if chance.random() < 0.7:
        parts = ["api", "v4", chance.choice(("projects", "groups")), "1", *parts[:5]]
    for _ in range(chance.randint(0, 2)):
        parts.insert(chance.randint(0, len(parts)), chance.choice(NASTY))
    if chance.random() < 0.01:
        parts += ["a"] * 3000
    start = chance.choice(("/", "/", "/", "/", "//", "", "http://127.0.0.1/"))
    return start + "/".join(parts)


def _frame(chance: random.Random, lines: list[str], body: bytes) -> Sent:
    framing = chance.choice(FRAMINGS)
    match framing:
        case "length":
            lines.append(f"Content-Length: {len(body)}")
        case "short":
            lines.append(f"Content-Length: {len(body) + 10}")
        case "both":
            lines += [f"Content-Length: {len(body)}", "Transfer-Encoding: chunked"]
        case "twice":
            lines += [f"Content-Length: {len(body)}", f"Content-Length: {len(body) + 1}"]
        case "negative":
            lines.append("Content-Length: -1")
        case "huge":
            lines.append("Content-Length: 99999999999999999999")
        case "bad chunk":
            lines.append("Transfer-Encoding: chunked")
        case _:
            lines.append("Transfer-Encoding: chunked")
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    head = "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")
    return head + body, framing in ("length", "chunked")


def make_upload(chance: random.Random) -> Sent:
    """An upload that is somehow damaged."""
    names = ("../../etc/x.whl", "..\\x.whl", "a\rb.whl", "\x00", "", "a" * 5000, "é.whl", "nodot")
    versions = ("1." * 5000 + "0", "../1", "\x00", "1.0\n", "٣", "")
    contents = (b"", b"no wheel", b"PK\x03\x04" + chance.randbytes(50), b"--b\r\n" * 9)
    content = chance.choice(contents)

    def mostly(good: str, *bad: str) -> str:
        return good if chance.random() < 0.8 else chance.choice(bad)

    fields = {
        "version": mostly("1.0", *versions),
        "name": mostly("demo", "a/../b", "\x00", "é", "n" * 3000, ""),
        "sha256_digest": mostly(hashlib.sha256(content).hexdigest(), "x", "1" * 64),
        "requires_python": mostly(">=3", "<" * 9999, '"><script>'),
    }
    good = f"demo-1.0-{chance.randrange(10**9)}.tar.gz"
    form = upload_form(content, file_name=mostly(good, *names), **fields)
    chance.shuffle(form)
    body, kind = urllib3.encode_multipart_formdata(form, "b")
    mutated = bytearray(body)
    for _ in range(chance.choice((0, 0, 0, 1, 3))):
        at = chance.randrange(len(mutated))
        match chance.randrange(5):
            case 0:
                mutated[at] = chance.randrange(256)
            case 1:
                del mutated[at : at + chance.randint(1, 200)]
            case 2:
                pieces = (b"\r\n--b\r\n", b"--b--", b"\r\n\r\n", b"\x00", b'"', b"; x*=no''y")
                mutated[at:at] = chance.choice(pieces)
            case 3:
                del mutated[at:]
            case _:
                piece = bytes(mutated[at : at + 100])
                mutated[at:at] = piece
        if not mutated:
            break
    length = len(mutated) + chance.choice((0, 0, 0, 0, 0, 0, 5))
    head = (
        "POST /api/v4/projects/1/packages/pypi HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"PRIVATE-TOKEN: {PAT}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    )
    return head.encode() + bytes(mutated), length == len(mutated)


def send(host: Host, request: bytes, *, whole: bool) -> Answer | None:
    """Send it and read the answer; None where none came."""
    with connect(host) as client:
        try:
            client.sendall(request)
            if not whole:
                client.shutdown(socket.SHUT_WR)
            method = request.partition(b" ")[0].decode("latin-1")
            return read_answer(client, method)
        except TimeoutError:
            raise
        except (OSError, ValueError, EOFError):
            return None
        except Exception as error:
            # What http.client makes of a connection that was closed without a word.
            if type(error).__module__ == "http.client":
                return None
            raise


def attack(host: Host, *, seed: int, requests: int) -> tuple[dict[int, int], list[str]]:
    """Send so many; the statuses that came (0 for none) and which requests were a fault's."""
    chance = random.Random(seed)
    seen: dict[int, int] = {}
    wrong: list[str] = []
    for _ in range(requests):
        make = make_upload if chance.random() < 0.4 else make_request
        request, whole = make(chance)
        answer = send(host, request, whole=whole)
        status = 0 if answer is None else answer.status
        seen[status] = seen.get(status, 0) + 1
        if status >= 500:
            wrong.append(f"{status} {answer.body[:200] if answer else b''!r}: {request[:3000]!r}")
    return seen, wrong
