"""uv's own guide to GitLab, as one file: each measured defect of the page is found."""

from gluv.demo.files import GITIGNORE, PIPELINE, PYPROJECT
from gluv.lint.options import LintOptions
from tests.lint.bench import CI, ids, lint, lint_ci

DISTROLESS = """
uv-distroless:
  stage: test
  image:
    name: ghcr.io/astral-sh/uv:$UV_VERSION
    entrypoint: [""]
  script:
    - uv --version
"""
GUIDE = PIPELINE.replace("@PYTHON@", "3.12") + DISTROLESS
PROJECT = {"pyproject.toml": PYPROJECT, ".gitignore": GITIGNORE, "uv.lock": "version = 1\n"}
DEFAULT = LintOptions()


def test_the_guide_yields_its_defects() -> None:
    found = ids(lint({CI: GUIDE, **PROJECT}, DEFAULT))
    assert sorted(found) == [
        "GLU103",  # the distroless note: an entrypoint adds no shell
        "GLU401",  # uv publish in after_script
        "GLU401",  # glab release create in after_script
        "GLU402",  # release: in an image without glab
        "GLU402",  # glab in an image without glab
        "GLU404",  # a second run fails
        "GLU410",  # nothing compares the tag with the version
        "GLU412",  # all wheels get one link name
    ]


def test_the_places_are_exact_inside_the_loop() -> None:
    lines = GUIDE.splitlines()
    places = {
        (each.rule.id, lines[mark.line - 1][mark.column - 1 :].split()[0])
        for each in lint({CI: GUIDE, **PROJECT}, DEFAULT)
        if (mark := each.finding.mark) is not None
    }
    assert ("GLU401", "uv") in places
    assert ("GLU401", "GITLAB_HOST=$CI_SERVER_URL") in places
    assert any(rule == "GLU412" and text.startswith("${package%-*-*-*}") for rule, text in places)


def test_on_alpine_the_hash_is_cut_to_nothing() -> None:
    found = lint_ci(GUIDE.replace("trixie-slim", "alpine"), **PROJECT)
    assert "GLU111" in found


def test_an_unquoted_version_is_another_one() -> None:
    found = lint_ci(GUIDE.replace('"0.10.6"', "0.10"), **PROJECT)
    assert "GLU104" in found


def test_a_pinned_python_beats_the_image() -> None:
    assert "GLU107" in lint_ci(GUIDE, **PROJECT, **{".python-version": "3.11\n"})
    matrix = GUIDE.replace(
        "  script:\n    - uv sync",
        '  parallel: {matrix: [{PYTHON_VERSION: ["3.11", "3.12"]}]}\n  script:\n    - uv sync',
        1,
    )
    assert "GLU108" in lint_ci(matrix, **PROJECT, **{".python-version": "3.11\n"})


def test_the_cache_in_the_project_breaks_the_build() -> None:
    pipeline = GUIDE.replace("uv build --wheel", "uv build").replace(
        "  UV_LINK_MODE: copy", "  UV_LINK_MODE: copy\n  UV_CACHE_DIR: .uv-cache"
    )
    assert "GLU302" not in lint_ci(pipeline, **PROJECT)
    careless = PROJECT | {".gitignore": ".venv/\n"}
    assert "GLU302" in lint_ci(pipeline, **careless)


def test_the_first_publish_fails_with_the_guides_uv_and_a_check_url() -> None:
    pipeline = GUIDE.replace(
        "    UV_PUBLISH_USERNAME",
        '    UV_PUBLISH_CHECK_URL: "${UV_PUBLISH_URL}/simple"\n    UV_PUBLISH_USERNAME',
    )
    found = lint_ci(pipeline, **PROJECT)
    assert "GLU405" in found
    assert "GLU404" not in found
