"""What signals mean to a server: stop in good order, stop at once, take up a new log file."""

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gluv.server.site import Site


def obey_signals(
    site: "Site", *, say: Callable[[str], None], reopen: Callable[[], None] | None
) -> None:
    """Ctrl-C and SIGTERM finish what is in flight, a second Ctrl-C does not.

    SIGHUP means `reopen` where there is a log file, else that the terminal is gone. To be called in
    the main thread, in which the site's loop runs.
    """

    def stop() -> None:
        if not site.stopping and site.busy:
            answers = "answer" if site.busy == 1 else "answers"
            say(f"stopping: {site.busy} {answers} to finish; Ctrl-C again stops at once")
        site.stop()

    def interrupt() -> None:
        if site.stopping:
            site.stop(at_once=True)
        else:
            stop()

    site.loop.add_signal_handler(signal.SIGINT, interrupt)
    site.loop.add_signal_handler(signal.SIGTERM, stop)
    site.loop.add_signal_handler(signal.SIGHUP, reopen or stop)
