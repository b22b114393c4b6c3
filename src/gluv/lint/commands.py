"""What a command of a script does: its program, and for uv the subcommand and the options."""

import re
from collections.abc import Iterator

import msgspec

from gluv.errors import Mark
from gluv.lint.shell import Call, Word, read_calls
from gluv.lint.uv_options import TAKES_VALUE
from gluv.text.nodes import ScalarNode

_WRAPPERS = frozenset(("sudo", "exec", "command", "nohup", "env", "time", "nice"))
_GROUPS = frozenset(("pip", "cache", "tool", "python", "self", "version", "auth"))


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One command as the rules see it.

    `program` is the name without its folder (`python -m pip` is `pip`). `sub` is uv's subcommand
    ("sync", "pip install"), empty otherwise. `options` are the words after the program or the
    subcommand that start with a dash, `values` what follows those that take a value, `arguments`
    the others. `ran_by` is the uv command that starts this one (`uv run pytest` is two commands).
    `order` counts the commands of a job, before_script first.
    """

    program: str
    call: Call
    node: ScalarNode
    section: str
    order: int
    sub: str = ""
    words: tuple[Word, ...] = ()
    options: tuple[str, ...] = ()
    values: dict[str, str] = {}
    arguments: tuple[Word, ...] = ()
    ran_by: "Command | None" = None

    @property
    def mark(self) -> Mark:
        """Where it stands: exactly inside a `|` block, otherwise the script item."""
        return word_mark(self.node, self.call.start)

    @property
    def text(self) -> str:
        """The command as it is written, on one line."""
        script = str(self.node.value)[self.call.start : self.call.end]
        return " ".join(script.replace("\\\n", " ").split())

    def has(self, *options: str) -> bool:
        """Whether one of the options is given."""
        return any(option in self.options for option in options)


def word_mark(node: ScalarNode, offset: int) -> Mark:
    """The place of a character of a script item; that of the item where it cannot be known."""
    from gluv.lint.spans import block_offset, position

    found = block_offset(node, offset)
    return position(node.source, found) if found is not None else node.mark


def read_commands(node: ScalarNode, section: str, order: int) -> tuple[Command, ...]:
    """The commands of one script item; `order` is the number of the first."""
    if not isinstance(node.value, str):
        return ()
    found: list[Command] = []
    for call in read_calls(node.value):
        for command in _commands(call, call.words, node, section, None):
            found.append(msgspec.structs.replace(command, order=order + len(found)))
    return tuple(found)


def _commands(
    call: Call, words: tuple[Word, ...], node: ScalarNode, section: str, ran_by: Command | None
) -> Iterator[Command]:
    words = _unwrapped(words)
    if not words:
        # Assignments alone set variables for what follows.
        if call.env:
            yield Command(program="", call=call, node=node, section=section, order=0)
        return
    program = words[0].text.rsplit("/", 1)[-1]
    rest = words[1:]
    if re.fullmatch(r"python[\d.]*", program) and len(rest) > 1 and rest[0].text == "-m":
        program, rest = rest[1].text, rest[2:]
    if program in ("sh", "bash", "ash") and len(rest) > 1 and rest[0].text in ("-c", "-lc", "-ec"):
        return
    if program == "uvx":
        sub, rest = "tool run", rest
    elif program == "uv":
        sub, rest = _subcommand(rest)
    else:
        sub = ""
    runs = sub in ("run", "tool run")
    own, inner = _split_run(rest) if runs else (rest, ())
    options, values, arguments = _options(own, uv=program in ("uv", "uvx"))
    command = Command(
        program="uv" if program == "uvx" else program,
        call=call,
        node=node,
        section=section,
        order=0,
        sub=sub,
        words=own,
        options=options,
        values=values,
        arguments=arguments,
        ran_by=ran_by,
    )
    yield command
    if inner:
        if {"-m", "--module"} & set(options):
            inner = (
                Word("python", "python", inner[0].start, True),
                Word("-m", "-m", 0, True),
                *inner,
            )
        yield from _commands(call, inner, node, section, command)


def _unwrapped(words: tuple[Word, ...]) -> tuple[Word, ...]:
    while words:
        head = words[0].text
        if head in _WRAPPERS or (len(words) > 1 and re.fullmatch(r"[A-Za-z_]\w*=.*", head, re.S)):
            words = words[1:]
            while words and words[0].text.startswith("-") and head in _WRAPPERS:
                words = words[1:]
        elif head == "timeout" and len(words) > 2:
            words = words[2:]
        else:
            break
    return words


def _subcommand(words: tuple[Word, ...]) -> tuple[str, tuple[Word, ...]]:
    """uv's subcommand, and its words; options before it are put back among them."""
    before: list[Word] = []
    at = 0
    while at < len(words) and words[at].text.startswith("-"):
        before.append(words[at])
        if words[at].text in TAKES_VALUE and at + 1 < len(words):
            at += 1
            before.append(words[at])
        at += 1
    if at >= len(words):
        return "", tuple(before)
    sub = words[at].text
    at += 1
    if sub in _GROUPS and at < len(words) and not words[at].text.startswith("-"):
        sub = f"{sub} {words[at].text}"
        at += 1
    return sub, (*before, *words[at:])


def _split_run(words: tuple[Word, ...]) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    at = 0
    while at < len(words) and words[at].text.startswith("-") and words[at].text != "--":
        at += 2 if words[at].text in TAKES_VALUE else 1
    inner = words[at:]
    if inner and inner[0].text == "--":
        inner = inner[1:]
    return words[:at], inner


def _options(
    words: tuple[Word, ...], *, uv: bool
) -> tuple[tuple[str, ...], dict[str, str], tuple[Word, ...]]:
    options: list[str] = []
    values: dict[str, str] = {}
    arguments: list[Word] = []
    at = 0
    while at < len(words):
        text = words[at].text
        if text.startswith("-") and text not in ("-", "--"):
            name, sign, value = text.partition("=")
            options.append(name)
            following = words[at + 1].text if at + 1 < len(words) else ""
            if sign:
                values[name] = value
            elif uv and name in TAKES_VALUE and following:
                values[name] = following
                at += 1
            elif following and not following.startswith("-"):
                values[name] = following
                if not uv:
                    arguments.append(words[at + 1])
                    at += 1
        else:
            arguments.append(words[at])
        at += 1
    return tuple(options), values, tuple(arguments)
