"""Completion where click's own falls short: names of jobs with spaces, colons and commas."""

import os
import re

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    add_completion_class,
    split_arg_string,
)

_BASH = """\
%(complete_func)s() {
    local type value
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done < <(env COMP_LINE="${COMP_LINE:0:COMP_POINT}" %(complete_var)s=bash_complete "$1")
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_FISH = """\
function %(complete_func)s;
    set -l response (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) \
COMP_CWORD=(commandline -t) %(prog_name)s);

    for completion in $response;
        set -l metadata (string split -m 1 "," -- $completion);

        if test $metadata[1] = "dir";
            __fish_complete_directories $metadata[2];
        else if test $metadata[1] = "file";
            __fish_complete_path $metadata[2];
        else if test $metadata[1] = "plain";
            echo $metadata[2];
        end;
    end;
end;

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)";
"""

_BREAKS = re.compile(r".*[:=@]", re.DOTALL)
"""What bash takes for words of their own: only what follows the last one is replaced."""


class Bash(BashComplete):
    """Reads the line as it was typed, since bash cuts words at colons, and quotes what it adds."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the last, and the last."""
        line = os.environ["COMP_LINE"]
        words = split_arg_string(line)
        return (words[1:], "") if line[-1:].isspace() else (words[1:-1], words[-1])

    def format_completion(self, item: CompletionItem) -> str:
        """What bash puts in the place of its last word."""
        if item.type != "plain":
            return f"{item.type},{item.value}"
        typed = _last_word(os.environ["COMP_LINE"])
        if typed[:1] in ("'", '"'):
            return f"plain,{item.value}"
        value = re.sub(r"[^\w@%+=:,./-]", r"\\\g<0>", str(item.value))
        if (head := _BREAKS.match(typed)) and value.startswith(head[0]):
            value = value[head.end() :]
        return f"plain,{value}"


class Fish(FishComplete):
    """Names with commas stay whole."""

    source_template = _FISH


def _last_word(line: str) -> str:
    """The end of a line behind the last blank that is neither quoted nor escaped."""
    found = re.search(r"""(?:\\.|'[^']*'?|"(?:\\.|[^"\\])*"?|[^\s\\'"])*$""", line, re.DOTALL)
    return found[0] if found else ""


def register() -> None:
    """Let these stand in for click's."""
    add_completion_class(Bash)
    add_completion_class(Fish)
