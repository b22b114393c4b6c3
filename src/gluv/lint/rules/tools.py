"""GLU110, GLU111, GLU116: commands that the image does not have, or has in another make."""

import re
from collections.abc import Iterator

from gluv.lint.commands import Command
from gluv.lint.facts import JobFacts, LintFacts
from gluv.lint.fixes import fix
from gluv.lint.images import ImageFacts
from gluv.lint.model import Edit, Finding, Rule
from gluv.lint.spans import replace_part

_BARE = frozenset(("git", "curl", "wget", "jq", "make", "gcc", "ssh", "unzip", "bash"))
_INSTALLERS = frozenset(("apt-get", "apt", "apk", "aptitude", "dpkg", "microdnf", "dnf", "yum"))
_PROVIDES = {
    "gcc": "build-essential build-base",
    "make": "build-essential build-base",
    "ssh": "openssh",
}
_SCM = frozenset(
    ("hatch-vcs", "setuptools-scm", "versioningit", "dunamai", "uv-dynamic-versioning")
)


def _lacks(image: ImageFacts) -> frozenset[str]:
    if image.kind not in ("uv", "python", "system") or not image.base:
        return frozenset()
    if not image.bare:
        family = image.base.partition(":")[0]
        return frozenset(("jq",)) if family in ("buildpack-deps", "python") else frozenset()
    return _BARE - ({"wget", "unzip"} if image.alpine else {"bash"})


def _installs(command: Command, tool: str) -> bool:
    """Whether a command may bring a tool: a package manager, or something nobody can see into."""
    if command.program in _INSTALLERS:
        names = {tool, *_PROVIDES.get(tool, "").split()}
        return any(
            not word.exact or any(word.text.startswith(name) for name in names)
            for word in command.arguments
        )
    return (
        command.program in ("source", ".", "eval", "brew", "sh", "bash") and tool != command.program
    )


def _guarded(job: JobFacts, tool: str) -> bool:
    """Whether the script asks whether the tool is there."""
    return any(
        (command.program in ("which", "type", "hash") or command.text.startswith("command -v"))
        and tool in command.text
        for command in job.commands
    )


def _missing(job: JobFacts, tool: str) -> ImageFacts | None:
    """The image that lacks a tool which no earlier command installs."""
    if any(_installs(command, tool) for command in job.commands) or _guarded(job, tool):
        return None
    if any(re.match(r"command -v|\[ -x", command.text) for command in job.commands):
        return None
    for leg in job.legs:
        if leg.image is not None and tool in _lacks(leg.image):
            return leg.image
    return None


def _absent(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.jobs:
        for command in job.commands:
            if command.program not in _BARE or command.ran_by is not None:
                continue
            image = _missing(job, command.program)
            if image is not None:
                yield Finding(
                    message=f"{image.text} has no {command.program}",
                    mark=command.mark,
                    hint="take an image that is not slim, or install it in before_script",
                    job=job.name,
                )
        yield from _git(facts, job)


def _git(facts: LintFacts, job: JobFacts) -> Iterator[Finding]:
    image = _missing(job, "git")
    if image is None:
        return
    project = facts.project
    packages = [
        str(package.get("name"))
        for package in project.packages
        if isinstance(package.get("source"), dict) and "git" in package["source"]
    ]
    scm = sorted({each.name for each in project.build_requires() if each.name in _SCM})
    for command in job.uv("sync", "run", "build"):
        if command.has("--no-project", "--no-sync", "--no-install-project"):
            continue
        why = ""
        if packages and command.sub != "build":
            why = f"uv.lock takes {packages[0]} from git"
        elif scm:
            why = f"{scm[0]} asks git for the version"
        if why:
            yield Finding(
                message=f"{image.text} has no git, and {why}",
                mark=command.mark,
                hint="take an image that is not slim, or install git in before_script",
                job=job.name,
            )
            return


_GNU = {
    "cut": {"--delimiter": "-d", "--fields": "-f", "--characters": "-c", "--bytes": "-b"},
    **{
        name: {"--check": "-c", "--quiet": "-s", "--strict": "", "--ignore-missing": ""}
        for name in ("sha1sum", "sha256sum", "sha512sum", "md5sum")
    },
    "grep": {"-P": "", "--perl-regexp": "", "-oP": "", "-Po": ""},
    "find": {"-printf": ""},
}


def _busybox(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.jobs:
        if not any(leg.image is not None and leg.image.alpine for leg in job.legs):
            continue
        for command in job.commands:
            known = _GNU.get(command.program, {})
            if any(
                other.program in _INSTALLERS
                and re.search(r"coreutils|grep|findutils|\$", other.text)
                for other in job.commands
            ):
                continue
            used = [option for option in command.options if option in known]
            if used:
                yield Finding(
                    message=f"BusyBox's {command.program} does not know {used[0]}",
                    mark=command.mark,
                    hint=_short(known, used),
                    fix=fix("use the short options", *_shortened(command, known)),
                    job=job.name,
                )


def _short(known: dict[str, str], used: list[str]) -> str:
    short = [known[option] for option in used if known[option]]
    return f"write {' '.join(short)}" if short else "take a Debian image, or another command"


def _shortened(command: Command, known: dict[str, str]) -> list[Edit | None]:
    edits: list[Edit | None] = []
    for word in command.words:
        name, sign, _ = word.raw.partition("=")
        if name in known:
            short = known[name]
            old = f"{name}{sign}"
            edits.append(replace_part(command.node, word.start, old, short) if short else None)
    return edits


def _no_uv(facts: LintFacts) -> Iterator[Finding]:
    for job in facts.jobs:
        images = [leg.image for leg in job.legs]
        if not all(image and image.kind in ("python", "system") for image in images):
            continue
        first = next((command for command in job.uv() if command.ran_by is None), None)
        if first is None or _brings_uv(job) or _guarded(job, "uv"):
            continue
        yield Finding(
            message=f"{images[0].text if images[0] else 'the image'} has no uv",
            mark=first.mark,
            hint="take an image of uv, ghcr.io/astral-sh/uv:VERSION-python3.13-trixie-slim",
            job=job.name,
        )


def _brings_uv(job: JobFacts) -> bool:
    """Whether an earlier command may install uv; a script nobody can see into may do anything."""
    for command in job.commands:
        if command.program == "uv":
            return False
        words = " ".join(word.text for word in command.call.words)
        opaque = command.program in ("source", ".", "eval", "sh", "bash", "make", "export")
        if opaque or re.search(r"\buv\b|install|\./|requirements", words):
            return True
    return False


RULES = (
    Rule(id="GLU110", title="a command that the image does not have", level="error", check=_absent),
    Rule(
        id="GLU111",
        title="a GNU option in an image with BusyBox",
        level="error",
        check=_busybox,
        fix="safe",
    ),
    Rule(id="GLU116", title="uv in an image without it", level="error", check=_no_uv),
)
