"""What Prometheus reads: https://prometheus.io/docs/instrumenting/exposition_formats/.

The text form is a line for each value; a client library would cost more to load than to write it.
"""

import os
import resource
from collections.abc import Iterable, Mapping
from pathlib import Path

from gluv.server.traffic import BUCKETS, Traffic
from gluv.store.sizes import Sizes

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[Mapping[str, str], float]


def render_metrics(traffic: Traffic | None, sizes: Sizes, *, now: float) -> str:
    """All metrics; those of the traffic only where there is a server. `now` in seconds."""
    lines: list[str] = []
    if traffic is not None:
        _render_traffic(lines, traffic)
    for name, value, says in (
        ("gluv_projects", sizes.projects, "Projects."),
        ("gluv_packages", sizes.packages, "Packages: names and versions."),
        ("gluv_package_files", sizes.files, "Files of packages."),
        ("gluv_storage_bytes", sizes.content_bytes, "Content of the files, the same once."),
        ("gluv_database_bytes", sizes.database_bytes, "The database with its log."),
        ("gluv_disk_free_bytes", sizes.free_bytes, "What is left on the disk."),
    ):
        _family(lines, name, "gauge", says, [({}, value)])
    _render_process(lines, now)
    return "\n".join(lines) + "\n"


def _render_traffic(lines: list[str], traffic: Traffic) -> None:
    requests = [
        ({"method": method, "route": route, "status": str(status)}, float(count))
        for (method, route, status), count in sorted(traffic.requests.items())
    ]
    _family(lines, "http_requests_total", "counter", "Answers.", requests)
    name = "http_request_duration_seconds"
    _head(lines, name, "histogram", "From the head of a request to the end of its answer.")
    for (method, route), durations in sorted(traffic.durations.items()):
        labels, count = {"method": method, "route": route}, 0
        for bound, counted in zip((*map(str, BUCKETS), "+Inf"), durations.counts, strict=True):
            count += counted
            lines.append(_sample(f"{name}_bucket", {**labels, "le": bound}, count))
        lines.append(_sample(f"{name}_sum", labels, durations.total))
        lines.append(_sample(f"{name}_count", labels, count))
    for name, says, counts in (
        ("http_request_body_bytes_total", "Bodies of requests.", traffic.received),
        ("http_response_body_bytes_total", "Bodies of answers.", traffic.sent),
    ):
        samples = [({"route": route}, float(size)) for route, size in sorted(counts.items())]
        _family(lines, name, "counter", says, samples)
    _family(lines, "gluv_connections", "gauge", "Open connections.", [({}, traffic.connections())])
    _family(lines, "gluv_requests_in_flight", "gauge", "Being answered.", [({}, traffic.busy())])


def _render_process(lines: list[str], now: float) -> None:
    """The names that client libraries use; what only Linux tells is left out elsewhere."""
    from importlib.metadata import version

    usage = resource.getrusage(resource.RUSAGE_SELF)
    name = "process_cpu_seconds_total"
    _family(lines, name, "counter", "Processor time.", [({}, usage.ru_utime + usage.ru_stime)])
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    _family(lines, "process_max_fds", "gauge", "Most open files.", [({}, soft)])
    if Path("/proc/self/statm").exists():
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        size = pages * os.sysconf("SC_PAGE_SIZE")
        _family(lines, "process_resident_memory_bytes", "gauge", "Memory.", [({}, size)])
        count = len(os.listdir("/proc/self/fd"))
        _family(lines, "process_open_fds", "gauge", "Open files.", [({}, count)])
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        up = float(Path("/proc/uptime").read_text().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")
        _family(lines, "process_start_time_seconds", "gauge", "When it began.", [({}, now - up)])
    _family(lines, "gluv_build_info", "gauge", "Which gluv.", [({"version": version("gluv")}, 1)])


def _family(lines: list[str], name: str, kind: str, says: str, samples: Iterable[Sample]) -> None:
    _head(lines, name, kind, says)
    lines.extend(_sample(name, labels, value) for labels, value in samples)


def _head(lines: list[str], name: str, kind: str, says: str) -> None:
    lines += (f"# HELP {name} {says}", f"# TYPE {name} {kind}")


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    told = ",".join(f'{key}="{_escape(text)}"' for key, text in labels.items())
    number = repr(float(value)).removesuffix(".0")
    return f"{name}{{{told}}} {number}" if told else f"{name} {number}"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
