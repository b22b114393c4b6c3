"""Whatever a keyword holds, reading it ends in a configuration or problems, never an exception."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from gluv.config.keywords.artifacts import ARTIFACT_KEYS
from gluv.config.keywords.cache import CACHE_KEYS
from gluv.config.keywords.environment import ENVIRONMENT_KEYS, KUBERNETES_KEYS
from gluv.config.keywords.image import IMAGE_KEYS
from gluv.config.keywords.job_keywords import JOB_KEYWORDS, TRIGGER_KEYWORDS
from gluv.config.keywords.pipeline import GLOBALS
from gluv.config.keywords.release import LINK_KEYS, RELEASE_KEYS
from gluv.config.keywords.reports import REPORT_KINDS
from gluv.config.keywords.rules import JOB_RULE_KEYS, WORKFLOW_RULE_KEYS
from gluv.config.keywords.run import GIT_KEYS, STEP_KEYS
from gluv.config.keywords.secrets import PROVIDERS
from gluv.config.keywords.trigger import INCLUDE_KEYS
from tests.config.keywords.pipelines import read

INNER = sorted(
    {
        *("paths", "matrix", "files", "files_commits", "prefix", "links", "forward", "engine"),
        *("pipeline", "max", "exit_codes", "aud", "default", "type", "git", "oci", "value"),
        *("options", "description", "expand", "compare_to", "on_new_commit", "dashboard"),
        *(*ARTIFACT_KEYS, *CACHE_KEYS, *ENVIRONMENT_KEYS, *KUBERNETES_KEYS, *IMAGE_KEYS),
        *(*RELEASE_KEYS, *LINK_KEYS, *REPORT_KINDS, *JOB_RULE_KEYS, *WORKFLOW_RULE_KEYS),
        *(*GIT_KEYS, *STEP_KEYS, *PROVIDERS, *INCLUDE_KEYS),
    }
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-2, 300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", " ", "x", "y", "$A", "/a/", "/(/", "1 day", "never", "delayed", "pages"])
    | st.text('ab$/.:{}"\\é ', max_size=5)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(INNER) | st.text("ab._", max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(
    top=st.dictionaries(st.sampled_from(sorted(GLOBALS)), values, max_size=3),
    x=st.dictionaries(st.sampled_from(sorted(JOB_KEYWORDS)), values, max_size=5),
    y=st.dictionaries(st.sampled_from(sorted(TRIGGER_KEYWORDS)), values, max_size=5) | values,
)
def test_reading_never_raises(top: dict[str, object], x: dict[str, object], y: object) -> None:
    config, problems = read(json.dumps({**top, "x": {"script": "a", **x}, "y": y, ".z": y}))

    assert all(problem.mark is not None and problem.message for problem in problems)
    assert config is not None or problems
