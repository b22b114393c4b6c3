from gluv.text.nodes import Source, plain
from gluv.text.reader import parse


def test_document_becomes_plain_values_with_their_places() -> None:
    document = parse(Source("f.yml", "a: 1:30\nb: {k: 5, <<: {k: 6}}\n"))
    assert plain(document) == {"a": 5400, "b": {"k": 6}}
    assert str(document.key_mark("b")) == "f.yml:2:1"
    assert str(document.items["b"].mark) == "f.yml:2:4"
