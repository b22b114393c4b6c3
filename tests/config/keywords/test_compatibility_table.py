"""`docs/keywords.md` has a word on every keyword that is read."""

from pathlib import Path

import pytest

from gluv.config.keywords.artifacts import ARTIFACT_KEYS
from gluv.config.keywords.cache import CACHE_KEYS
from gluv.config.keywords.environment import ENVIRONMENT_KEYS
from gluv.config.keywords.image import IMAGE_KEYS
from gluv.config.keywords.job_keywords import JOB_KEYWORDS, TRIGGER_KEYWORDS
from gluv.config.keywords.pipeline import GLOBALS
from gluv.config.keywords.release import LINK_KEYS, RELEASE_KEYS
from gluv.config.keywords.reports import REPORT_KINDS
from gluv.config.keywords.rules import JOB_RULE_KEYS, WORKFLOW_RULE_KEYS
from gluv.config.keywords.secrets import PROVIDERS

TABLE = (Path(__file__).parents[3] / "docs" / "keywords.md").read_text()

# `ports` is refused, `assets` appears as `release:assets:links`.
UNNAMED = {"ports", "assets"}


@pytest.mark.parametrize(
    "keyword",
    sorted(
        {
            *GLOBALS,
            *JOB_KEYWORDS,
            *TRIGGER_KEYWORDS,
            *ARTIFACT_KEYS,
            *CACHE_KEYS,
            *ENVIRONMENT_KEYS,
            *IMAGE_KEYS,
            *RELEASE_KEYS,
            *LINK_KEYS,
            *REPORT_KINDS,
            *JOB_RULE_KEYS,
            *WORKFLOW_RULE_KEYS,
            *PROVIDERS,
        }
        - UNNAMED
    ),
)
def test_a_keyword_has_a_row(keyword: str) -> None:
    rows = [line for line in TABLE.split("\n") if line.startswith("|")]

    assert any(f"`{keyword}`" in row or f":{keyword}`" in row for row in rows)
