"""Which of a project's files are tests, and what runs them."""

import re
from pathlib import PurePosixPath

from gluv.scaffold.facts import TestRunner
from gluv.scaffold.tree import Tree

_TEST = re.compile(r"test_.*\.py|.*_test\.py|tests?\.py")
_UNITTEST = re.compile(r"^\s*(?:import unittest|from unittest import)", re.M)
_PYTEST = re.compile(r"^\s*(?:import pytest|from pytest import)", re.M)


def read_runner(tree: Tree, files: tuple[str, ...], *, has_pytest: bool) -> TestRunner | None:
    """pytest if the project has it or its tests need it, unittest if its tests are cases of that.

    None where `files` holds no test.
    """
    tests = [path for path in files if _TEST.fullmatch(PurePosixPath(path).name)]
    if not tests:
        return None
    if has_pytest:
        return "pytest"
    texts = [tree.read(path) or "" for path in tests]
    if any(_PYTEST.search(text) for text in texts):
        return "pytest"
    return "unittest" if any(_UNITTEST.search(text) for text in texts) else "pytest"
