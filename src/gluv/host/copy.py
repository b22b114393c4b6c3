"""Files and trees copied so that the copy and the source never share what a writer can change."""

import contextlib
import errno
import fcntl
import os
import stat
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

_FICLONE = 0x40049409
_NO_CLONE = {errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ENOSYS, errno.EPERM}

LARGE = 1 << 20
"""Bytes from which on the copy of a file is worth a thread."""

_without_clones: set[int] = set()
"""Devices whose file system has no reflinks: asked once, not for each of thousands of files."""


def copy_file(source: str | Path, target: str | Path, *, at: int | None = None) -> os.stat_result:
    """Copy one regular file with its mode and its time of change; `target` must not exist.

    A reflink where the file system has them (a copy that shares blocks until one is written),
    else the bytes, copied within the kernel where that is possible. Never a hard link. With `at`,
    seconds since the epoch, the copy gets that time. Returns the status of the copy. Raises
    `OSError`, before it makes anything if the source is no file that can be read.
    """
    reader = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        status = os.fstat(reader)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(source))
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        writer = os.open(target, flags, 0o600)
        try:
            if not _clone(reader, writer, status.st_dev):
                _copy_bytes(reader, writer, status.st_size)
            os.fchmod(writer, stat.S_IMODE(status.st_mode))
            times = (status.st_atime_ns, status.st_mtime_ns)
            os.utime(writer, ns=times if at is None else (at * 10**9, at * 10**9))
            return os.fstat(writer)
        except OSError as error:
            error.filename, error.filename2 = str(source), str(target)
            raise
        finally:
            os.close(writer)
    finally:
        os.close(reader)


def copy_entry(
    source: str, target: str, status: os.stat_result, *, at: int | None = None
) -> os.stat_result:
    """Copy a file, as `copy_file` does, or a symbolic link; `status` is that of the source."""
    if not stat.S_ISLNK(status.st_mode):
        return copy_file(source, target, at=at)
    os.symlink(os.readlink(source), target)
    if at is not None:
        os.utime(target, (at, at), follow_symlinks=False)
    return os.lstat(target)


def _clone(reader: int, writer: int, device: int) -> bool:
    if sys.platform != "linux" or device in _without_clones:
        return False
    try:
        fcntl.ioctl(writer, _FICLONE, reader)
    except OSError as error:
        if error.errno not in _NO_CLONE:
            raise
        if error.errno in (errno.EOPNOTSUPP, errno.ENOTTY, errno.ENOSYS):
            _without_clones.add(device)
        return False
    return True


def _copy_bytes(reader: int, writer: int, size: int) -> None:
    if sys.platform == "linux":
        left = size
        try:
            while left and (copied := os.copy_file_range(reader, writer, left)):
                left -= copied
        except OSError as error:
            if error.errno not in _NO_CLONE:
                raise
        else:
            if size and not left:
                return
        # Some file systems do not say how large a file is.
        os.lseek(reader, 0, os.SEEK_SET)
        os.lseek(writer, 0, os.SEEK_SET)
        os.ftruncate(writer, 0)
    while chunk := os.read(reader, 1 << 20):
        while chunk:
            chunk = chunk[os.write(writer, chunk) :]


def copy_tree(source: str | Path, target: str | Path) -> None:
    """Lay the tree `source` over the directory `target`, which may hold files already.

    Files and symbolic links replace what stands at their place; directories merge. A symbolic link
    in `target` where `source` has a directory is replaced, never followed, so nothing outside
    `target` is written. Modes are kept; sockets, pipes and devices are left out. Large files are
    copied side by side. Raises `OSError`.
    """
    large: list[tuple[str, str]] = []
    _lay(source, target, large)
    _copy_side_by_side(large)


