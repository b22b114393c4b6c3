"""GLU112: packages that have no wheel for Alpine."""

from collections.abc import Iterator
from typing import Any

from gluv.lint.facts import LintFacts
from gluv.lint.model import Finding, Rule


def _no_musl(facts: LintFacts) -> Iterator[Finding]:
    names = sorted(
        str(package.get("name")) for package in facts.project.packages if _glibc_only(package)
    )
    if not names:
        return
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    for job in facts.uv_jobs:
        first = next(job.uv("sync", "run"), None)
        if first is not None and any(leg.image and leg.image.alpine for leg in job.legs):
            yield Finding(
                message=f"uv must build from source in Alpine, where these have no wheel: {shown}",
                mark=first.mark,
                hint="take a Debian image, for example with the suffix trixie-slim",
                job=job.name,
            )


def _glibc_only(package: dict[str, Any]) -> bool:
    """Whether there are wheels for glibc, but none for musl and none for every system."""
    wheels = package.get("wheels")
    urls = [
        str(wheel.get("url") or wheel.get("filename") or wheel.get("path") or "")
        for wheel in (wheels if isinstance(wheels, list) else [])
        if isinstance(wheel, dict)
    ]
    tags = [url.rsplit("-", 1)[-1] for url in urls]
    manylinux = any("manylinux" in tag or tag.startswith("linux_") for tag in tags)
    everywhere = any("musllinux" in tag or tag.startswith("any.") for tag in tags)
    return manylinux and not everywhere


RULES = (
    Rule(id="GLU112", title="packages without wheels for Alpine", level="warning", check=_no_musl),
)
