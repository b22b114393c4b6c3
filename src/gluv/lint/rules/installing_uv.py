"""GLU209: uv that every job installs anew."""

import re
from collections.abc import Iterator

from gluv.lint.facts import LintFacts
from gluv.lint.model import Finding, Rule

_UV = re.compile(r"uv(?:[=<>~!\[ ].*)?")


def _installs(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.jobs:
        for command in job.commands:
            pinned = False
            if command.program in ("pip", "pip3", "pipx") and command.call.words:
                arguments = [word.text for word in command.arguments]
                wanted = [text for text in arguments[1:] if _UV.fullmatch(text)]
                if arguments[:1] != ["install"] or not wanted:
                    continue
                pinned = "==" in wanted[0]
                how = f"`{command.program} install {wanted[0]}`"
            elif command.program in ("curl", "wget") and "astral.sh/uv" in command.text:
                how = "the installer"
                pinned = bool(re.search(r"astral\.sh/uv/\d", command.text))
            else:
                continue
            yield Finding(
                message=f"{how} runs in every job"
                + ("" if pinned else ", and takes another uv every few days"),
                mark=command.mark,
                hint="take an image of uv, ghcr.io/astral-sh/uv:VERSION-python3.13-trixie-slim",
                level="info" if pinned else "warning",
                job=job.name,
            )


RULES = (
    Rule(id="GLU209", title="uv that every job installs anew", level="warning", check=_installs),
)
