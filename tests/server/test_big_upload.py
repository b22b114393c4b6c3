"""A file of any size goes through in memory of one size: uploads, downloads, archives."""

import subprocess
import sys
from pathlib import Path

_CODE = """
import http.client, os, resource, sys
from pathlib import Path
from gluv.server.app import create_app
from gluv.server.listen import Listener
from gluv.server.settings import ServerSettings
from gluv.store import Store
from tests.server.conftest import PAT, populate
from tests.server.ran import make_job, make_pipeline

store = Store.open(Path(sys.argv[1]))
listener = Listener()
settings = ServerSettings(base_url=listener.url)
populate(store, "g/p")
listener.start(lambda: create_app(store, settings))

def part(disposition, content):
    head = f"--b\\r\\nContent-Disposition: form-data; {disposition}\\r\\n\\r\\n"
    return head.encode() + content + b"\\r\\n"

def blocks(megabytes):
    block = bytes(1024 * 1024)
    for _ in range(megabytes):
        yield block

def form(version, megabytes):
    yield part('name="name"', b"big") + part('name="version"', version.encode())
    yield part(f'name="content"; filename="big-{version}.tar.gz"', b"")[:-2]
    yield from blocks(megabytes)
    yield b"\\r\\n--b--\\r\\n"

def upload(body, token=PAT):
    connection = http.client.HTTPConnection("127.0.0.1", listener.port)
    kind = {"PRIVATE-TOKEN": token, "Content-Type": "multipart/form-data; boundary=b"}
    path = "/api/v4/projects/1/packages/pypi"
    connection.request("POST", path, body, kind, encode_chunked=True)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found

def download(path):
    connection = http.client.HTTPConnection("127.0.0.1", listener.port)
    connection.request("GET", path, headers={"PRIVATE-TOKEN": PAT})
    answer = connection.getresponse()
    assert answer.status == 200, answer.status
    size = 0
    while chunk := answer.read(1024 * 1024):
        size += len(chunk)
    connection.close()
    return size

def everything(megabytes, version):
    assert upload(form(version, megabytes))[0] == 201
    (row,) = [one for one in store.packages.of_projects([1]) if one.version == version]
    (file,) = store.packages.files_of(row.id)
    assert file.size == megabytes * 1024 * 1024, file.size
    path = f"/api/v4/projects/1/packages/pypi/files/{file.sha256}/{file.name}"
    assert download(path) == file.size
    assert upload(form(version, megabytes), "glpat-wrong")[0] == 401
    fields = (part('name="description"', bytes(1000)) for _ in range(megabytes * 1000))
    assert upload(fields)[0] == 413
    pipeline = make_pipeline(store)
    job = make_job(store, pipeline, "a", files={"big": bytes(1)})
    with (store.directory / f"artifacts/{job.id}/archive/big").open("wb") as file:
        file.writelines(os.urandom(1024 * 1024) for _ in range(megabytes))
    assert download(f"/api/v4/projects/1/jobs/{job.id}/artifacts") > megabytes * 1024 * 1024

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

everything(20, "1")
before = peak()
everything(200, "2")
print("grew", peak() - before)
listener.close(); store.close()
"""


def test_ten_times_the_size_takes_no_more_memory(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CODE, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    grew = int(done.stdout.rpartition("grew ")[2])
    # Kilobytes on Linux, bytes on macOS. Ten times the file would be 180 MB more.
    unit = 1 if sys.platform == "darwin" else 1024
    assert grew * unit < 16 * 1024 * 1024
