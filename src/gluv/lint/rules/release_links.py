"""GLU412: links of a release that take each other's name."""

import re
from collections import Counter
from collections.abc import Iterator

from gluv.lint.commands import word_mark
from gluv.lint.facts import LintFacts
from gluv.lint.fixes import fix
from gluv.lint.model import Finding, Rule
from gluv.lint.spans import replace_part

# "name": "…${file%-*-*-*}…": what remains of a wheel's name without its three tags.
_CUT = re.compile(r"\"name\"\s*:[^,{}]*?(\$\{(\w+)%-\*-\*-\*\})")


def _same_name(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.jobs:
        for section in ("before_script", "script", "after_script"):
            for item in job.items(section):
                for found in _CUT.finditer(str(item.value)):
                    yield Finding(
                        message="all wheels of one version get the same link name, and a release "
                        "keeps one link of a name",
                        mark=word_mark(item, found.start(1)),
                        hint="name a link after its file",
                        fix=fix(
                            "name it after the file",
                            replace_part(item, found.start(1), found[1], f"${{{found[2]}}}"),
                        ),
                        job=job.name,
                    )
        release = job.job.release
        links = release.links if release is not None else ()
        for field in ("name", "url"):
            counts = Counter(getattr(link, field) for link in links)
            for value, count in counts.items():
                if count > 1:
                    yield Finding(
                        message=f"{count} links have the {field} {value}; in a release each "
                        f"{field} is unique",
                        mark=job.mark("release"),
                        hint="name a link after its file",
                        job=job.name,
                    )


RULES = (
    Rule(
        id="GLU412",
        title="release links with one name",
        level="error",
        check=_same_name,
        fix="safe",
    ),
)
