"""Where effects are gathered while one call is read: the run's control objects, the memory, the budget of work.

The texts a call holds (commands, programs, queries) hold texts of their own (``sh -c``, ``python -c``, ``ssh host …``).
A scene reads each by the reader of its language and keeps count, so that no text costs more than its share.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from remit.monitor.alert import Inferred
from remit.monitor.controls.controls import Control, Controls, normal_path
from remit.monitor.memory import Memory

__all__ = ["CLOSE", "MOST_WORK", "OPEN", "Invocation", "Scene", "is_known", "unknown"]

OPEN, CLOSE = "\ue000", "\ue001"
"""Around what stands for a text that is not known: the words between them say where it comes from."""

MOST_WORK = 4_000
"""How many steps one call may take to be read; what is left then is not read."""

_DEEPEST = 12
_MOST_FOUND = 64
_LONGEST_WHY = 160


def unknown(origin: str = "") -> str:
    """A stand-in for a text that cannot be known, with where it comes from (``pid:auditd``, ``file:/x``)."""
    bare = origin if origin.isascii() else origin.replace(OPEN, "").replace(CLOSE, "")
    return f"{OPEN}{bare[:400]}{CLOSE}"


def is_known(text: str) -> bool:
    """Whether a text holds no stand-in."""
    return OPEN not in text


@lru_cache(maxsize=1024)
def _rounded(certainty: float) -> float:
    """A certainty to three places; few different ones come up."""
    return round(certainty, 3)


def _spelled_out(text: str) -> str:
    """A text as it is shown: what stands around a stand-in is not for people's eyes."""
    return text.replace(OPEN, "<").replace(CLOSE, ">")


class Invocation(NamedTuple):
    """One program that is run: its name without folder, its arguments, what it reads, how it is written.

    ``path`` is the name as it was given; ``stdin`` what comes through a pipe or a redirection (stand-ins where it is
    not known), ``piped`` whether anything does. ``background`` is whether it is left running. ``text`` shows it.
    """

    name: str
    args: tuple[str, ...] = ()
    path: str = ""
    stdin: str = ""
    piped: bool = False
    background: bool = False

    @property
    def text(self) -> str:
        """The command in one line, for explanations."""
        shown = " ".join((self.name, *self.args))
        shown = (shown if shown.isascii() else _spelled_out(shown)).replace("\n", " ")
        return shown if len(shown) <= 100 else shown[:97] + "..."

    def has(self, *flags: str) -> bool:
        """Whether any of the flags is given; a one-letter flag is also found in a bundle (``-rf``)."""
        given = [word for word in self.args if word[:1] == "-" or word in flags]
        for flag in flags if given else ():
            for word in given:
                if word == flag or (flag[:2] == "--" and word.startswith(flag + "=")):
                    return True
                if len(flag) == 2 and word[:1] == "-" and word[1:2] not in ("-", "") and flag[1] in word[1:]:
                    return True
        return False

    def value(self, *flags: str) -> str:
        """The value of the first of these flags that is given (``-u name``, ``--user=name``, ``-uname``), or empty."""
        args = self.args
        for at, word in enumerate(args):
            for flag in flags if word[:1] == "-" or word in flags else ():
                if word == flag:
                    return args[at + 1] if at + 1 < len(args) else ""
                if flag[:2] == "--" and word.startswith(flag + "="):
                    return word[len(flag) + 1 :]
                if len(flag) == 2 and word[:2] == flag and flag != "--":
                    return word[2:]
        return ""

    def plain(self, taking: Sequence[str] = ()) -> list[str]:
        """The arguments that are no flags; flags in ``taking`` take the word after them along."""
        words: list[str] = []
        skip = ended = False
        for word in self.args:
            if skip:
                skip = False
            elif ended or word[:1] != "-" or word == "-":
                words.append(word)
            elif word == "--":
                ended = True
            else:
                skip = word in taking
        return words


Reader = Callable[[str, "Scene", str], str]


