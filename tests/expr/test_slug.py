import pytest

from gluv.expr.slug import slug


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("main", "main"),
        ("Feature/ABC_1", "feature-abc-1"),
        ("v1.2.0", "v1-2-0"),
        ("--x--", "x"),
        ("a" * 70, "a" * 63),
        ("a" * 62 + "/b", "a" * 62),
        ("é", ""),
    ],
)
def test_ref_becomes_a_slug(ref: str, expected: str) -> None:
    assert slug(ref) == expected
