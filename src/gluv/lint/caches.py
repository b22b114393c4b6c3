"""The caches of a job beside the nodes they come from, and where uv keeps its own."""

from collections.abc import Iterator

import msgspec

from gluv.config.keywords.cache import Cache, CacheKeyFiles
from gluv.expr.expand import expand
from gluv.lint.facts import JobFacts, LegFacts
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode

_PROJECT = ("${CI_PROJECT_DIR}", "$CI_PROJECT_DIR")


class CacheFacts(msgspec.Struct, frozen=True):
    """One entry of `cache:`; `shared` if it comes from `default:` or from another file's anchor."""

    cache: Cache
    node: MapNode
    shared: bool

    def path_nodes(self) -> Iterator[ScalarNode]:
        """The paths as written."""
        paths = self.node.get("paths")
        for item in paths.items if isinstance(paths, SeqNode) else ():
            if isinstance(item, ScalarNode):
                yield item

    def paths(self, leg: LegFacts) -> tuple[str, ...]:
        """The paths in the project, expanded."""
        return tuple(in_project(expand(path, leg.variables)) for path in self.cache.paths)

    @property
    def files(self) -> CacheKeyFiles | None:
        """The key, if it is made of files."""
        return self.cache.key if isinstance(self.cache.key, CacheKeyFiles) else None


def caches(job: JobFacts) -> tuple[CacheFacts, ...]:
    """The caches of a job."""
    node = job.node.get("cache")
    nodes = _maps(node)
    if len(nodes) != len(job.job.cache):
        return ()
    default = job.facts.merged.get("default")
    shared = node is not None and (
        (isinstance(default, MapNode) and node is default.get("cache"))
        or node is job.facts.merged.get("cache")
    )
    return tuple(
        CacheFacts(cache, each, shared) for cache, each in zip(job.job.cache, nodes, strict=True)
    )


def in_project(path: str) -> str:
    """A path relative to the project where it starts with `$CI_PROJECT_DIR`, without `./`."""
    for prefix in _PROJECT:
        if path == prefix or path.startswith(f"{prefix}/"):
            path = path[len(prefix) :].lstrip("/") or "."
            break
    while path.startswith("./"):
        path = path[2:]
    return path.rstrip("/")


def uv_cache(job: JobFacts, leg: LegFacts) -> str | None:
    """Where uv keeps its cache in a leg, relative to the project; None where it is the default.

    An absolute path is outside of it. What a script sets is not seen: then nothing is known.
    """
    if "UV_CACHE_DIR" in job.elsewhere or "*" in job.elsewhere:
        return None
    found = leg.variables.get("UV_CACHE_DIR") or job.facts.project.uv.get("cache-dir")
    return in_project(found) if isinstance(found, str) and found else None


def inside(path: str | None) -> bool:
    """Whether a path is surely inside the project."""
    return path is not None and not path.startswith(("/", "~", "$", "..", "%"))


def covers(cached: str, path: str) -> bool:
    """Whether caching `cached` keeps the folder `path`."""
    cached = cached.removesuffix("/**/*").removesuffix("/**").removesuffix("/*")
    return cached == path or path.startswith(f"{cached}/") or cached in (".", "", "**")


def keeps_uv(job: JobFacts, leg: LegFacts, cache: CacheFacts) -> bool:
    """Whether a cache keeps uv's own cache."""
    own = uv_cache(job, leg)
    return own is not None and any(covers(path, own) for path in cache.paths(leg))


def _maps(node: Node | None) -> list[MapNode]:
    if isinstance(node, MapNode):
        return [node]
    items = node.items if isinstance(node, SeqNode) else ()
    return [item for item in items if isinstance(item, MapNode)]
