"""`gluv release` that kills itself before the n-th thing it does to files or starts.

`python -m tests.release.kill_at N FOLDER` counts programs started, and files below FOLDER that are
opened for writing, renamed or removed. With N 0 it lives and prints how many there were.
"""

import os
import signal
import sys
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def main(number: int, folder: str) -> int:
    """Run the command under the hook."""
    count = 0

    def counts(event: str, arguments: tuple[Any, ...]) -> bool:
        if event == "subprocess.Popen":
            return "git" not in str(arguments[1][0])  # git only reads here
        if event in ("os.rename", "os.remove"):
            return folder in str(arguments[0])
        return event == "open" and folder in str(arguments[0]) and bool(arguments[2] & _WRITING)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if counts(event, arguments):
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)

    from gluv.cli.main import execute

    sys.addaudithook(hook)
    code = execute(["release"], os.environ)
    print(f"things: {count}")
    return code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2]))
