"""What the showcase is made of: texts, logs, wheels, a repository."""

import hashlib
import io
import os
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path

from gluv.trace.ansi import BOLD_CYAN, BOLD_GREEN, BOLD_RED, CLEAR, RESET

IMAGE = "ghcr.io/astral-sh/uv:0.10.6-python3.12-trixie-slim"

README = """\
# parrot

**parrot** says what it is told to say, politely and on time.

```console
$ parrot hello
hello squawk!
```

## Why another parrot

| bird | talks | needs a perch |
|---|---|---|
| parrot | yes | no |
| crow | when it wants | no |

- no dependencies
- typed, and tested on *three* Pythons
- [documentation](https://parrot.example) and ![a picture](https://parrot.example/pic.png)
"""

NOTES = """\
### What is new

- `parrot --slowly` takes its time
- Python **3.13** is tested

Thanks to everybody who talked back.
"""

TEST_LINES = (
    "uv sync --locked",
    "Resolved 24 packages in 2ms",
    "uv run pytest",
    "\033[1m============================= test session starts =============================\033[0m",
    "collected 128 items",
    "",
    "tests/test_say.py \033[32m...................................\033[0m\033[31mF\033[0m [ 31%]",
    "tests/test_talk.py \033[32m.........................\033[0m\033[31mF\033[0m\033[33mss\033[0m",
    "",
    "\033[31m\033[1m__________________________ test_talks_back __________________________\033[0m",
    "    \033[38;5;141mdef\033[0m \033[38;2;120;200;80mtest_talks_back\033[0m() -> None:",
    '>       \033[94massert\033[0m talk("who is pretty?") == "polly is"',
    "\033[1m\033[31mE       AssertionError: assert 'squawk!' == 'polly is'\033[0m",
    "see https://parrot.example/faq?talk=1&back=2.",
    "\033[31mFAILED\033[0m tests/test_talk.py::\033[1mtest_talks_back\033[0m - AssertionError",
    "\033[31m\033[1m2 failed\033[0m, \033[32m124 passed\033[0m, \033[33m2 skipped\033[0m in 3.42s",
)

E2E_LINES = (
    "uv run playwright test",
    "Running 12 scenarios",
    *(f"  \033[32m✓\033[0m scenario {number}: a parrot that talks" for number in range(1, 8)),
)


def job_log(lines: Sequence[str], *, at: int, failed: int | None, open_: str) -> str:
    """A trace in GitLab Runner's form; the first line and those after blank ones are commands."""
    out = ["Running with gluv 0.1.0\n"]

    def section(name: str, title: str, body: Sequence[str], took: int, close: bool = True) -> None:
        nonlocal at
        out.append(f"section_start:{at}:{name}\r{CLEAR}{CLEAR}{BOLD_CYAN}{title}{RESET}{RESET}\n")
        out.extend(f"{line}\n" for line in body)
        at += took
        if close:
            out.append(f"section_end:{at}:{name}\r{CLEAR}")

    section(
        "prepare_executor",
        "Preparing the executor",
        (f"Using native executor with image {IMAGE} ...", "uv 0.10.6 from PyPI, Python 3.12.9"),
        1,
    )
    section("prepare_script", "Preparing environment", ("Running on birdhouse ...",), 0)
    section(
        "get_sources",
        "Getting source from Git repository",
        ("Fetching changes with git depth set to 20...", "Checking out as detached HEAD ..."),
        1,
    )
    body = [
        f"{BOLD_GREEN}$ {line}{RESET}" if line.startswith("uv ") else line
        for line in lines or ("uv run task", "done")
    ]
    running = open_ == "running"
    title = 'Executing "step_script" stage of the job script'
    section("step_script", title, body, 26, close=not running)
    if running:
        return "".join(out)
    section("cleanup_file_variables", "Cleaning up project directory", (), 0)
    out.append(
        f"{BOLD_RED}ERROR: Job failed: exit code {failed}{RESET}\n"
        if failed
        else f"{BOLD_GREEN}Job succeeded{RESET}\n"
    )
    return "".join(out)


def junit_text(*, failed: int) -> str:
    """A junit report of 128 tests."""
    cases = [
        f'<testcase classname="tests.test_talk" name="test_talks_{number}"/>'
        for number in range(126 - failed)
    ]
    names = ("test_talks_back", "test_says_nothing_when_fed")
    cases += [
        f'<testcase classname="tests.test_talk" name="{names[number]}">'
        "<failure message=\"AssertionError: assert 'squawk!' == 'polly is'\"/></testcase>"
        for number in range(failed)
    ]
    cases += ['<testcase name="test_on_mars"><skipped/></testcase>'] * 2
    return f"<testsuite>{''.join(cases)}</testsuite>"


def wheel_bytes(
    name: str, version: str, readme: str, summary: str, requires: str
) -> tuple[bytes, str]:
    """A wheel of metadata alone, the same bytes each time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as wheel:
        info = zipfile.ZipInfo(f"{name}-{version}.dist-info/METADATA", (2020, 1, 1, 0, 0, 0))
        wheel.writestr(
            info,
            f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nSummary: {summary}\n"
            f"Requires-Python: {requires}\nDescription-Content-Type: text/markdown\n\n{readme}",
        )
        filler = hashlib.sha256(f"{name}{version}".encode()).hexdigest() * 200
        wheel.writestr(zipfile.ZipInfo(f"{name}.py", (2020, 1, 1, 0, 0, 0)), filler)
    return made.getvalue(), f"{name.replace('-', '_')}-{version}-py3-none-any.whl"


def make_repository(directory: Path) -> list[str]:
    """A repository of six commits, the oldest first."""
    titles = (
        "Say hello",
        "Talk slowly when asked",
        "Say it to three Pythons",
        "Release 1.0.0",
        "Talk back to strangers",
        "Teach the parrot to wait its turn",
    )
    directory.mkdir(parents=True)
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*words: str) -> str:
        identity = ("-c", "user.name=Ada Marsh", "-c", "user.email=ada@aviary.example")
        done = subprocess.run(
            ["git", "-C", directory, *identity, *words],
            check=True,
            capture_output=True,
            text=True,
            env=environment,
        )
        return done.stdout.strip()

    git("init", "-q", "--initial-branch=main")
    shas = []
    for title in titles:
        git("commit", "-q", "--allow-empty", "-m", title)
        shas.append(git("rev-parse", "HEAD"))
    return shas
