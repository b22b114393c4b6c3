"""`allow_failure:`."""

import msgspec


class ExitCodes(msgspec.Struct, frozen=True, kw_only=True):
    """`allow_failure:exit_codes`: the codes that do not fail the pipeline."""

    exit_codes: tuple[int, ...]


AllowFailure = bool | ExitCodes
