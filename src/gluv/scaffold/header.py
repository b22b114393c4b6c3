"""The comment at the top of a generated file: how it was made, so that it can be made again."""

import re
import shlex
from typing import Literal

import msgspec

from gluv.scaffold.choices import Options, ReleaseTo

Mode = Literal["pipeline", "part", "component"]
_MADE_BY = re.compile(r"(?m)^# Written by `(gluv init(?: [^`]*)?)`")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked of `gluv init`; `component` is its address, None for the default one."""

    mode: Mode = "pipeline"
    options: Options = Options()
    component: str | None = None

    @property
    def command(self) -> str:
        """The command that asks for the same again."""
        words = ["gluv", "init"]
        if self.options.pythons:
            words += ["--python", ",".join(self.options.pythons)]
        if self.options.base_layer:
            words += ["--base-layer", self.options.base_layer]
        if self.options.release:
            words += ["--release", self.options.release]
        words += ["--extend"] if self.mode == "part" else []
        if self.mode == "component":
            words += ["--component", *([self.component] if self.component else [])]
        return shlex.join(words)


def write_header(order: Order) -> str:
    """The lines of the comment, without `#`."""
    return (
        f"Written by `{order.command}`; `gluv init --check` says whether it is up to date.\n"
        'What stands between ">>> yours" and "<<< yours" is kept, all else is written anew.'
    )


def read_order(text: str | None) -> Order | None:
    """What a generated file was asked for; None if the file is not of gluv's making."""
    found = _MADE_BY.search("\n".join((text or "").splitlines()[:5]))
    if found is None:
        return None
    words = shlex.split(found[1])[2:]
    values: dict[str, str] = {}
    while words:
        name = words.pop(0)
        values[name] = words.pop(0) if words and not words[0].startswith("--") else ""
    release: ReleaseTo | None = None
    for each in ("gitlab", "pypi", "none"):
        release = each if values.get("--release") == each else release
    pythons = values.get("--python", "")
    return Order(
        mode="part" if "--extend" in values else "component" if "--component" in values
        else "pipeline",
        options=Options(
            pythons=tuple(pythons.split(",")) if pythons else (),
            base_layer=values.get("--base-layer") or None,
            release=release,
        ),
        component=values.get("--component") or None,
    )  # fmt: skip
