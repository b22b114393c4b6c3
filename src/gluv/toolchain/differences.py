"""What is not as in the image, said in clauses."""

import os
import re
import sys

from gluv.toolchain.wanted import Wanted

_GLIBC = {
    "bullseye": ("Debian 11", "2.31"),
    "bookworm": ("Debian 12", "2.36"),
    "trixie": ("Debian 13", "2.41"),
}


def system_differences(wanted: Wanted) -> tuple[str, ...]:
    """Libc, tools and packages: what comes from this machine instead of from `wanted.base`."""
    base = wanted.base
    clauses: list[str] = []
    here = _libc()
    if sys.platform == "darwin":
        import platform

        clauses.append(f"the system is macOS {platform.mac_ver()[0]}, the image's is Linux")
    elif "alpine" in base or base.startswith("busybox"):
        if here != "musl":
            clauses.append(f"libc is {here} of this machine, the image has musl")
    else:
        release = next((word for word in re.split(r"[:\-]", base) if word in _GLIBC), None)
        if release is not None and here != f"glibc {_GLIBC[release][1]}":
            system, glibc = _GLIBC[release]
            clauses.append(
                f"libc is {here} of this machine, the image has {system}'s glibc {glibc}"
            )
        elif release is None:
            clauses.append(f"libc is {here} of this machine, not that of {base}")
    if "alpine" in base or base.startswith("busybox"):
        clauses.append(
            "commands are this machine's: the image has BusyBox instead, which knows fewer "
            "options, and `sh` but no bash"
        )
    elif "slim" in base:
        clauses.append(
            "commands are this machine's: apt packages of the images are absent, and what slim "
            "images lack (git, curl, a compiler) may be here"
        )
    else:
        clauses.append("commands are this machine's: apt packages of the images are absent")
    if wanted.base.startswith("dhi.io/"):
        clauses.append("the image is a hardened one, with fewer commands than this machine")
    return tuple(clauses)


def _libc() -> str:
    """Name and version of this machine's C library, as `glibc 2.36`; of musl the name alone."""
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError, OSError):
        return "musl" if sys.platform == "linux" else ""


def python_difference(here: str, in_image: str | None, wanted: str) -> str | None:
    """The clause about the interpreter's patch release, if it may differ."""
    if here in {in_image, wanted}:
        return None
    if wanted == "3":
        return f"CPython is {here}, the image has the newest there was when it was pulled"
    if in_image is not None:
        return f"CPython is {here}, the image has {in_image}"
    return f"CPython is {here}, the image may have another release of {wanted}"
