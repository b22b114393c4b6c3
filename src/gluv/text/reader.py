"""The text of a configuration file to nodes, as GitLab's loader reads it.

GitLab cuts the file into documents itself, at lines that start with `---` and white space, and
gives each piece to Psych; libyaml does the parsing there and here.
"""

import re
from collections.abc import Iterator

import yaml
from yaml._yaml import CParser
from yaml.events import DocumentStartEvent

from gluv.errors import Mark, Problem
from gluv.text.builder import Builder
from gluv.text.collector import without_collector
from gluv.text.invalid import YamlInvalid
from gluv.text.limits import DEFAULT_LIMITS, Limits
from gluv.text.nodes import MapNode, Node, ScalarNode, Source

_DIVIDER = re.compile(r"^---[ \t\r\n\f\v]+", re.M)
_PIECES = 3  # GitLab: two documents, and one more for a leading `---`


def parse(source: Source, limits: Limits = DEFAULT_LIMITS) -> MapNode:
    """The configuration in `source`: its only document, or the one that follows a `spec:` header.

    Raises YamlInvalid with the first problem; the message is GitLab's.
    """
    documents = parse_documents(source, limits)
    return documents[-1]


def parse_documents(source: Source, limits: Limits = DEFAULT_LIMITS) -> tuple[MapNode, ...]:
    """`(header, configuration)` if the first document has the key `spec`, else `(configuration,)`.

    Empty documents do not count, and what follows an ordinary first document is not read, as on
    GitLab. Raises YamlInvalid, also where a document is not a mapping.
    """
    documents: list[MapNode] = []
    with without_collector():
        for text, line, column in _pieces(source.text):
            node = _document(source, text, line, column, limits)
            if node is None or _blank(node):
                continue
            if not isinstance(node, MapNode):
                raise YamlInvalid(_not_a_hash(node.mark))
            documents.append(node)
    if not documents:
        raise YamlInvalid(_not_a_hash(Mark(source.name, 1, 1)))
    if "spec" in documents[0].items and len(documents) > 1:
        return documents[0], documents[-1]
    return (documents[0],)


def read_document(source: Source, limits: Limits = DEFAULT_LIMITS) -> Node | None:
    """The first YAML document of `source` whatever it is, None for an empty stream (Psych's load).

    For YAML that is no configuration, such as an included list of inputs; raises YamlInvalid.
    """
    return _document(source, source.text, 1, 1, limits)


def _blank(node: Node) -> bool:
    if isinstance(node, MapNode):
        return not node.items
    if isinstance(node, ScalarNode):
        value = node.value
        return value is None or value is False or (isinstance(value, str) and not value.strip())
    return not getattr(node, "items", True)


def _not_a_hash(mark: Mark) -> Problem:
    return Problem(
        code="not-a-mapping",
        message="Invalid configuration format",
        mark=mark,
        hint="A configuration is a mapping of keywords and jobs, such as `test: {script: ...}`.",
    )


def _pieces(text: str) -> Iterator[tuple[str, int, int]]:
    """The documents of `text`, each with the line and column (from 1) where it starts."""
    start, line, column = 0, 1, 1
    if "---" in text:
        for count, divider in enumerate(_DIVIDER.finditer(text), start=2):
            yield text[start : divider.start()], line, column
            line += text.count("\n", start, divider.end())
            start = divider.end()
            column = start - text.rfind("\n", 0, start)
            if count == _PIECES:
                break
    yield text[start:], line, column


def _document(source: Source, text: str, line: int, column: int, limits: Limits) -> Node | None:
    """The first YAML document of `text`, None if there is none."""
    try:
        parser = CParser(text)
    except UnicodeEncodeError as error:
        raise YamlInvalid(_unreadable(source, text, error.start, line, column)) from None
    try:
        next_event = parser.get_event
        next_event()
        if type(next_event()) is not DocumentStartEvent:
            return None
        builder = Builder(source, next_event, line, column, limits)
        node = builder.build(next_event())
        next_event()
        return node
    except yaml.reader.ReaderError as error:
        problem = _unreadable(source, text, _position(text, error), line, column)
        raise YamlInvalid(problem) from None
    except yaml.MarkedYAMLError as error:
        raise YamlInvalid(_syntax(source, error, line, column)) from None


def _position(text: str, error: yaml.reader.ReaderError) -> int:
    """libyaml counts bytes, people count characters."""
    return len(text.encode()[: error.position].decode("utf-8", "ignore"))


def _unreadable(source: Source, text: str, position: int, line: int, column: int) -> Problem:
    before = text[:position]
    breaks = before.count("\n")
    mark = Mark(
        source.name,
        line + breaks,
        position - before.rfind("\n") if breaks else position + column,
    )
    return Problem(
        code="yaml-syntax",
        message="(<unknown>): control characters are not allowed"
        f" at line {mark.line} column {mark.column}",
        mark=mark,
        hint="Remove the invisible character.",
    )


def _syntax(source: Source, error: yaml.MarkedYAMLError, line: int, column: int) -> Problem:
    """Psych names the place where the context started; our mark is where it went wrong."""

    def place(mark: yaml.Mark | None) -> tuple[int, int]:
        if mark is None:
            return line, column
        return mark.line + line, mark.column + (column if mark.line == 0 else 1)

    said = place(error.context_mark or error.problem_mark)
    sentence = " ".join(part for part in (error.problem, error.context) if part)
    return Problem(
        code="yaml-syntax",
        message=f"(<unknown>): {sentence} at line {said[0]} column {said[1]}",
        mark=Mark(source.name, *place(error.problem_mark or error.context_mark)),
        hint=_HINTS.get(error.problem or "", ""),
    )


_HINTS = {
    "mapping values are not allowed in this context": "Quote a value that contains `: `.",
    "found character that cannot start any token": "Indent with spaces, not tabs; quote values"
    " that start with `@`, `` ` `` or `%`.",
    "could not find expected ':'": "A key needs a `:` after it; check the indentation.",
}
