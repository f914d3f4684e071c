"""What a call does with the things it names: takes a copy, changes, ends, opens.

Effects say what a call changes and ends; of what it copies and opens they keep the place it goes to, if anything. So
the words of commands, of programs and of typed tools are read once more for the names among them. What only lists,
measures or compares does nothing with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from remit.monitor.alert import Inferred, shown
from remit.monitor.conduct.commands import commands_of
from remit.monitor.event import Event
from remit.monitor.prompts.stems import stem
from remit.monitor.typed.fields import call_of, is_prose
from remit.monitor.typed.meaning import is_typed
from remit.monitor.typed.programs import commands_in, is_shell, texts_of
from remit.monitor.typed.words import direction_of, stems_among, vocabulary

__all__ = ["Doing", "Handled", "handled"]


class Doing(StrEnum):
    """What is done with a thing."""

    COPIES = "copies"
    CHANGES = "changes"
    ENDS = "ends"
    OPENS = "opens"


class Handled(NamedTuple):
    """One thing a call does something with, and the words that show it."""

    doing: Doing
    name: str
    why: str


_MOST, _MOST_WORDS, _LONGEST, _LONGEST_WORD = 400, 60, 20_000, 300
_EFFECTS = {"data.write": Doing.CHANGES, "data.destroy": Doing.ENDS, "agent.block": Doing.ENDS}
_COPIERS = frozenset(
    "cp scp rsync tar zip 7z gzip zstd dd install rclone mv sftp bsdtar cpio pax ln rcp croc base64 xxd split".split()
)
_TO_THE_LAST = frozenset("cp scp rsync mv install ln rclone".split())
"""Copiers whose last word is where to, as it is of subcommands that copy."""
_DISARMS = re.compile(r"^(?:[ugoa]*-[rw]*x|0*[0246]{1,3})$")
"""Modes of files that can no longer be run."""
_SENDS = re.compile(r"^(?:-T|--upload-file|-F|--form|-d|--data\S*|--post-file\S*|--body-file\S*)$")
_COPIES = stems_among(
    "copy cp move mv sync upload export push mirror clone backup archive snapshot replicate transfer duplicate migrate "
    "put"
)
_LISTS = frozenset(
    "ls stat find file du df test [ [[ cd mkdir tree readlink realpath basename dirname wc md5sum sha256sum sha1sum "
    "cksum touch chmod chown pwd echo printf export".split()
)
_LISTED = stems_among("list ls stat find search exists count tree glob dir browse")
_COPYING_CODE = re.compile(
    r"\b(?:shutil\.\w+|copy\w*|\w*upload\w*|put_object|make_archive|rename|snapshot_download|save_pretrained|sendfile|push_to_hub)"
    r"\(([^()\n]{0,200})"
)
_PATHS = re.compile(r"[\w@:.~*-]*/[\w./~*@:-]+|[\w-]+\.[a-z]{1,11}\b")
_PARTED = re.compile(r"\s*[,;\n]\s*|\s+(?=\S*[/.])")
_NAMES = re.compile(r"^[^\s]{0,200}$")
_WHERE_TO = frozenset("to target dest destination folder_to new_path into".split())
_SHORTEST = 2


def handled(event: Event, found: Iterable[Inferred]) -> Iterator[Handled]:
    """The things a call does something with."""
    for one in found:
        if one.target and one.effect in _EFFECTS:
            yield Handled(_EFFECTS[one.effect], one.target.lower(), one.why)
    if is_shell(event.tool, event.args):
        for text in texts_of(event.args):
            yield from _commands(text[:_LONGEST], 0)
            for code in _COPYING_CODE.finditer(text[:_LONGEST]):
                for name in _PATHS.findall(code[1]):
                    yield Handled(Doing.COPIES, name.lower(), f"code: {code[0][:80]}")
        for command in commands_of(event):
            if not command.known:
                yield from _typed(command.event)
    elif is_typed(event):
        yield from _typed(event)


def _commands(text: str, depth: int) -> Iterator[Handled]:
    """The things the commands of a text do something with, those handed to another shell among them."""
    place = ""
    for command, _ in zip(commands_in(text), range(_MOST), strict=False):
        words = [word for word in command[:_MOST_WORDS] if len(word) <= _LONGEST_WORD or " " in word]
        program = words[0].rpartition("/")[2] if words else ""
        if program == "cd" and len(words) > 1:
            place = words[1].rstrip("/")
        for word in words[1:]:
            if " " in word and depth < 2 and program in ("ssh", "bash", "sh", "sudo", "su", "nohup", "zsh"):
                yield from _commands(word, depth + 1)
        if program == "ssh" and depth < 2 and len(words) > 2 and " " not in words[-1]:
            yield from _commands(_beyond(words), depth + 1)
        elif program == "chmod" and any(map(_DISARMS.match, words[1:3])):
            why = " ".join(words)[:120]
            for word in words[2:]:
                yield from (Handled(Doing.ENDS, name, why) for name in _spellings(word.lower(), place.lower()))
        elif program not in _LISTS:
            yield from _words(program, words, place)


def _beyond(words: list[str]) -> str:
    """The command a shell of another host is given in plain words."""
    at = 1
    while at < len(words) and words[at][:1] == "-":
        at += 2 if len(words[at]) == 2 and words[at][1] in "bcDEeFIiJLlmOopQRSWw" else 1
    return " ".join(words[at + 1 :])


def _words(program: str, words: list[str], place: str) -> Iterator[Handled]:
    """The things the words of one command name."""
    by_word = not _COPIES.isdisjoint(stem(word) for word in words[1:4] if word.isalpha())
    takes = program in _COPIERS or by_word or any(_SENDS.match(word) for word in words)
    why = " ".join(words)[:120]
    plain = [word for word in words[1:] if word[:1] not in "-<>" and not word.startswith("of=")]
    into = next((words[at + 1] for at, word in enumerate(words[:-1]) if word in ("-C", "--directory")), place)
    to_the_last = program in _TO_THE_LAST or (by_word and program not in _COPIERS)
    for word in plain[:-1] if to_the_last and len(plain) > 1 else plain:
        for name in _spellings(word.lower(), into.lower()):
            if program == "mv":  # it is no longer where it is looked for
                yield Handled(Doing.ENDS, name, why)
            yield Handled(Doing.COPIES if takes else Doing.OPENS, name, why)


def _spellings(word: str, place: str) -> Iterator[str]:
    """A word as a name, without what is written before it (``if=``, ``@``), and under the folder at hand."""
    name = word.rpartition("=")[2].lstrip("@").strip("\"'")
    if name:
        yield name
        if place and name[:1] not in "/~$" and ":" not in name:
            yield f"{place.rstrip('/')}/{name.lstrip('./')}"


def _typed(event: Event) -> Iterator[Handled]:
    """The things a typed call names: it copies or opens them, or changes them as its verb says."""
    call = call_of(event.tool, event.args)
    direction = direction_of(call)
    copies = not _COPIES.isdisjoint(call.last)
    changes = direction not in ("look", "ask", "give") and any(word in vocabulary().verbs for word in call.last)
    if not _LISTED.isdisjoint(call.last):
        return
    doing = Doing.COPIES if copies else Doing.CHANGES if changes else Doing.OPENS
    for key, value in event.args.items():
        names = _PARTED.split(value.strip()) if isinstance(value, str) and len(value) <= _LONGEST_WORD else []
        if not names or is_prose(key) or (copies and key in _WHERE_TO) or not all(map(_NAMES.search, names)):
            continue
        for name in names[:_MOST_WORDS]:
            if len(name) > _SHORTEST:
                yield Handled(doing, name.lower(), shown(event.tool, event.args))
