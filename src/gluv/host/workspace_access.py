"""A workspace that every user of a container may write to."""

import os
import stat
from pathlib import Path


def open_to_all(directory: Path) -> None:
    """Give everybody the rights that the owner has, as GitLab Runner's umask of 0000 does.

    That umask is the runner's own, for the sources that it gets. An image may name a user of its
    own, and its number means nothing here. Only directories above, which are the owner's alone,
    keep other users of this machine out. Links are not followed; what belongs to somebody else is
    left alone.
    """
    me = os.geteuid()
    for place, names, files in os.walk(directory):
        for name in ("", *names, *files):
            path = os.path.join(place, name) if name else place
            status = os.lstat(path)
            mode = stat.S_IMODE(status.st_mode)
            owner = mode & stat.S_IRWXU
            wanted = mode | owner >> 3 | owner >> 6
            if wanted != mode and not stat.S_ISLNK(status.st_mode) and me in (0, status.st_uid):
                os.chmod(path, wanted)
