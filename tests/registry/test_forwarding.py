"""Which names are asked of PyPI when nobody here has them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluv.registry.forwarding import (
    Forward,
    Forwarding,
    Misspelt,
    Suspicious,
    closest,
    effective,
    forwarded,
    withheld,
)

UP = "http://up/simple/"


def ask(
    name: str,
    *,
    mode: Forwarding = "warn",
    upstream: str | None = UP,
    names: tuple[str, ...] = (),
    here: bool = False,
    trusted: frozenset[str] = frozenset(),
) -> Forward | Suspicious | Misspelt | None:
    return forwarded(
        name,
        mode=mode,
        upstream=upstream,
        here=here,
        names=names,
        trusted=trusted,
    )


def test_forwarding_quotes_the_name() -> None:
    assert ask("a b/../c", mode="forward") == Forward(location="http://up/simple/a%20b%2F..%2Fc/")
    assert ask("a", mode="off") is None
    assert ask("a", mode="forward", upstream=None) is None


def test_warn_keeps_our_own_names_from_pypi() -> None:
    ours = ("parrot-tools", "requests-internal")
    owned = ask("parrot-tools", names=ours)
    assert isinstance(owned, Suspicious)
    assert owned.owned
    assert "parrot-tools is a package of this GitLab" in owned.reason
    typo = ask("parrot-tool", names=ours)
    assert isinstance(typo, Suspicious)
    assert not typo.owned
    assert "parrot-tools is" in typo.reason
    assert isinstance(ask("numpy", names=ours), Forward)
    assert isinstance(ask("requests", names=ours), Forward)
    assert isinstance(ask("Parrot_Tool", names=ours, trusted=frozenset({"parrot-tool"})), Forward)
    assert isinstance(ask("parrot-tool", mode="forward", names=ours), Forward)


def test_a_package_that_is_here_is_neither_hidden_nor_asked_of_pypi() -> None:
    assert ask("Parrot_Tools", names=("parrot-tools",), here=True) == Misspelt()
    assert isinstance(ask("Parrot_Tools", mode="forward", here=True), Forward)
    assert ask("Parrot_Tools", mode="off", here=True) is None


def test_what_is_withheld_repeats_only_what_was_asked() -> None:
    assert withheld("Parrot_Tool/").startswith("parrot-tool is not looked for at PyPI")


@pytest.mark.parametrize(
    ("name", "ours", "is_slip"),
    [
        ("parrot", "parrots", True),
        ("parrots", "parrot", True),
        ("parrpt", "parrot", True),
        ("parort", "parrot", True),
        ("aprrot", "parrot", True),
        ("parro-t", "parrot", True),
        ("par-rot", "p-arrot", True),
        ("parrot", "parrot", False),
        ("parrotts", "parrot", False),
        ("pandas", "parrot", False),
        ("six", "sip", False),
        ("yaml", "toml", False),
        ("ab", "a-b", True),
    ],
)
def test_a_slip_of_the_fingers(name: str, ours: str, is_slip: bool) -> None:
    assert closest(name, ("other-thing", ours)) == (ours if is_slip else None)


WORDS = st.text(alphabet="abc-", min_size=5, max_size=8).map(lambda text: f"x{text.strip('-')}yz")


def _distance(one: str, other: str) -> int:
    """The textbook's table, to hold the short cut to (optimal string alignment)."""
    rows = [list(range(len(other) + 1))]
    for i, char in enumerate(one, 1):
        row = [i]
        for j, against in enumerate(other, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (char != against))
            if i > 1 and j > 1 and char == other[j - 2] and one[i - 2] == against:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


@given(WORDS, WORDS)
def test_slips_are_one_edit(one: str, other: str) -> None:
    expected = one != other and (
        _distance(one, other) == 1 or one.replace("-", "") == other.replace("-", "")
    )
    assert (closest(one, (other,)) == other) is expected


class Group(msgspec.Struct, frozen=True):
    forwarding: Forwarding | None
    forwarding_locked: bool = False


def test_an_inner_group_beats_an_outer_one_unless_that_is_locked() -> None:
    assert effective("warn", []) == "warn"
    assert effective("warn", [Group(None), Group(None)]) == "warn"
    assert effective("warn", [Group("off"), Group(None)]) == "off"
    assert effective("warn", [Group("off"), Group("forward")]) == "forward"
    assert effective("warn", [Group("off", True), Group("forward")]) == "off"
    assert effective("warn", [Group(None, True), Group("forward")]) == "warn"
