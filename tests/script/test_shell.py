import shutil
import subprocess
from pathlib import Path

import pytest

from gluv.script.quoting import quote
from gluv.script.shell import Shown, write_script

SHELLS = [shell for shell in ("bash", "dash", "sh") if shutil.which(shell)]


def run(shell: str, *commands: str | Shown, cwd: Path) -> "subprocess.CompletedProcess[str]":
    text = write_script(commands, directory=str(cwd))
    return subprocess.run([shell], input=text, text=True, capture_output=True, check=False)


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_commands_share_one_shell_and_are_echoed(shell: str, tmp_path: Path) -> None:
    done = run(shell, "a=1", "cd /\necho $a", 'echo "$PWD"', cwd=tmp_path)
    assert done.stdout.splitlines() == [
        "\x1b[32;1m$ a=1\x1b[0;m",
        "\x1b[32;1m$ cd / # collapsed multi-line command\x1b[0;m",
        "1",
        '\x1b[32;1m$ echo "$PWD"\x1b[0;m',
        "/",
    ]
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("code", [1, 2, 77, 127, 255])
def test_the_first_failing_command_ends_it_with_its_code(
    shell: str, code: int, tmp_path: Path
) -> None:
    done = run(shell, f"(exit {code})", "echo never", cwd=tmp_path)
    assert done.returncode == code
    assert "never" not in done.stdout


def test_exit_in_a_command_ends_the_job_with_that_code(shell: str, tmp_path: Path) -> None:
    assert run(shell, "exit 0", "false", cwd=tmp_path).returncode == 0
    assert run(shell, "exit 3", cwd=tmp_path).returncode == 3


@pytest.mark.parametrize("last", ["! true", "test -e nowhere && echo never"])
def test_the_code_of_the_last_command_counts_although_errexit_lets_it_pass(
    shell: str, last: str, tmp_path: Path
) -> None:
    assert run(shell, last, cwd=tmp_path).returncode == 1
    assert run(shell, last, "true", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("last", ["echo a \\", "cat <<END\na"])
def test_an_open_end_of_the_last_command_swallows_nothing_of_gluvs(
    shell: str, last: str, tmp_path: Path
) -> None:
    done = run(shell, last, cwd=tmp_path)
    assert done.stdout.split()[-1] == "a"
    assert done.returncode == 0


def test_a_script_may_use_any_descriptor(shell: str, tmp_path: Path) -> None:
    fill = 'for n in 3 4 5 6 7 8 9; do eval "exec $n> f$n"; done'
    done = run(shell, fill, "echo 'echo never' > f; exec 0< f", "true", cwd=tmp_path)
    assert (done.returncode, "never" in done.stdout.splitlines()) == (0, False)
    closing = "exec 0<&- 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-"
    assert run(shell, closing, "(exit 5)", cwd=tmp_path).returncode == 5


def test_many_descriptors(tmp_path: Path) -> None:
    done = run("bash", "exec 10> ten 11> eleven", "echo over >&10", "cat ten", cwd=tmp_path)
    assert (done.stdout.splitlines()[-1], done.returncode) == ("over", 0)
    assert run("bash", "exec 3<&0", "cat <&3", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("wrong", ["echo $((08 + 1))", "echo $((1 / 0))", "v=a; echo ${v:0:-10}"])
def test_a_wrong_expansion_ends_the_job(wrong: str, tmp_path: Path) -> None:
    """Only in a subshell: in its first shell bash goes on with the next command of an `eval`."""
    done = run("bash", wrong, "echo never", cwd=tmp_path)
    assert done.returncode == 1
    assert "never" not in done.stdout.splitlines()


def test_what_a_script_calls_exit_is_not_called_for_it(tmp_path: Path) -> None:
    done = run("bash", "exit() { echo mine; }", "true", cwd=tmp_path)
    assert (done.returncode, "mine" in done.stdout.splitlines()) == (0, False)


def test_pipefail_where_the_shell_knows_it(tmp_path: Path) -> None:
    assert run("bash", "(exit 7) | cat", cwd=tmp_path).returncode == 7


def test_standard_input_is_empty_and_not_the_script(shell: str, tmp_path: Path) -> None:
    done = run(shell, "cat", "read x || echo nothing", "echo end", cwd=tmp_path)
    assert done.stdout.splitlines()[-3:] == ["nothing", "\x1b[32;1m$ echo end\x1b[0;m", "end"]


def test_noclobber_is_off(shell: str, tmp_path: Path) -> None:
    assert run(shell, "echo a > f", "echo b > f", cwd=tmp_path).returncode == 0


def test_it_starts_in_its_directory_whatever_the_name(shell: str, tmp_path: Path) -> None:
    odd = tmp_path / 'it\'s $HOME `x` "q"'
    odd.mkdir()
    assert run(shell, "pwd", cwd=odd).stdout.splitlines()[-1] == str(odd)


def test_text_of_the_user_is_echoed_as_it_is(shell: str, tmp_path: Path) -> None:
    command = "printf '%s' \"a'b\\n\" '%d $HOME' \"\\\\\" # ü `comment`"
    assert run(shell, command, cwd=tmp_path).stdout.splitlines()[0] == (
        f"\x1b[32;1m$ {command}\x1b[0;m"
    )


def test_an_echo_can_differ_from_its_command(shell: str, tmp_path: Path) -> None:
    done = run(shell, Shown(text="echo done", echo="magic"), cwd=tmp_path)
    assert done.stdout.splitlines() == ["\x1b[32;1m$ magic\x1b[0;m", "done"]


def test_a_quoted_word_means_itself(shell: str) -> None:
    word = "a'b\"c $(touch x) `y` \\ \n é *"
    done = subprocess.run(
        [shell], input=f"printf %s {quote(word)}", text=True, capture_output=True, check=True
    )
    assert done.stdout == word
