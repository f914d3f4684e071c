"""One spelling for the arguments of a call, so that what is checked is what the tool will do.

Step 0 of spec/decisions.md. Pure: the file system is looked at through a ``Resolver``, relative paths start at
``Standing.cwd``. An argument that can be read in more than one way has no spelling: it is kept among ``unread`` with
the reason, no constraint on it is met, and a condition that reads it cannot be evaluated.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from remit.charter.answer import Undecidable
from remit.charter.model import Constraint
from remit.charter.normal import as_address, as_number, as_path, as_text
from remit.guard.call import Call
from remit.guard.rules.looking import Resolver
from remit.guard.rules.signature import Signature

__all__ = [
    "PEOPLE",
    "Kind",
    "Normal",
    "Spelling",
    "normalise",
    "people_in",
    "read",
    "resolved",
    "shell_words",
    "spelled_anyway",
    "spelling_of",
]

Kind = Literal["text", "number", "address", "path", "shell"]

PEOPLE = frozenset("to cc bcc recipient recipients address addresses user customer channel".split())
"""Arguments that name who something is sent to."""

COMMANDS = frozenset("command commands cmd cmdline command_line script".split())
"""Arguments a shell reads, in tools of the kind ``shell``."""

REST = ""
"""The name under which the spelling of every argument stands that has none of its own."""

_LINKS = frozenset("url uri link href endpoint".split())
_PATHS = frozenset(
    "path paths file files filename file_path filepath directory dir folder source destination src dst target from to "
    "old_path new_path".split()
)
_NAMED: Mapping[str, tuple[Kind, frozenset[str]]] = {
    "shell": ("shell", COMMANDS),
    "email": ("address", PEOPLE),
    "http": ("address", _LINKS),
    "browser": ("address", _LINKS),
    "files": ("path", _PATHS),
}
_NOTHING: tuple[Kind, frozenset[str]] = ("text", frozenset())

_RANK: tuple[Kind, ...] = ("text", "number", "address", "shell", "path")
_PLAIN_COMMAND = re.compile(r"[^\x00-\x1f\x7f`$;&|<>()\\{}*?\[\]!#~\n]*")
_MOST_TEXT = 64 * 1024
_SEPARATORS = re.compile(r"[,;]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """How the tool will read an argument; ``unit`` is the one a number may be written with."""

    kind: Kind
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Normal:
    """The arguments of a call in their one spelling.

    ``args`` is what runs. ``seen`` is what conditions see: the same, with amounts as numbers and commands as one text.
    ``unread`` are the arguments without one spelling, and why.
    """

    args: Mapping[str, object]
    seen: Mapping[str, object]
    unread: Mapping[str, Undecidable]


def spelling_of(constraint: Constraint, *, name: str, kind: str | None) -> Spelling:
    """How an argument with this constraint is read, for a tool of this kind."""
    if constraint.under:
        return Spelling(kind="path")
    if kind == "shell" and name in COMMANDS:
        return Spelling(kind="shell")
    if constraint.domain:
        return Spelling(kind="address")
    listed = (*constraint.one_of, *(() if constraint.equals is None else (constraint.equals,)))
    numbers = [value for value in listed if isinstance(value, int | float) and not isinstance(value, bool)]
    bounded = constraint.minimum is not None or constraint.maximum is not None
    if bounded or (listed and len(numbers) == len(listed)):
        return Spelling(kind="number", unit=constraint.unit)
    special, known = _NAMED.get(kind or "", _NOTHING)
    partly = constraint.prefix is not None or constraint.matches is not None  # a whole text needs no help
    return Spelling(kind=special if partly and name in known else "text")


def spelled_anyway(names: Collection[str] | None, kind: str | None) -> Mapping[str, Spelling]:
    """How the arguments conditions look at are read in a tool of this kind, where no constraint says it.

    ``names`` are the arguments, ``None`` for any. Commands of a shell, paths of a file tool, addresses of e-mail and
    web tools are told by their names, everything else is a text.
    """
    special, known = _NAMED.get(kind or "", _NOTHING)
    if names is None:
        return {REST: Spelling(kind="text"), **{name: Spelling(kind=special) for name in known}}
    return {name: Spelling(kind=special if name in known else "text") for name in names}


def stronger(first: Spelling | None, second: Spelling) -> Spelling:
    """The spelling that asks more of an argument which two rules have spelled differently.

    Amounts that grants bound in different units must be written without one: a number alone would lose what it counts.
    """
    if first is not None and first.kind == second.kind == "number" and first.unit != second.unit:
        return Spelling(kind="number")
    if first is None or _RANK.index(second.kind) > _RANK.index(first.kind):
        return second
    return first


def normalise(
    call: Call,
    spellings: Mapping[str, Spelling],
    *,
    cwd: str = "",
    signature: Signature | None = None,
    resolver: Resolver | None = None,
) -> Normal:
    """The arguments of a call, each spelled as its rules have it; those no rule looks at stay as they are."""
    args = dict(call.args)
    otherwise: dict[str, object] = {}
    unread: dict[str, Undecidable] = {}
    rest = spellings.get(REST)
    for name, value in call.args.items():
        spelling = spellings.get(name, rest)
        if signature is not None and name in signature.commands:
            spelling = Spelling(kind="shell")
        blind = signature is not None and name in signature.case_blind
        if spelling is None and not blind:
            continue
        runs, looks = read(spelling or Spelling(kind="text"), value, cwd=cwd, resolver=resolver)
        if isinstance(runs, Undecidable):
            unread[name] = runs
            continue
        args[name] = _folded(runs) if blind else runs
        if looks is not runs:
            otherwise[name] = _folded(looks) if blind else looks
    seen = {**args, **otherwise} if otherwise else args
    return Normal(args=args, seen=seen, unread=unread)


def resolved(path: str, *, cwd: str, resolver: Resolver | None) -> str | Undecidable:
    """The absolute path without symbolic links (relative ones stay so where nobody knows the folder they start at)."""
    plain = as_path(path)
    if isinstance(plain, Undecidable):
        return plain
    if cwd and not plain.startswith("/"):
        plain = posixpath.normpath(posixpath.join(cwd, plain))
    if resolver is None:
        return Undecidable(reason=f"nobody looked where `{path:.60}` leads")
    found = resolver(plain)
    return found if found is not None else Undecidable(reason=f"it cannot be told where `{path:.60}` leads")


def shell_words(command: str) -> list[str] | Undecidable:
    """The words of a command that any shell splits the same way: no expansions, no second command, no escapes."""
    if len(command) > _MOST_TEXT or not _PLAIN_COMMAND.fullmatch(command):
        return Undecidable(reason=f"`{command:.60}` is more than one plain command")
    try:
        words = shlex.split(as_text(command), posix=True)
    except ValueError:
        return Undecidable(reason=f"`{command:.60}` has a quote that is not closed")
    if not words or "=" in words[0]:
        return Undecidable(reason=f"`{command:.60}` does not start with the name of a program")
    return words


def people_in(args: Mapping[str, object]) -> int | None:
    """How many people a call is addressed to, ``None`` when no argument names any.

    A text counts as many as it has entries between commas and semicolons; each entry of a list counts for itself.
    """
    found = [_people(value) for name, value in args.items() if name in PEOPLE]
    return sum(found) if found else None


def _people(value: object) -> int:
    """The entries of one argument."""
    if isinstance(value, str):
        return sum(1 for part in _SEPARATORS.split(value) if part.strip())
    if isinstance(value, list | tuple):
        return sum(_people(part) for part in value)
    return 0 if value is None else 1


def read(
    spelling: Spelling, value: object, *, cwd: str = "", resolver: Resolver | None = None
) -> tuple[object, object]:
    """What runs and what is seen of a value; ``Undecidable`` for both where it has no one spelling."""
    match spelling.kind:
        case "text":
            runs = _each(value, as_text)
            return runs, runs
        case "address":
            runs = _each(value, as_address)
            return runs, runs
        case "path":
            runs = _each(value, lambda path: resolved(path, cwd=cwd, resolver=resolver), only_texts=True)
            return runs, runs
        case "number":
            return _number(value, spelling.unit)
        case "shell":
            return _command(value)


def _each(value: object, read: Callable[[str], object], *, only_texts: bool = False) -> object:
    """A text read, or every entry of a list; anything else as it is, unless only texts can be read."""
    if isinstance(value, str):
        return read(value)
    if isinstance(value, list | tuple):
        entries = [_each(entry, read, only_texts=only_texts) for entry in value]
        return next((entry for entry in entries if isinstance(entry, Undecidable)), entries)
    return Undecidable(reason=f"`{value!r:.60}` is not a text") if only_texts else value


def _number(value: object, unit: str) -> tuple[object, object]:
    """An amount: what runs is as it was written, what is seen is the number."""
    if isinstance(value, list | tuple):
        pairs = [_number(entry, unit) for entry in value]
        bad = next((seen for _runs, seen in pairs if isinstance(seen, Undecidable)), None)
        return (bad, bad) if bad is not None else (value, [seen for _runs, seen in pairs])
    number = as_number(value)
    if isinstance(number, Undecidable):
        return number, number
    if number.unit not in ("", unit):
        bad = Undecidable(reason=f"`{value!r:.60}` is not in {unit or 'plain numbers'}")
        return bad, bad
    return (value, value) if isinstance(value, int | float) else (value, number.amount)


def _command(value: object) -> tuple[object, object]:
    """A command: a text is split and joined again, a list of words stays one and is seen as the text."""
    if isinstance(value, list | tuple) and value and all(isinstance(word, str) for word in value):
        return list(value), shlex.join(str(word) for word in value)
    if not isinstance(value, str):
        bad = Undecidable(reason=f"`{value!r:.60}` is not a command")
        return bad, bad
    words = shell_words(value)
    if isinstance(words, Undecidable):
        return words, words
    text = shlex.join(words)
    return text, text


def _folded(value: object) -> object:
    """Texts without their case, for a tool that ignores it."""
    return _each(value, str.casefold) if isinstance(value, str | list | tuple) else value
