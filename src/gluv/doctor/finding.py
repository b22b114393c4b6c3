"""What was looked at, and how it is."""

from typing import Literal

import msgspec

State = Literal["ok", "note", "wrong"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing: `said` in a clause, `mend` the command or step that helps.

    `note` is something that can be missing without harm. No secret is in any of the texts.
    """

    topic: str
    name: str
    state: State
    said: str
    mend: str = ""
