"""How fast `gluv serve` is, beside pypiserver, devpi-server and nginx with static files.

All servers run at once and are asked in turn, so that other work on the machine meets all of them;
medians are compared. Requests come from wrk, uploads and installs from uv and from a plain client.
"""

import argparse
import atexit
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import urllib3
from registry_plot import draw
from registry_servers import Devpi, Gluv, Nginx, PypiServer, Server
from registry_table import render_tables
from registry_wheels import make_file, make_wheels

HERE = Path(__file__).parent
RIVALS = ("pypiserver[cache]", "gunicorn", "devpi-server")
GROWTH = (100, 1_000, 10_000, 100_000)
MOST_OF_DEVPI = 100
"""Files that devpi-server is filled with at most: each goes through its upload."""


WRK = "wrk"


def wrk(url: str, *, connections: int, seconds: int) -> dict[str, float]:
    """Requests a second, and the latency in seconds, of one URL."""
    script = HERE / "registry_wrk.lua"
    command = [WRK, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60", "-s", script]
    done = subprocess.run([*map(str, command), url], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    if found.pop("errors"):
        raise SystemExit(f"{url}: {done.stdout}")
    return found


def publish(server: Server, wheels: Sequence[Path], uv: str) -> dict[str, float]:
    """One `uv publish` of all wheels."""
    options = ["--publish-url", f"{server.url}{server.upload}", "--trusted-publishing", "never"]
    options += ["--username", server.user, "--password", server.password]
    begun = time.perf_counter()
    run([uv, "publish", "--quiet", *options, *map(str, wheels)])
    return {"seconds": time.perf_counter() - begun}


def upload(server: Server, wheels: Sequence[Path], clients: int) -> dict[str, float]:
    """Uploads a second of some clients, each on one connection."""
    waits: list[float] = []
    failed: list[BaseException] = []

    def work(own: Sequence[Path]) -> None:
        try:
            with urllib3.HTTPConnectionPool("127.0.0.1", server.port, retries=False) as pool:
                for wheel in own:
                    begun = time.perf_counter()
                    server.post(pool, wheel)
                    waits.append(time.perf_counter() - begun)
        except BaseException as error:
            failed.append(error)

    threads = [
        threading.Thread(target=work, args=(wheels[number::clients],)) for number in range(clients)
    ]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    if failed:
        raise SystemExit(f"{server.name}: {failed[0]}")
    waits.sort()
    return {
        "rate": len(wheels) / seconds,
        "p50": waits[len(waits) // 2],
        "p99": waits[int(len(waits) * 0.99)],
    }


def flush(wheels: Sequence[Path], place: Path) -> dict[str, float]:
    """What the flushes of as many uploads cost by themselves, one after the other."""
    place.mkdir()
    log = os.open(place / "log", os.O_CREAT | os.O_WRONLY)
    os.pwrite(log, bytes(8192 * len(wheels)), 0)
    os.fsync(log)
    directory = os.open(place, os.O_RDONLY)
    begun = time.perf_counter()
    for number, wheel in enumerate(wheels):
        file = os.open(place / f"{number}.part", os.O_CREAT | os.O_WRONLY)
        os.write(file, wheel.read_bytes())
        os.fsync(file)
        os.close(file)
        os.rename(place / f"{number}.part", place / str(number))
        os.fsync(directory)
        os.pwrite(log, bytes(8192), 8192 * number)
        os.fdatasync(log)
    seconds = time.perf_counter() - begun
    os.close(directory)
    os.close(log)
    return {"rate": len(wheels) / seconds, "p50": seconds / len(wheels), "p99": 0.0}


def install(server: Server, names: Sequence[str], uv: str, scratch: Path) -> dict[str, float]:
    """One `uv pip install` with an empty cache into an empty folder."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        options = ["--cache-dir", f"{folder}/cache", "--target", f"{folder}/site", "--no-config"]
        options += ["--default-index", f"{server.url}{server.index}", "--python", sys.executable]
        begun = time.perf_counter()
        run([uv, "pip", "install", "--quiet", *options, *names])
        return {"seconds": time.perf_counter() - begun}


def run(command: list[str]) -> None:
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])}: {done.stderr[-2000:]}")


def in_turn(
    servers: Sequence[Server], repeat: int, ask: Callable[[Server, int], dict[str, float]]
) -> dict[str, dict[str, float]]:
    """The medians of every server, asked one after the other, `repeat` times."""
    runs: dict[str, list[dict[str, float]]] = {server.name: [] for server in servers}
    for turn in range(repeat):
        for server in servers:
            runs[server.name].append(ask(server, turn))
    return {
        name: {key: statistics.median(one[key] for one in found) for key in found[0]}
        for name, found in runs.items()
    }


def scenes(
    servers: Sequence[Server], arguments: argparse.Namespace, scratch: Path
) -> dict[str, dict[str, dict[str, float]]]:
    """Every scene of the table."""
    repeat, seconds, uv = arguments.repeat, arguments.seconds, arguments.uv
    wheels = [
        *make_wheels(scratch / "wheels", "twenty", 20),
        *make_wheels(scratch / "wheels", "thousand", 1_000),
        make_file(scratch / "wheels", "mega", 1 << 20),
        make_file(scratch / "wheels", "hundred", 100 << 20),
    ]
    names = [f"pkg{number}" for number in range(40)]
    wheels += [wheel for name in names for wheel in make_wheels(scratch / "wheels", name, 3)]
    for server in servers:
        said(f"{server.name}: fill")
        server.fill(wheels)
    writers = [server for server in servers if server.upload]
    found: dict[str, dict[str, dict[str, float]]] = {}

    def note(scene: str, results: dict[str, dict[str, float]]) -> None:
        found[scene] = results
        said(f"{scene}: load {os.getloadavg()[0]:.1f}")

    for scene, package in (("page of 20 files", "twenty"), ("page of 1,000 files", "thousand")):
        note(
            scene,
            in_turn(
                servers,
                repeat,
                lambda one, _, package=package: wrk(  # type: ignore[misc]
                    one.page(package), connections=8, seconds=seconds
                ),
            ),
        )
    for scene, package in (("file of 1 MB", "mega"), ("file of 100 MB", "hundred")):
        files = {server.name: server.file(package) for server in servers}
        note(
            scene,
            in_turn(
                servers,
                repeat,
                lambda one, _, files=files: wrk(  # type: ignore[misc]
                    files[one.name], connections=4, seconds=seconds
                ),
            ),
        )
    note(
        "install of 40 packages",
        in_turn(servers, repeat, lambda one, _: install(one, names, uv, scratch)),
    )
    batches = [make_wheels(scratch / "up", f"batch{turn}", 100) for turn in range(3 * repeat)]
    note(
        "publish of 100 wheels",
        in_turn(writers, repeat, lambda one, turn: publish(one, batches[turn], uv)),
    )
    one_client = in_turn(writers, repeat, lambda one, turn: upload(one, batches[repeat + turn], 1))
    one_client["flushes alone"] = flush(batches[0], scratch / "flush")
    note("upload, 1 client", one_client)
    note(
        "upload, 8 clients",
        in_turn(writers, repeat, lambda one, turn: upload(one, batches[2 * repeat + turn], 8)),
    )
    found["memory"] = {server.name: {"bytes": server.memory()} for server in servers}
    return found


def growth(
    make: Callable[[str], list[Server]], sizes: Sequence[int], seconds: int, scratch: Path
) -> dict[str, dict[str, dict[str, float]]]:
    """The same page among more and more other files, ten a package."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for size in sizes:
        servers = [
            server
            for server in make(f"growth-{size}")
            if not isinstance(server, Devpi) or size <= MOST_OF_DEVPI
        ]
        wheels = make_wheels(scratch / "wheels", "twenty", 20)
        wheels += [
            wheel
            for number in range((size - 20) // 10)
            for wheel in make_wheels(scratch / "many", f"other{number}", 10, tiny=True)
        ]
        for server in servers:
            said(f"{server.name}: fill with {size:,}")
            filled = isinstance(server, Devpi)
            server.prepare()
            if not filled:
                server.fill(wheels)
            server.start()
            atexit.register(server.stop)
            if filled:
                server.fill(wheels)
            wrk(server.page("twenty"), connections=1, seconds=1)
        found[str(size)] = in_turn(
            servers, 3, lambda one, _: wrk(one.page("twenty"), connections=8, seconds=seconds)
        )
        for server in servers:
            found[str(size)][server.name]["bytes"] = server.memory()
            server.stop()
            shutil.rmtree(server.place)
    return found


def from_apt(program: str, place: Path) -> str | None:
    """A program that is here, else that of Debian's package of its name, unpacked in a folder."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if found is not None or shutil.which("apt-get") is None:
        return found
    place.mkdir(parents=True)
    subprocess.run(["apt-get", "-qq", "download", program], cwd=place, capture_output=True)
    for package in place.glob("*.deb"):
        run(["dpkg", "-x", str(package), str(place)])
    return next((str(path) for path in place.glob(f"usr/*bin/{program}")), None)


def said(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--growth", type=int, nargs="*", default=list(GROWTH), metavar="FILES")
    parser.add_argument("--without", nargs="*", default=[], metavar="SERVER")
    parser.add_argument("--nginx", metavar="PROGRAM")
    parser.add_argument("--uv", default=shutil.which("uv") or f"{Path(sys.executable).parent}/uv")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "registry.json")
    parser.add_argument("--plot", type=Path, default=HERE.parent / "docs/images/registry.svg")
    arguments = parser.parse_args()
    global WRK
    with tempfile.TemporaryDirectory(prefix="gluv-bench-") as folder:
        scratch = Path(folder)
        if (found := from_apt("wrk", scratch / "apt-wrk")) is None:
            raise SystemExit("wrk is not there (see bench/README.md)")
        WRK = found
        arguments.nginx = arguments.nginx or from_apt("nginx", scratch / "apt-nginx")
        rivals = scratch / "rivals"
        said("install the rivals")
        run([arguments.uv, "venv", "--quiet", "--python", sys.executable, str(rivals)])
        run(
            [arguments.uv, "pip", "install", "--quiet", "--python", f"{rivals}/bin/python", *RIVALS]
        )

        def make(where: str) -> list[Server]:
            place = scratch / where
            found: list[Server] = [
                Gluv(place / "gluv"),
                PypiServer(place / "pypiserver", rivals),
                Devpi(place / "devpi", rivals),
            ]
            found += [Nginx(place / "nginx", arguments.nginx)] if arguments.nginx else []
            return [server for server in found if server.name not in arguments.without]

        servers = make("scenes")
        for server in servers:
            server.prepare()
            server.start()
            atexit.register(server.stop)
        results: dict[str, Any] = {
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
            "versions": versions(rivals, arguments),
            "load before": os.getloadavg()[0],
            "scenes": scenes(servers, arguments, scratch),
            "load": os.getloadavg()[0],
        }
        for server in servers:
            server.stop()
        results["growth"] = growth(make, arguments.growth, arguments.seconds, scratch)
        results["at"] = time.strftime("%Y-%m-%d")
        # Before the folder is removed, which takes its time.
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        arguments.output.write_text(json.dumps(results, indent=1) + "\n")
        arguments.plot.write_text(draw(results))
        print(render_tables(results))
    return 0


def versions(rivals: Path, arguments: argparse.Namespace) -> dict[str, str]:
    """What was compared."""
    listed = subprocess.run(
        [arguments.uv, "pip", "list", "--format=json", "--python", f"{rivals}/bin/python"],
        capture_output=True,
        check=True,
    )
    listing = {one["name"]: one["version"] for one in json.loads(listed.stdout)}
    told = {name: listing[name] for name in ("pypiserver", "devpi-server", "gunicorn")}
    for name, command in (
        ("gluv", [sys.executable, "-m", "gluv", "--version"]),
        ("uv", [arguments.uv, "--version"]),
        ("nginx", [arguments.nginx, "-v"]),
    ):
        if command[0]:
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found = re.search(r"\d+(\.\d+)+", done.stdout or done.stderr)
            told[name] = found[0] if found else "?"
    return told


if __name__ == "__main__":
    sys.exit(main())