def _lay(source: str | Path, target: str | Path, large: list[tuple[str, str]]) -> None:
    """All of a tree but the content of `large` files, whose places are free afterwards."""
    os.makedirs(target, exist_ok=True)
    with os.scandir(source) as entries:
        for entry in entries:
            place = os.path.join(target, entry.name)
            if entry.is_symlink():
                _clear(place)
                os.symlink(os.readlink(entry.path), place)
            elif entry.is_dir():
                if not _is_real_directory(place):
                    _clear(place)
                    os.mkdir(place)
                _lay(entry.path, place, large)
                os.chmod(place, stat.S_IMODE(entry.stat().st_mode) | stat.S_IRWXU)
            elif entry.is_file():
                _clear(place)
                if entry.stat().st_size < LARGE:
                    copy_file(entry.path, place)
                else:
                    large.append((entry.path, place))


def _copy_side_by_side(files: list[tuple[str, str]]) -> None:
    """Copy files, one a processor at a time; after a failure no other one is begun."""
    failures: list[BaseException] = []

    def work() -> None:
        try:
            while not failures:
                copy_file(*files.pop())
        except IndexError:
            return
        except BaseException as error:
            failures.append(error)

    others = [threading.Thread(target=work) for _ in files[1 : os.cpu_count()]]
    # Where the system gives no more threads, there are fewer.
    with contextlib.suppress(RuntimeError):
        for thread in others:
            thread.start()
    work()
    for thread in others:
        if thread.ident is not None:
            thread.join()
    if failures:
        raise failures[0]


def copy_paths(source: str | Path, paths: Iterable[str], target: str | Path) -> None:
    """Copy some relative paths (files, links, directories without their content) into `target`.

    Parents are made as they are needed. A path that is gone by now is left out.
    """
    for path in paths:
        start, place = os.path.join(source, path), os.path.join(target, path)
        with contextlib.suppress(FileNotFoundError):
            mode = os.lstat(start).st_mode
            if stat.S_ISDIR(mode):
                os.makedirs(place, exist_ok=True)
                os.chmod(place, stat.S_IMODE(mode) | stat.S_IRWXU)
                continue
            os.makedirs(os.path.dirname(place), exist_ok=True)
            if stat.S_ISLNK(mode):
                os.symlink(os.readlink(start), place)
            elif stat.S_ISREG(mode):
                copy_file(start, place)


def make_directory(place: str) -> None:
    """Make a real directory below a real one, whatever else stands at its place."""
    try:
        os.mkdir(place)
    except FileExistsError:
        if not _is_real_directory(place):
            os.unlink(place)
            os.mkdir(place)


def same_content(one: str, other: str) -> bool:
    """Whether two files hold the same bytes."""
    with open(one, "rb") as first, open(other, "rb") as second:
        while chunk := first.read(1 << 20):
            if second.read(1 << 20) != chunk:
                return False
        return not second.read(1)


def remove_tree(path: str | Path) -> None:
    """Remove a tree, also one with read-only directories in it; a missing one is fine.

    Raises `OSError` if something resists.
    """
    try:
        if stat.S_ISDIR(os.lstat(path).st_mode):
            _remove(path)
        else:
            os.unlink(path)
    except FileNotFoundError:
        return
    except PermissionError:
        _open_up(path)
        _remove(path)


def _remove(path: str | Path, parent: int | None = None) -> None:
    """Remove a directory below an open one, so that no link can lead elsewhere meanwhile."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
    try:
        with os.scandir(handle) as entries:
            # A list: not every file system goes on well where entries vanish meanwhile.
            for entry in list(entries):
                if entry.is_dir(follow_symlinks=False):
                    _remove(entry.name, handle)
                else:
                    os.unlink(entry.name, dir_fd=handle)
    finally:
        os.close(handle)
    os.rmdir(path, dir_fd=parent)


def _open_up(path: str | Path) -> None:
    """Make every directory of a tree writable, before it is read; links are not followed."""
    with contextlib.suppress(OSError):
        os.chmod(path, stat.S_IRWXU)
    for directory, names, _ in os.walk(path):
        for name in names:
            place = os.path.join(directory, name)
            if not os.path.islink(place):
                with contextlib.suppress(OSError):
                    os.chmod(place, stat.S_IRWXU)


def _is_real_directory(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False


def _clear(path: str) -> None:
    """Make the place free, whatever stands there."""
    if _is_real_directory(path):
        remove_tree(path)
    else:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
