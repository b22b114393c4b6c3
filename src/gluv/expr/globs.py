"""File patterns, in the two dialects of a configuration.

`rules:changes` and `rules:exists` match as Ruby's `File.fnmatch?` with FNM_PATHNAME, FNM_DOTMATCH
and FNM_EXTGLOB; the paths of artifacts and caches match as Go's doublestar. Both become one
regular expression whose stars never look back, so that no pattern takes more than quadratic time.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from gluv.expr.braces import expand_braces

_WILD = frozenset("*?[{\\")
_NEVER = r"(?!)"


def compile_globs(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a path matches one of `patterns` as `rules:changes` and `rules:exists` see it."""
    return _compiled(tuple(dict.fromkeys(patterns)))


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    exact: set[str] = set()
    sources: list[str] = []
    for pattern in patterns:
        if _WILD.isdisjoint(pattern):
            exact.add(pattern)
        else:
            sources.extend(_ruby(expanded) for expanded in expand_braces(pattern))
    return _matcher(exact, sources)


def compile_artifact_globs(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a path, or a directory above it, matches one of `patterns` as doublestar does.

    A directory that `artifacts:paths` or `cache:paths` names is taken with all it holds, and `.`
    is everything.
    """
    cleaned = [_clean(pattern) for pattern in dict.fromkeys(patterns)]
    if "." in cleaned:
        return lambda path: True
    sources = [_go(expanded) for pattern in cleaned for expanded in expand_braces(pattern)]
    matches = _matcher(set(), [f"(?:{source})(?:/.*)?" for source in sources])
    return lambda path: matches(_clean(path))


@lru_cache(maxsize=1024)
def _artifact_matcher(pattern: str) -> Callable[[str], bool]:
    return _matcher(set(), [_go(expanded) for expanded in expand_braces(pattern)])


def artifact_match(pattern: str, path: str) -> bool:
    """Whether exactly `path` matches `pattern`, as Go's doublestar (`artifacts:exclude`)."""
    return _artifact_matcher(_clean(pattern))(_clean(path))


def _clean(path: str) -> str:
    path = re.sub(r"/{2,}", "/", path).removesuffix("/")
    while path.startswith("./"):
        path = path[2:]
    return path


def _matcher(exact: set[str], sources: list[str]) -> Callable[[str], bool]:
    if not sources:
        return exact.__contains__
    match = re.compile("|".join(f"(?:{source})" for source in sources), re.S).fullmatch
    if not exact:
        return lambda path: match(path) is not None
    return lambda path: path in exact or match(path) is not None


def _ruby(pattern: str) -> str:
    """One pattern without braces; `**/` at the start of a segment is any number of directories."""
    chunks = _chunks(_segments(pattern))
    return _join([_segment_run(chunk, negations="!^", close_first=True) for chunk in chunks])


def _go(pattern: str) -> str:
    """One pattern without braces; `**` is a whole segment, and at the end may match nothing."""
    segments = _segments(pattern)
    tail = ""
    while segments and segments[-1] == "**":
        segments.pop()
        tail = r"(?:/.*)?"
    if tail and not segments:
        return ".*"
    run = [_segment_run(chunk, negations="!^", close_first=False) for chunk in _chunks(segments)]
    return _join(run) + tail


def _segments(pattern: str) -> list[str]:
    """The pattern cut at its slashes, but not at those inside brackets or after a backslash."""
    segments, start, at = [], 0, 0
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 1
        elif pattern[at] == "[":
            end = _bracket_end(pattern, at)
            at = end if end is not None else at
        elif pattern[at] == "/":
            segments.append(pattern[start:at])
            start = at + 1
        at += 1
    return [*segments, pattern[start:]]


def _chunks(segments: list[str]) -> list[list[str]]:
    """The segments between the `**` directories."""
    chunks: list[list[str]] = [[]]
    for index, segment in enumerate(segments):
        if segment == "**" and index < len(segments) - 1:
            chunks.append([])
        else:
            chunks[-1].append(segment)
    return chunks


def _join(chunks: list[str]) -> str:
    """Chunks with any number of directories between them; the leftmost fit is always enough."""
    if len(chunks) == 1:
        return chunks[0]
    first = f"{chunks[0]}/" if chunks[0] else ""
    middle = "".join(f"(?>(?:[^/]*/)*?{chunk}/)" for chunk in chunks[1:-1] if chunk)
    return f"{first}{middle}(?:[^/]*/)*?{chunks[-1]}"


def _segment_run(segments: list[str], *, negations: str, close_first: bool) -> str:
    return "/".join(_segment(segment, negations, close_first) for segment in segments)


def _segment(segment: str, negations: str, close_first: bool) -> str:
    parts = [""]
    at = 0
    while at < len(segment):
        char = segment[at]
        if char == "*":
            if parts[-1] or len(parts) == 1:
                parts.append("")
        elif char == "?":
            parts[-1] += "[^/]"
        elif char == "[":
            end = _bracket_end(segment, at)
            if end is None or (not close_first and end == at + 1):
                return _NEVER
            parts[-1] += _bracket(segment[at + 1 : end], negations)
            at = end
        else:
            if char == "\\" and at + 1 < len(segment):
                at += 1
                char = segment[at]
            parts[-1] += re.escape(char)
        at += 1
    if len(parts) == 1:
        return parts[0]
    middle = "".join(f"(?>[^/]*?{part})" for part in parts[1:-1] if part)
    return f"{parts[0]}{middle}[^/]*{parts[-1]}"


def _bracket_end(pattern: str, at: int) -> int | None:
    """Where the `]` that closes the `[` at `at` stands; None if the bracket stays open."""
    at += 1
    if pattern[at : at + 1] in ("!", "^"):
        at += 1
    while at < len(pattern) and pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    return at if at < len(pattern) else None


def _bracket(content: str, negations: str) -> str:
    negated = content[:1] != "" and content[0] in negations
    chars = list(_unescaped(content[1:] if negated else content))
    ranges: list[str] = []
    at = 0
    while at < len(chars):
        if at + 2 < len(chars) and chars[at + 1] == ("-", False):
            low, high = chars[at][0], chars[at + 2][0]
            between = "-" if low <= high else ""  # a range upside down is its two ends
            ranges.append(f"{re.escape(low)}{between}{re.escape(high)}")
            at += 3
        else:
            ranges.append(re.escape(chars[at][0]))
            at += 1
    if not ranges:
        return "[^/]" if negated else _NEVER
    return rf"(?!/)[{'^' if negated else ''}{''.join(ranges)}]"


def _unescaped(content: str) -> Iterable[tuple[str, bool]]:
    """The characters of a bracket, and whether each was escaped."""
    at = 0
    while at < len(content):
        if content[at] == "\\" and at + 1 < len(content):
            at += 1
            yield content[at], True
        else:
            yield content[at], False
        at += 1
