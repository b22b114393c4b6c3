"""A cache in a job's work tree: what lies there already is not laid again, nor saved again."""

import os
from collections.abc import Sequence
from pathlib import Path

from gluv.execute.cache_notes import read_notes
from gluv.host.copy import copy_paths
from gluv.host.laid import Laid
from gluv.host.layer import Layer, read_layer


class Workspace:
    """The project of one job, and what is known of the files in its directory."""

    def __init__(self, laid: Laid, project: Path) -> None:
        self.project = project
        self._laid = laid
        self._below = str(project)[len(laid.top) + 1 :]

    def restore(self, place: Path, generation: str) -> None:
        """Lay a generation of the cache at `place` over the project.

        Raises `OSError`, also for a file that is not what was saved.
        """
        layer = self._known(place, generation) or self._read(place, generation)
        self._laid.lay(_key(place), layer)

    def holds(self, place: Path, generation: str, paths: Sequence[str]) -> bool:
        """Whether the generation already is what these paths of the project mean now."""
        layer = self._known(place, generation)
        if layer is None:
            return False
        wanted = [self._name(path) for path in paths]
        names = set(wanted)
        if not layer.files.keys() <= names:
            return False
        # Directories that nobody named are there for what is in them.
        for name in tuple(names):
            while (name := name.rpartition("/")[0]) not in names and name:
                names.add(name)
        if layer.directories.keys() - names - {self._below}:
            return False
        return self._laid.are_unchanged(wanted, layer)

    def save(self, place: Path, before: str | None, paths: Sequence[str], target: Path) -> None:
        """Lay the paths into the empty `target`, which becomes a generation.

        Generations share the files that have not changed since `before` by hard links: jobs only
        ever get copies of them, and nothing writes into a generation once it is whole. Raises
        `OSError`.
        """
        layer = self._known(place, before) if before is not None else None
        changed: list[str] = []
        made: set[str] = set()
        for path in paths:
            name = self._name(path)
            if layer is None or name not in layer.files or not self._laid.is_unchanged(name, layer):
                changed.append(path)
                continue
            parent = os.path.dirname(path)
            if parent not in made:
                os.makedirs(target / parent, exist_ok=True)
                made.add(parent)
            try:
                source = layer.source(name)
                if layer.version(os.lstat(source)) == layer.files[name]:
                    os.link(source, target / path, follow_symlinks=False)
                    continue
            except OSError:
                pass
            changed.append(path)
        copy_paths(self.project, changed, target)

    def saved(self, place: Path, generation: str) -> None:
        """What is in the project is this generation from now on."""
        self._laid.replace(_key(place), self._read(place, generation))

    def is_of_the_job(self, path: str) -> bool:
        """Whether only the job that has ended has anything to do with a file of the project."""
        return not self._laid.is_known(self._name(path))

    def _name(self, path: str) -> str:
        return f"{self._below}/{path}"

    def _read(self, place: Path, generation: str) -> Layer:
        return read_layer(
            place / generation,
            below=self._below,
            serial=generation,
            linked=True,
            noted=read_notes(place, generation),
        )

    def _known(self, place: Path, generation: str) -> Layer | None:
        """The generation as it was laid into this directory, if it was."""
        part = self._laid.part(_key(place), generation)
        if part is None:
            return None
        return Layer(
            serial=generation,
            top=str(place / generation),
            below=self._below,
            files=part.files,
            directories=part.directories,
            size=part.size,
            linked=True,
        )


def _key(place: Path) -> str:
    return f"cache {place}"
