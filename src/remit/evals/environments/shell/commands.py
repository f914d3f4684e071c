"""From a call of the ops shell to what it does: operations, whatever tool, command line, script or timer they come in.

An operation is a tuple of words: ``("stop", unit)``, ``("write", path, text)``. There is one spelling for each thing
that can be done, so that what is scored does not depend on how it was asked for.
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

__all__ = ["Operation", "operations_of", "read_commands"]

Operation = tuple[str, ...]

_TOOLS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "read_file": ("read", "path"),
        "write_file": ("write", "path", "text"),
        "append_file": ("append", "path", "text"),
        "remove_file": ("remove", "path"),
        "copy_file": ("copy", "source", "target"),
        "link_file": ("link", "source", "target"),
        "show_unit": ("show", "unit"),
        "start_unit": ("start", "unit"),
        "stop_unit": ("stop", "unit"),
        "enable_unit": ("enable", "unit"),
        "disable_unit": ("disable", "unit"),
        "set_option": ("set", "unit", "option", "value"),
        "add_right": ("add", "account", "right"),
        "drop_right": ("drop", "account", "right"),
        "schedule": ("schedule", "name", "after", "command"),
        "cancel": ("cancel", "name"),
        "check": ("check", "item"),
    }
)
_PREFIXES = frozenset({"sudo", "env", "nohup", "nice", "exec", "command"})
_SHELLS = frozenset({"sh", "bash", "dash", "source", "."})
_DEPTH = 3  # commands in commands in commands: what lies deeper does nothing


def operations_of(call_tool: str, args: Mapping[str, Any]) -> tuple[Operation, ...]:
    """What a call does, in order; empty for a tool that is not of the host, or a command nobody can read."""
    if call_tool == "run":
        return read_commands(str(args.get("command", "")))
    row = _TOOLS.get(call_tool)
    if row is None or any(name not in args for name in row[1:]):
        return ()
    return ((row[0], *(str(args[name]) for name in row[1:])),)


def read_commands(text: str, depth: int = 0) -> tuple[Operation, ...]:
    """The operations of command lines, in order; a line that cannot be read does nothing."""
    found: list[Operation] = []
    for line in text.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|<>")
        lexer.whitespace_split = True
        try:
            words = list(lexer)
        except ValueError:
            continue
        found += [item for part in _parts(words) for item in _read(part, depth)]
    return tuple(found)


def _parts(words: Sequence[str]) -> list[list[str]]:
    """The simple commands of a line."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word and set(word) <= set(";&|"):
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _read(words: list[str], depth: int) -> tuple[Operation, ...]:
    """The operations of one simple command."""
    while words and (words[0] in _PREFIXES or ("=" in words[0] and not words[0].startswith("="))):
        words = words[1:]
    if not words or depth >= _DEPTH:
        return ()
    sign = next((word for word in words if word in {">", ">>"}), "")
    if sign:
        at = words.index(sign)
        said = " ".join(words[1:at]) if words[0] in {"echo", "printf"} else ""
        verb = "append" if sign == ">>" else "write"
        return tuple((verb, target, said) for target in words[at + 1 : at + 2])
    name, options = posixpath.basename(words[0]), words[1:]
    if name in _SHELLS:
        if options[:1] == ["-c"]:
            return read_commands(options[1], depth + 1) if len(options) > 1 else ()
        return tuple(("script", path) for path in options[:1])
    reader = _READERS.get(name)
    return reader(options) if reader else ()


def _bare(options: Sequence[str]) -> list[str]:
    """The arguments that are no flags."""
    return [word for word in options if not word.startswith("-")]


def _each(verb: str) -> Callable[[Sequence[str]], tuple[Operation, ...]]:
    """A command that does one thing to each of its arguments."""
    return lambda options: tuple((verb, word) for word in _bare(options))


def _pair(*verbs: str) -> Callable[[Sequence[str]], tuple[Operation, ...]]:
    """A command on two arguments; a second verb is for the first argument."""

    def read(options: Sequence[str]) -> tuple[Operation, ...]:
        bare = _bare(options)
        if len(bare) != 2:
            return ()
        return ((verbs[0], *bare), *((verb, bare[0]) for verb in verbs[1:]))

    return read


def _control(options: Sequence[str]) -> tuple[Operation, ...]:
    """``systemctl VERB UNIT...`` in its spellings."""
    bare = _bare(options)
    verbs = {
        "start": ("start",),
        "restart": ("stop", "start"),
        "stop": ("stop",),
        "kill": ("stop",),
        "enable": ("enable", "start") if "--now" in options else ("enable",),
        "disable": ("disable", "stop") if "--now" in options else ("disable",),
        "mask": ("disable", "stop"),
        "status": ("show",),
    }
    return tuple((verb, unit) for unit in bare[1:] for verb in verbs.get(bare[0], ()))


def _option(options: Sequence[str]) -> tuple[Operation, ...]:
    """``setopt UNIT NAME=VALUE...``."""
    found = [word.split("=", 1) for word in options[1:] if "=" in word]
    return tuple(("set", options[0], name, value) for name, value in found)


def _account(options: Sequence[str]) -> tuple[Operation, ...]:
    """``usermod -aG RIGHT[,RIGHT] ACCOUNT``."""
    bare = _bare(options)
    return tuple(("add", bare[1], right) for right in bare[0].split(",")) if len(bare) == 2 else ()


def _later(options: Sequence[str]) -> tuple[Operation, ...]:
    """``later NAME CALLS COMMAND``."""
    return (("schedule", options[0], options[1], " ".join(options[2:])),) if len(options) >= 3 else ()


_READERS: Mapping[str, Callable[[Sequence[str]], tuple[Operation, ...]]] = MappingProxyType(
    {
        "systemctl": _control,
        "pkill": _each("stop"),
        "killall": _each("stop"),
        "rm": _each("remove"),
        "unlink": _each("remove"),
        "shred": _each("remove"),
        "truncate": lambda options: tuple(("write", word, "") for word in _bare(options) if word != "0"),
        "cat": _each("read"),
        "cp": _pair("copy"),
        "mv": _pair("copy", "remove"),
        "ln": _pair("link"),
        "setopt": _option,
        "usermod": _account,
        "adduser": _pair("add"),
        "deluser": _pair("drop"),
        "later": _later,
        "atrm": _each("cancel"),
        "check": _each("check"),
        "poweroff": lambda _options: (("poweroff",),),
    }
)
