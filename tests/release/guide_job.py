"""The guide's release job as a runner executes it, on an image that holds uv and glab."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from gluv.demo.files import PIPELINE
from tests.release.world import Ran, World

_LOGIN = (
    'GITLAB_HOST=$CI_SERVER_URL glab auth login --job-token "$CI_JOB_TOKEN"'
    ' --hostname "$CI_SERVER_FQDN" --api-protocol "$CI_SERVER_PROTOCOL"'
)


class GuideJob:
    """The steps `script`, `release` and `after_script` of the guide's `release-job`."""

    def __init__(self, world: World, bin_directory: Path) -> None:
        self._world = world
        self._job: dict[str, Any] = yaml.safe_load(PIPELINE)["release-job"]
        bin_directory.mkdir(exist_ok=True)
        glab = bin_directory / "glab"
        glab.write_text(f'#!/bin/sh\nexec {sys.executable} -m gluv.release.glab "$@"\n')
        glab.chmod(0o755)
        self._bin = bin_directory
        self.process: subprocess.Popen[str] | None = None

    def run(self, tag: str) -> Ran:
        """Run the job: the release step only if the script passed, after_script in any case.

        The exit code is the job's: what after_script does never counts.
        """
        (self._world.home / ".config" / "glab-cli" / "config.yml").unlink(missing_ok=True)
        env = self._world.env(tag)
        env["PATH"] = f"{self._bin}{os.pathsep}{env['PATH']}"
        for key, value in self._job["variables"].items():
            env[key] = _expand(str(value), env)
        done = self._step("\n".join(self._job["script"]), env)
        if done.code == 0:
            done = self._step(self._release(env), env)
        after = self._step("\n".join(self._job["after_script"]), env)
        code = after.code if after.code < 0 else done.code
        return Ran(code=code, out=done.out + after.out, err=done.err + after.err)

    def _release(self, env: dict[str, str]) -> str:
        keyword = self._job["release"]
        return (
            f'{_LOGIN}\nGITLAB_HOST=$CI_SERVER_URL glab release create -R "$CI_PROJECT_PATH" '
            f'"{_expand(keyword["tag_name"], env)}" --experimental-notes-text-or-file '
            f'"{_expand(keyword["description"], env)}" --ref "$CI_COMMIT_SHA" '
            "--no-update --no-close-milestone"
        )

    def _step(self, script: str, env: dict[str, str]) -> Ran:
        """A shell of its own, as the runner makes it: errexit and pipefail."""
        self.process = subprocess.Popen(
            ["bash", "-c", f"set -eo pipefail\n{script}"],
            env=env,
            cwd=self._world.repository,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        out, err = self.process.communicate()
        return Ran(code=self.process.returncode, out=out, err=err)

    def kill(self) -> None:
        """Kill the step that is running, with everything it started."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)


def _expand(text: str, env: dict[str, str]) -> str:
    """What GitLab makes of `$NAME` and `${NAME}`."""
    for key, value in sorted(env.items(), key=lambda item: -len(item[0])):
        text = text.replace(f"${{{key}}}", value).replace(f"${key}", value)
    return text