@dataclass(slots=True, kw_only=True)
class Scene:
    """What one call is read into.

    ``readers`` maps a language (``shell``, ``python``, ``javascript``, ``sql``) to what reads it; ``program`` says what
    running a program does and gives its output. ``place`` is empty here, else the host or container a command runs in.
    """

    controls: Controls
    memory: Memory
    readers: Mapping[str, Reader]
    program: Callable[[Invocation, Scene], str]
    found: dict[tuple[str, str], Inferred] = field(default_factory=dict)
    place: str = ""
    depth: int = 0
    work: int = 0
    limited: bool = False
    cwd: str = ""
    trust: float = 1.0

    def add(self, effect: str, certainty: float, why: str, target: str = "", control: Control | None = None) -> None:
        """Note an effect; of two with one target the surer stays. Exact control objects make it certain."""
        if control is not None:
            target = target or control.what
            certainty = (
                1.0 if control.exact and certainty >= 0.8 else certainty * (1 if control.exact else control.certainty)
            )
        exact = control is not None and control.exact
        sure = _rounded(certainty * self.trust)
        key = (effect, target)
        known = self.found.get(key)
        if sure <= 0 or (known is not None and known.certainty >= sure) or len(self.found) >= _MOST_FOUND:
            return
        shown = (why.replace("\n", " ") if why.isascii() else _spelled_out(why).replace("\n", " "))[:_LONGEST_WHY]
        if self.place:
            shown += f" (on {self.place})"
        target = target[:200] if target.isascii() else _spelled_out(target)[:200]
        self.found[key] = tuple.__new__(Inferred, (effect, min(1.0, sure), shown, target, exact, False, False))

    def spend(self, amount: int = 1) -> bool:
        """Take some of the budget of work; false when it is used up."""
        if self.work >= MOST_WORK:
            self.limited = True
            return False
        self.work += amount
        return True

    def read(self, language: str, text: str, stdin: str = "") -> str:
        """Read a text inside the text being read; gives what it would print (stand-ins where that is not known)."""
        if self.depth >= _DEEPEST or self.work >= MOST_WORK:
            self.limited = True
            return unknown("too deep")
        self.work += 1
        if self.depth and self.memory.inside is not None:
            self.memory.runs(language, text)
        self.depth += 1
        try:
            return self.readers[language](text, self, stdin)
        finally:
            self.depth -= 1

    def start(self, words: Sequence[str], stdin: str = "", *, piped: bool = False, background: bool = False) -> str:
        """Run a program whose words no text shows as they are: they come from a variable, a list, a pipe."""
        if self.memory.inside is not None and words and words[0] and is_known(words[0]):
            self.memory.runs("shell", shlex.join(word if is_known(word) else "$?" for word in words))
        return self.run(words, stdin, piped=piped, background=background)

    def run(self, words: Sequence[str], stdin: str = "", *, piped: bool = False, background: bool = False) -> str:
        """Run a program given as words; gives what it would print."""
        if not words or self.depth >= _DEEPEST or not self.spend():
            return ""
        path = words[0]
        name = path.rpartition("/")[2] if "/" in path and "://" not in path else path
        self.depth += 1
        try:
            call = (name, tuple(words[1:]), path, stdin, piped, background)
            return self.program(tuple.__new__(Invocation, call), self)
        finally:
            self.depth -= 1

    def elsewhere(self, place: str, words: Sequence[str] | str, stdin: str = "") -> None:
        """Read a command that runs on another host or in a container."""
        before, self.place = self.place, place
        try:
            if isinstance(words, str):
                self.read("shell", words, stdin)
            else:
                self.run(words, stdin)
        finally:
            self.place = before

    def path(self, text: str) -> str:
        """A path as it stands after the changes of folder so far."""
        place = normal_path(text, cwd=self.cwd, home=self.controls.home)
        return self.memory.links.get(place, place) if self.memory.links else place

    def place_of(self, text: str) -> str:
        """The same without following a link."""
        return normal_path(text, cwd=self.cwd, home=self.controls.home)

    def find_path(self, text: str) -> Control | None:
        """The control object a path names; in another place only what a shape tells."""
        control = self.controls.find_path(text, self.cwd)
        return None if control is not None and control.exact and self.place else control
