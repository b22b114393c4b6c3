"""The directory of a job as it was handed out, made ready again for the next job.

Most jobs leave most files alone, and a look at a file is much cheaper than a copy of it. A file is
taken as untouched only if its status is the very one that it had before the job began, down to the
time of its last change. The same status of a directory says that nothing in it came, went or was
renamed, so that its names need not be read.

Nothing may write into the directory while this class looks at it: no process of the job is left.
"""

import os
import stat
import time
from collections.abc import Sequence

from gluv.host.copy import copy_entry, make_directory, remove_tree, same_content
from gluv.host.layer import AS_MADE, Layer, SourceChanged, own_files
from gluv.host.noted import Directory, Noted, Part, Seal
from gluv.host.processes import StopSignal
from gluv.host.status import attributes, certain_at, changed_since, is_certain, rights, stamp
from gluv.host.turns import turn

_A_MOMENT = 0.005
"""Seconds between two looks at whether the clock has ticked."""

_LONGEST = 3.0
"""Seconds after which it is no use to wait for the clock: it was set back."""

_SMALL = 1 << 20
"""Bytes of a file up to which Python's own work on it costs more than the copying."""


class Useless(Exception):
    """The directory is not the one that was handed out."""


class Laid:
    """One directory, at `top`. One thread at a time."""

    def __init__(self, top: str, noted: Noted | None = None) -> None:
        self.top = top
        self.stop: StopSignal | None = None
        self._noted = noted or Noted()
        self._files = self._noted.files
        self._directories = self._noted.directories
        self._known_names: dict[str, set[str]] | None = None
        self._wanted: dict[str, Layer] = {}
        self._fresh: dict[str, int] = {}
        self._stale: set[str] = set()
        self._lost = self._touched = noted is None

    @property
    def noted(self) -> Noted:
        """What is known of the directory; true until somebody writes there."""
        return self._noted

    @property
    def is_fresh(self) -> bool:
        """Whether everything is still to be copied."""
        return not self._files

    @property
    def size(self) -> int:
        """Bytes of the layers in it."""
        return sum(part.size for part in self._noted.parts.values())

    def verify(self) -> None:
        """Remove whatever is not exactly as it was. Raises `Useless` and `OSError`."""
        self._wanted, self._fresh, self._stale = {}, {}, set()
        self._lost = self._touched = False
        self.tidy()
        with turn():
            changed = changed_since(self.top, self._files.items())
        for path in self._noted.overlaid.union(changed):
            if path in self._files:
                self._forget_file(path)
        self._noted.overlaid = set()

    def tidy(self) -> None:
        """Remove what a job left besides the files that are known; those are looked at later.

        Raises `Useless` and `OSError`.
        """
        unsure = self._noted.unsure_directories & self._directories.keys()
        noted = ((path, known.stamp) for path, known in self._directories.items())
        # Those above first: with one of them all below may go.
        self._look_into(sorted(unsure.union(changed_since(self.top, noted))))

    def lay(self, key: str, layer: Layer) -> None:
        """Bring a layer in: what lies there already is left alone, all else is copied.

        Later ones replace files of earlier ones. Raises `OSError`; `Unwanted` once `stop` rose.
        """
        if self.part(key, layer.serial) and not (self._lost or self._noted.unsure_files):
            self._note_layer(key, layer)
            return
        with turn(self.stop):
            large = self._lay(key, layer)
        for path in large:
            self._place(key, path, layer)

    def _lay(self, key: str, layer: Layer) -> list[str]:
        """Bring in all but what large files are lacking; their paths."""
        before, unsure = self._noted.parts.get(key), self._noted.unsure_files
        self._note_layer(key, layer)
        self._touched = True
        self._lay_directories(layer)
        known = before.files if before is not None else {}
        self._stale.update(path for path in known if path not in layer.files)
        lacking = [
            path
            for path, version in layer.files.items()
            if known.get(path) != version
            or path not in self._files
            or path in self._noted.overlaid
            or (path in unsure and not self._is_same(path, layer))
        ]
        return [path for path in lacking if not self._place(key, path, layer, most=_SMALL)]

    def _note_layer(self, key: str, layer: Layer) -> None:
        self._noted.parts.pop(key, None)  # it comes last now
        self._noted.parts[key] = Part(layer.serial, layer.files, layer.directories, layer.size)
        self._wanted[key] = layer

    def part(self, key: str, serial: str) -> Part | None:
        """What is known of a layer if it was laid here in this state; files may be lost since."""
        part = self._noted.parts.get(key)
        return part if part is not None and part.serial == serial else None

    def is_known(self, path: str) -> bool:
        """Whether a file is of a layer, changed or not."""
        return path in self._files

    def is_unchanged(self, path: str, layer: Layer) -> bool:
        """Whether a path of a layer is now as it was laid; a directory, whether its mode is."""
        try:
            status = os.lstat(self._place_of(path))
            if path in layer.directories:
                mode = layer.directories[path] | stat.S_IRWXU
                return stat.S_ISDIR(status.st_mode) and stat.S_IMODE(status.st_mode) == mode
            if path not in layer.files or self._files.get(path) != stamp(status):
                return False
            return path not in self._noted.unsure_files or self._is_same(path, layer)
        except OSError:
            return False

    def are_unchanged(self, paths: Sequence[str], layer: Layer) -> bool:
        """The same of many paths at once."""
        unsure, known, laid = self._noted.unsure_files, self._files, layer.files
        plain = [path for path in paths if path in laid and path in known and path not in unsure]
        with turn():
            if changed_since(self.top, ((path, known[path]) for path in plain)):
                return False
        return all(self.is_unchanged(path, layer) for path in set(paths).difference(plain))

    def replace(self, key: str, layer: Layer) -> None:
        """Say that the files here are those of `layer` from now on, which was made of them.

        Only after the last process of the job has ended.
        """
        self._noted.parts[key] = Part(layer.serial, layer.files, layer.directories, layer.size)
        self._wanted[key], self._known_names = layer, None
        for path in layer.files:
            status = os.lstat(self._place_of(path))
            if status.st_nlink != 1:
                # It has another name, through which it would go on changing.
                self._files.pop(path, None)
                self._distrust(path.rpartition("/")[0])
                continue
            self._files[path] = stamp(status)
            if not is_certain(status):
                self._noted.unsure_files.add(path)
            if any(path in part.files for name, part in self._noted.parts.items() if name != key):
                self._noted.overlaid.add(path)
        for path in layer.directories:
            place = self._place_of(path)
            mine, noted = rights(os.lstat(place)), self._directories.get(path)
            if noted is None or noted.rights != mine:
                # The job may have left more in it: it is looked into when it is handed out again.
                self._directories[path] = Directory(0, mine, 0, attributes(place))

    def _distrust(self, directory: str) -> None:
        """See to it that a directory is looked into before anybody gets it again."""
        if (known := self._directories.get(directory)) is not None:
            self._directories[directory] = Directory(0, known.rights, known.mode, known.attributes)

    def settle(self) -> None:
        """All layers are laid: remove what no layer wants, and note what is there. The job begins.

        Raises `OSError`.
        """
        parts, layers = self._noted.parts, self._wanted
        for key in [key for key in parts if key not in layers]:
            self._touched = True
            self._stale.update(parts.pop(key).files)
        for path in self._stale:
            if path in self._files and not any(path in layer.files for layer in layers.values()):
                self._forget_file(path)
        if self._touched:
            self._remove_directories()
            self._note()

    def seal(self, name: str, content: str) -> None:
        """Take note of the directory `name`, which now holds what `content` names.

        Links of both kinds count as unchanged as long as their directory is; other files are
        looked at.
        """
        files, directories = own_files(self.top, name)
        for path, status in files.items():
            self._files[path] = stamp(status)
            self._fresh[path] = certain_at(status)
        self._directories.update((path, Directory(0, 0, 0)) for path in directories)
        self._noted.seals[name] = Seal(content, tuple(files), tuple(directories))
        self._touched, self._known_names = True, None

    def rewrite(self, path: str, content: bytes) -> None:
        """Let a file of a sealed directory hold something else. Raises `OSError`."""
        place = self._place_of(path)
        with open(place, "rb+") as file:
            if file.read() == content:
                return
            file.seek(0)
            file.write(content)
            file.truncate()
        status = os.lstat(place)
        self._files[path] = stamp(status)
        self._fresh[path] = certain_at(status)
        self._touched = True

    def is_sealed(self, name: str, content: str) -> bool:
        """Whether the directory `name` still holds exactly that."""
        seal = self._noted.seals.get(name)
        return seal is not None and seal.content == content

    def clear(self, name: str) -> None:
        """Remove a sealed directory, or whatever stands at its place."""
        if name in self._directories or os.path.lexists(self._place_of(name)):
            self._drop(name)

    def _place_of(self, path: str) -> str:
        return f"{self.top}/{path}" if path else self.top

    def _look_into(self, changed: list[str]) -> None:
        """Remove the names that do not belong into these directories, or the directories."""
        if not changed:
            return
        sealed = {
            path: name for name, seal in self._noted.seals.items() for path in seal.directories
        }
        for path in changed:
            if path not in self._directories:
                continue
            place = self._place_of(path)
            if path in sealed or not self._is_as_noted(place, self._directories[path]):
                self._drop(sealed.get(path, path))
                continue
            known = self._names().get(path, ())
            for name in os.listdir(place):
                if name not in known:
                    remove_tree(f"{place}/{name}")
            self._note_directory(path)

    def _names(self) -> dict[str, set[str]]:
        """The names that are known in each directory."""
        if self._known_names is None:
            names: dict[str, set[str]] = {}
            self._known_names = names
            for path in (*self._files, *self._directories):
                above, _, name = path.rpartition("/")
                names.setdefault(above, set()).add(name)
        return self._known_names

    def _is_as_noted(self, place: str, known: Directory) -> bool:
        """Whether a directory is the one that was noted, with the same rights."""
        try:
            status = os.lstat(place)
        except OSError:
            return False
        return (
            stat.S_ISDIR(status.st_mode)
            and rights(status) == known.rights
            and attributes(place) == known.attributes
        )

    def _drop(self, path: str) -> None:
        """Remove a directory with all that is in it."""
        if not path:
            raise Useless
        remove_tree(self._place_of(path))
        below = f"{path}/"
        for known in [known for known in self._files if known.startswith(below)]:
            del self._files[known]
        for known in [known for known in self._directories if f"{known}/".startswith(below)]:
            del self._directories[known]
        for name in [name for name in self._noted.seals if f"{name}/".startswith(below)]:
            del self._noted.seals[name]
        self._lost = self._touched = True
        self._known_names = None

    def _forget_file(self, path: str) -> None:
        seal = next((name for name, seal in self._noted.seals.items() if path in seal.files), None)
        if seal is not None:
            self._drop(seal)
            return
        del self._files[path]
        self._noted.unsure_files.discard(path)
        remove_tree(self._place_of(path))
        self._lost = self._touched = True
        self._known_names = None

    def _lay_directories(self, layer: Layer) -> None:
        self._known_names = None
        for path, wanted in layer.directories.items():
            place, mode = self._place_of(path), wanted | stat.S_IRWXU
            known = self._directories.get(path)
            if known is None:
                if path in self._files:
                    self._forget_file(path)
                make_directory(place)
            elif wanted == AS_MADE or known.mode == mode:
                continue
            if wanted != AS_MADE:
                os.chmod(place, mode)
            self._directories[path] = Directory(0, 0, mode)

    def _place(self, key: str, path: str, layer: Layer, most: int | None = None) -> bool:
        """Copy one file of a layer; one of more than `most` bytes is left out, which is False."""
        source, place = layer.source(path), self._place_of(path)
        status = os.lstat(source)
        if most is not None and status.st_size > most:
            return False
        self._known_names = None
        if path in self._directories:
            self._drop(path)
        if path in self._files:
            self._forget_file(path)
        if any(path in part.files for name, part in self._noted.parts.items() if name != key):
            self._noted.overlaid.add(path)
        if layer.version(status) != layer.files[path]:
            raise SourceChanged(f"{source} was changed meanwhile")
        try:
            made = copy_entry(source, place, status)
        except FileExistsError:
            remove_tree(place)
            made = copy_entry(source, place, status)
        self._files[path] = stamp(made)
        if not stat.S_ISLNK(made.st_mode):
            self._fresh[path] = certain_at(made)
        return True

    def _is_same(self, path: str, layer: Layer) -> bool:
        """Whether a file of which the status tells nothing has the content of its source."""
        source, place = layer.source(path), self._place_of(path)
        if os.path.islink(place) or attributes(place) != attributes(source):
            return False
        if layer.version(os.lstat(source)) != layer.files[path]:
            return False
        self._fresh[path] = certain_at(os.lstat(place))
        return same_content(place, source)

    def _remove_directories(self) -> None:
        """Remove the directories that no layer has any more."""
        kept = set().union(*(layer.directories for layer in self._wanted.values()))
        kept.update(*(seal.directories for seal in self._noted.seals.values()))
        for path in [path for path in self._directories if path not in kept]:
            if path in self._directories:
                self._drop(path)

    def _note(self) -> None:
        """Note the directories as they are now, and of what the status cannot be relied on."""
        for path in self._directories:
            self._note_directory(path)
        sealed = {path for seal in self._noted.seals.values() for path in seal.directories}
        until = time.monotonic() + _LONGEST
        while (waiting := sealed & self._noted.unsure_directories) and time.monotonic() < until:
            # Only once after somebody else filled a directory: its names are nowhere else.
            time.sleep(_A_MOMENT)
            for path in waiting:
                self._note_directory(path)
        now = time.time_ns()
        self._noted.unsure_files = {
            path for path, certain in self._fresh.items() if certain >= now
        } & self._files.keys()

    def _note_directory(self, path: str) -> None:
        place, known = self._place_of(path), self._directories.get(path)
        status = os.lstat(place)
        mine = rights(status)
        found = known.attributes if known and known.rights == mine else attributes(place)
        mode = stat.S_IMODE(status.st_mode)
        self._directories[path] = Directory(stamp(status), mine, mode, found)
        if is_certain(status):
            self._noted.unsure_directories.discard(path)
        else:
            self._noted.unsure_directories.add(path)
