"""Masked variables: warnings, and nothing of them in print."""

import pytest

from gluv.plan.context import SettingVariable
from gluv.plan.masking import Concealer, unmaskable
from tests.plan.building import branch


@pytest.mark.parametrize(
    ("value", "raw", "accepted"),
    [
        ("abcdefgh", False, True),
        ("abcdefg", False, False),
        ("a+b/c=d@e:f.g~h-i_j", False, True),
        ("dollar$dollar", False, False),
        ("dollar$dollar", True, True),
        ("two words here", True, False),
        ("one line\nand another", False, False),
        ("abcdefg", True, False),
    ],
)
def test_what_gitlab_would_refuse_to_mask(value: str, raw: bool, accepted: bool) -> None:
    variable = SettingVariable(key="TOKEN", value=value, masked=True, raw=raw)
    problems = unmaskable([variable])
    assert bool(problems) != accepted
    for problem in problems:
        assert problem.severity == "warning"
        assert "TOKEN" in problem.message
        assert value not in problem.message


def test_only_masked_variables_are_looked_at() -> None:
    assert unmaskable([SettingVariable(key="A", value="x")]) == ()


def test_secrets_are_replaced_wherever_they_stand() -> None:
    conceal = Concealer(
        branch(
            settings=(
                SettingVariable(key="A", value="secret", masked=True),
                SettingVariable(key="B", value="secret-and-more", masked=True),
                SettingVariable(key="C", value="public"),
                SettingVariable(key="D", value="$CI_COMMIT_BRANCH/deep", masked=True),
            )
        )
    )
    assert conceal.text("a secret-and-more, a secret, public") == "a [MASKED], a [MASKED], public"
    assert conceal.text("main/deep") == "[MASKED]"
    assert conceal.data({"secret": ["xsecretx", 1, None, ("secret",)], "n": True}) == {
        "secret": ["x[MASKED]x", 1, None, ["[MASKED]"]],
        "n": True,
    }


def test_nothing_masked_is_nothing_to_do() -> None:
    data = {"a": ("b",)}
    assert Concealer(branch()).data(data) is data
