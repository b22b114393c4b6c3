"""A case: a configuration of its own with the files around it, in memory."""

from collections.abc import Mapping

from gluv.expect.scene import Surroundings
from gluv.expect.tree import TreeFetcher
from gluv.text.source import read_source

CONFIG = ".gitlab-ci.yml"


def case_surroundings(files: Mapping[str, bytes], projects: Mapping[str, bytes]) -> Surroundings:
    """What the scenes of a case stand in; raises `gluv.text.YamlInvalid` for bytes that are no
    text, and `KeyError` without a `.gitlab-ci.yml`.
    """
    source = read_source(CONFIG, files[CONFIG])
    return Surroundings(source=source, fetch=TreeFetcher(files, projects), tree=files)
