"""Work that waits for the disk, in the threads of the event loop; `Site` bounds their number."""

import asyncio
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

Result = TypeVar("Result")
Given = TypeVarTuple("Given")


async def in_thread(work: Callable[[*Given], Result], *given: *Given) -> Result:
    """The result of blocking work, or what it raises."""
    return await asyncio.get_running_loop().run_in_executor(None, work, *given)
