"""A large file is streamed to disk: memory stays flat."""

import subprocess
import sys
from pathlib import Path

_CODE = """
import http.client, resource, sys
from pathlib import Path
from gluv.server.app import create_app
from gluv.server.listen import Listener
from gluv.server.settings import ServerSettings
from gluv.store import Store
from tests.server.conftest import PAT, populate

MEGABYTES = 300
store = Store.open(Path(sys.argv[1]))
listener = Listener()
settings = ServerSettings(base_url=listener.url)
populate(store, "g/p")
listener.start(lambda: create_app(store, settings))

def part(disposition, content):
    head = f"--b\\r\\nContent-Disposition: form-data; {disposition}\\r\\n\\r\\n"
    return head.encode() + content + b"\\r\\n"

def body():
    yield part('name="name"', b"big") + part('name="version"', b"1")
    yield part('name="content"; filename="big-1.tar.gz"', b"")[:-2]
    block = bytes(1024 * 1024)
    for _ in range(MEGABYTES):
        yield block
    yield b"\\r\\n--b--\\r\\n"

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
connection = http.client.HTTPConnection("127.0.0.1", listener.port)
connection.request("POST", "/api/v4/projects/1/packages/pypi", body(), {
    "PRIVATE-TOKEN": PAT, "Content-Type": "multipart/form-data; boundary=b"}, encode_chunked=True)
answer = connection.getresponse()
print(answer.status, answer.read())
(file,) = store.packages.files_of(1)
assert file.size == MEGABYTES * 1024 * 1024, file.size
connection.request("GET", f"/api/v4/projects/1/packages/pypi/files/{file.sha256}/{file.name}")
answer = connection.getresponse()
size = 0
while part := answer.read(1024 * 1024):
    size += len(part)
assert size == file.size, size
print("grew", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
connection.close(); listener.close(); store.close()
"""


def test_a_large_file_goes_through_in_little_memory(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CODE, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("201")
    grew = int(done.stdout.rpartition("grew ")[2])
    # Kilobytes on Linux, bytes on macOS; what grows is the web framework being loaded.
    unit = 1 if sys.platform == "darwin" else 1024
    assert grew * unit < 80 * 1024 * 1024
