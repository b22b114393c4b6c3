import json
import os
import subprocess
from pathlib import Path

import pytest

from gluv.config.keywords.release import Release, ReleaseLink
from gluv.expr.expand import runner_expand
from gluv.script.release import write_release
from gluv.script.shell import write_script

VARIABLES = {
    "CI_SERVER_URL": "http://127.0.0.1:8080",
    "CI_SERVER_FQDN": "127.0.0.1:8080",
    "CI_SERVER_PROTOCOL": "http",
    "CI_PROJECT_PATH": "grp/demo",
    "CI_COMMIT_SHA": "c" * 40,
    "CI_COMMIT_TAG": "v1.0.0",
    "CI_JOB_TOKEN": "glcbt-secret",
    "MESSAGE": 'it\'s `touch hacked` $(touch hacked) "quoted" $HOME',
}


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A glab that writes down its arguments and its host."""
    place = tmp_path / "bin"
    place.mkdir()
    (place / "glab").write_text(
        '#!/bin/sh\nfor one; do printf "%s\\0" "$one"; done >> "$RECORD"\n'
        'printf "%s" "$GITLAB_HOST" > "$RECORD.host"\n'
    )
    (place / "glab").chmod(0o755)
    return tmp_path / "record"


def play(release: Release, recorded: Path, shell: str = "bash") -> list[str]:
    home = recorded.parent
    steps = write_release(release, VARIABLES, expand=lambda text: runner_expand(text, VARIABLES))
    env = VARIABLES | {
        "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
        "HOME": str(home),
        "RECORD": str(recorded),
    }
    text = write_script(steps, directory=str(home))
    done = subprocess.run([shell], input=text, env=env, text=True, capture_output=True, check=True)
    assert "glcbt-secret" not in done.stdout
    return recorded.read_text().split("\0")[:-1]


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_the_documented_command_is_run(recorded: Path, shell: str) -> None:
    release = Release(tag_name="$CI_COMMIT_TAG", description="${CI_PROJECT_PATH} release")
    assert play(release, recorded, shell) == [
        "release",
        "create",
        "-R",
        "grp/demo",
        "v1.0.0",
        "--experimental-notes-text-or-file",
        "grp/demo release",
        "--ref",
        "c" * 40,
        "--no-update",
        "--no-close-milestone",
    ]
    assert Path(f"{recorded}.host").read_text() == "http://127.0.0.1:8080"


def test_all_keys_reach_glab(recorded: Path) -> None:
    release = Release(
        tag_name="v$UNKNOWN",
        name="Release $CI_COMMIT_TAG",
        description="d",
        ref="main",
        tag_message="a tag",
        milestones=("m1", "m 2"),
        released_at="2026-01-01T00:00:00Z",
        links=(
            ReleaseLink(name="wheel", url="https://x/$CI_COMMIT_TAG", link_type="package"),
            ReleaseLink(name="doc", url="https://x/d", filepath="/doc"),
        ),
    )
    words = play(release, recorded)
    assert words[4] == "v"
    options = dict(zip(words[5:-2:2], words[6:-2:2], strict=True))
    assert json.loads(options.pop("--assets-links")) == [
        {"name": "wheel", "url": "https://x/v1.0.0", "link_type": "package"},
        {"name": "doc", "url": "https://x/d", "direct_asset_path": "/doc"},
    ]
    assert options == {
        "--milestone": "m1,m 2",
        "--name": "Release v1.0.0",
        "--experimental-notes-text-or-file": "d",
        "--ref": "main",
        "--tag-message": "a tag",
        "--released-at": "2026-01-01T00:00:00Z",
    }


def test_text_from_a_commit_is_never_executed(recorded: Path) -> None:
    words = play(Release(tag_name="v1", description="$MESSAGE"), recorded)
    assert VARIABLES["MESSAGE"] in words
    assert not (recorded.parent / "hacked").exists()


def test_the_login_is_a_private_file_for_glab(recorded: Path) -> None:
    play(Release(tag_name="v1", description="d"), recorded)
    config = recorded.parent / ".config" / "glab-cli" / "config.yml"
    assert config.stat().st_mode & 0o777 == 0o600
    assert config.read_text() == (
        "hosts:\n    '127.0.0.1:8080':\n        api_protocol: http\n"
        "        api_host: 127.0.0.1:8080\n        job_token: glcbt-secret\n"
    )
