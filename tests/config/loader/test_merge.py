from hypothesis import given
from hypothesis import strategies as st

from gluv.config.merge import merge, without
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, Source, plain

SCALARS = st.integers() | st.sampled_from(["a", "", None, True])
PLAIN = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=12,
)
MAPS = st.dictionaries(st.sampled_from("abcd"), PLAIN, max_size=4)
NESTED: st.SearchStrategy[dict[str, object]] = st.recursive(
    st.just({}) | st.dictionaries(st.sampled_from("ab"), st.just({}), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=10,
)


def build(value: object, file: str) -> Node:
    source = Source(file, "")
    if isinstance(value, dict):
        items = {key: build(item, file) for key, item in value.items()}
        keys = {key: ScalarNode(source, 1, 1, key, key) for key in value}
        return MapNode(source, 1, 1, items, keys)
    if isinstance(value, list):
        return SeqNode(source, 1, 1, tuple(build(item, file) for item in value))
    assert value is None or isinstance(value, str | int | bool)
    return ScalarNode(source, 1, 1, value, str(value))


def build_map(value: dict[str, object], file: str) -> MapNode:
    node = build(value, file)
    assert isinstance(node, MapNode)
    return node


def ruby(base: object, override: object) -> object:
    if isinstance(base, dict) and isinstance(override, dict):
        both = {key: ruby(base[key], override[key]) for key in base if key in override}
        return base | override | both
    return override


@given(MAPS, MAPS)
def test_merging_is_rubys_deep_merge(a: dict[str, object], b: dict[str, object]) -> None:
    got = plain(merge(build_map(a, "a"), build_map(b, "b")))
    assert got == ruby(a, b)
    assert list(got if isinstance(got, dict) else ()) == [*a, *(key for key in b if key not in a)]


@given(MAPS)
def test_the_empty_map_changes_nothing(a: dict[str, object]) -> None:
    node, empty = build_map(a, "a"), build_map({}, "b")
    assert plain(merge(node, empty)) == plain(merge(empty, node)) == a


@given(MAPS)
def test_merging_with_itself_changes_nothing(a: dict[str, object]) -> None:
    assert plain(merge(build_map(a, "a"), build_map(a, "b"))) == a


@given(NESTED, NESTED, NESTED)
def test_maps_of_maps_merge_in_any_grouping(
    a: dict[str, object], b: dict[str, object], c: dict[str, object]
) -> None:
    # With a scalar or list in between it does not hold: {k: {x}} + {k: 1} + {k: {y}}.
    one, two, three = build_map(a, "a"), build_map(b, "b"), build_map(c, "c")
    assert plain(merge(merge(one, two), three)) == plain(merge(one, merge(two, three)))


@given(MAPS, MAPS)
def test_every_key_and_leaf_keeps_the_file_it_came_from(
    a: dict[str, object], b: dict[str, object]
) -> None:
    def check(node: Node, base: object, override: object) -> None:
        if not (isinstance(base, dict) and isinstance(override, dict)):
            return
        assert isinstance(node, MapNode)
        for key, child in node.items.items():
            file = "b" if key in override else "a"
            assert node.key_mark(key).file == file
            assert child.source.name == file
            if key in base and key in override:
                check(child, base[key], override[key])

    check(merge(build_map(a, "a"), build_map(b, "b")), a, b)


@given(MAPS, MAPS)
def test_the_arguments_are_left_alone(a: dict[str, object], b: dict[str, object]) -> None:
    one, two = build_map(a, "a"), build_map(b, "b")
    merge(one, two)
    assert plain(one) == a
    assert plain(two) == b


def test_without_takes_keys_and_their_marks_away() -> None:
    node = without(build_map({"a": 1, "b": 2}, "f"), "a", "z")
    assert plain(node) == {"b": 2}
    assert list(node.keys) == ["b"]
