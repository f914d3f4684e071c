"""The commands of a call as typed calls: ``vmctl lease extend --by 60`` is ``vmctl.lease_extend(by=60)``.

A program says in its subcommands what it does, and in its flags to what and how, as a typed tool does in its name and
its fields. So one that nobody knows is read by the same reader (``remit.monitor.typed.meaning``): by its direction, its
object, whom it is for, and against what was told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from remit.monitor.event import Event
from remit.monitor.programs.table import is_program
from remit.monitor.typed.programs import commands_in, is_everyday, is_python, is_shell, texts_of

__all__ = ["Command", "commands_of", "setting_of"]

_MOST, _MOST_WORDS, _MOST_SUBCOMMANDS, _SHORTEST_PROGRAM = 24, 40, 3, 2
_SUBCOMMAND = re.compile(r"[a-z][a-z_-]{1,24}")
_PROGRAM = re.compile(r"[A-Za-z][\w.-]{1,40}")
_FLAG = re.compile(r"--?([A-Za-z][\w-]*)(?:=(.*))?", re.DOTALL)
_NAMING = frozenset(
    "tag field key name setting param parameter option property flag attribute variable point register".split()
)
_VALUES = frozenset("value state to new_value setpoint val".split())
_SETTING = re.compile(r"[A-Za-z][\w.-]{2,60}")
_CONTROL = re.compile(r"(?<=\w{3})[-_]?(?:ctl|adm|cli)$")
_SCRIPT = re.compile(r"\.(?:sh|py|js|rb|pl|exe|bin)$")
_IN_FULL = {"cp": "copy", "mv": "move", "rm": "remove", "ls": "list", "cat": "show", "mk": "create", "ps": "list"}
"""What the short subcommands for files are short for."""
_WITH_SUBCOMMANDS = frozenset(
    """
    git docker kubectl helm terraform aws gcloud az systemctl scp rsync supabase vercel netlify wrangler fly flyctl
    heroku railway firebase pm2
    """.split()
)
"""The programs that everybody has, and that take subcommands; the rest is given texts and files."""
_SENDS = frozenset(("scp", "rsync"))
"""Programs that copy without a subcommand."""
_PLACED = frozenset(("copy", "move", "sync", "mirror", "upload", "rsync"))
"""Subcommands whose last argument is where to."""
_SHORT = {"n": "namespace", "C": "context"}
"""Flags of one letter that name a place, in the clients of clusters."""
_CLUSTER = frozenset(("kubectl", "oc", "helm", "k9s", "flux", "argo"))
_ONLY_SHOWS = frozenset("help h version dry-run dryrun what-if check diff preview validate can-i explain plan".split())
"""Flags and subcommands with which a command only says what it would do, or whether it may."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command as a typed call.

    ``known`` is whether effect inference knows its program, ``copies`` whether its subcommand is one of copying.
    """

    event: Event
    known: bool
    copies: bool


def commands_of(event: Event) -> tuple[Command, ...]:
    """The commands a call hands over that have a subcommand or a flag in full, each as a typed call."""
    if not is_shell(event.tool, event.args) or is_python(event.tool, event.args):
        return ()
    found = (_typed(words, event) for text in texts_of(event.args) for words in commands_in(text))
    return tuple(one for one, _ in zip(filter(None, found), range(_MOST), strict=False))


def setting_of(event: Event) -> Event | None:
    """A call that names a setting beside its value as one with that setting (``write(tag="X", value=1)``: ``X=1``)."""
    names = [key for key in event.args if key.lower() in _NAMING]
    values = [key for key in event.args if key.lower() in _VALUES]
    if len(names) != 1 or len(values) != 1:
        return None
    name, value = event.args[names[0]], event.args[values[0]]
    if not isinstance(name, str) or _SETTING.fullmatch(name) is None:
        return None
    value = bool(value) if isinstance(value, int) and value in (0, 1) else value
    left = {key: each for key, each in event.args.items() if key not in (names[0], values[0])}
    return replace(event, args={**left, name: value})


def _typed(words: Sequence[str], event: Event) -> Command | None:
    """A command as a typed call; ``None`` where it only shows something, or names no subcommand."""
    program = _SCRIPT.sub("", words[0].rpartition("/")[2])
    if len(words) < _SHORTEST_PROGRAM or _PROGRAM.fullmatch(program) is None:
        return None
    everyday = is_everyday(program)
    if everyday and program not in _WITH_SUBCOMMANDS:
        return None
    flags, plain = _sorted(words[1:_MOST_WORDS], program)
    named: list[str] = ["copy"] if program in _SENDS else []
    while plain and program not in _SENDS and len(named) < _MOST_SUBCOMMANDS and _SUBCOMMAND.fullmatch(plain[0]):
        named.append(_IN_FULL.get(plain[0], plain[0]))
        plain = plain[1:]
    if not named or not _ONLY_SHOWS.isdisjoint((*flags, *named)):
        return None
    to = {"to": plain.pop()} if len(plain) > 1 and not _PLACED.isdisjoint(named) else {}
    fields = {**{f"item{at or ''}": word for at, word in enumerate(plain)}, **to, **flags}
    args = {key: _plain(value) for key, value in fields.items()}
    tool = f"{_CONTROL.sub('', program)}.{'_'.join(named)}"
    return Command(replace(event, tool=tool, args=args), everyday or is_program(program), not _PLACED.isdisjoint(named))


def _sorted(words: Sequence[str], program: str) -> tuple[dict[str, object], list[str]]:
    """The flags with their values, and the words that are none; a switch of one letter says nothing."""
    flags: dict[str, object] = {}
    plain: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        flag = _FLAG.fullmatch(word)
        if flag is None:
            if word[:1] not in "<>" and word[:2] != "2>":
                plain.append(word)
            continue
        name, value = flag[1], flag[2]
        takes = len(name) > 1 or program in _CLUSTER
        if value is None and takes and at < len(words) and words[at][:1] != "-":
            value, at = words[at], at + 1
        if len(name) > 1:
            flags[name] = True if value is None else value
        elif value is not None:
            flags[_SHORT.get(name, name)] = value
    return flags, plain


def _plain(value: object) -> object:
    """A value as the number it is, else as it stands."""
    if isinstance(value, str) and len(value) < 16:
        try:
            return float(value) if "." in value else int(value)
        except ValueError:
            return value
    return value
