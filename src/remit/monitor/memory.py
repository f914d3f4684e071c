"""What is kept of a stream so that later calls can be understood: folder, variables, files written, children started.

Bounded in every direction; what no longer fits is forgotten oldest first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field

__all__ = ["Memory"]

_MOST_FILES = 64
_MOST_FILE = 64_000
_MOST_NAMES = 256
_MOST_VALUE = 8_192
_MOST_CHILDREN = 512
_MOST_INSIDE = 64
_MOST_ANSWERS, _MOST_ANSWER = 24, 16_000


@dataclass(slots=True, kw_only=True)
class Memory:
    """The state of one stream.

    ``cwd`` is where its shell stands, ``variables``, ``aliases`` and ``functions`` (name -> text of the body) what that
    shell knows, ``files`` maps a normal path to what the agent itself wrote there, ``links`` a link to what it names.
    ``children`` are processes it started, ``starting`` the steps of calls whose answer may name more of them,
    ``answers`` what the latest calls were answered. Where
    somebody wants to know, ``changes`` is given each change that is asked for: kind and name, and the value unless it
    is forgotten; ``inside`` is given the language and text of each program the call at hand runs inside itself.
    """

    cwd: str = ""
    variables: MutableMapping[str, str] = field(default_factory=dict)
    aliases: MutableMapping[str, str] = field(default_factory=dict)
    functions: MutableMapping[str, str] = field(default_factory=dict)
    files: MutableMapping[str, str] = field(default_factory=dict)
    children: MutableMapping[str, str] = field(default_factory=dict)
    links: MutableMapping[str, str] = field(default_factory=dict)
    starting: MutableMapping[str, str] = field(default_factory=dict)
    answers: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_ANSWERS), repr=False)
    changes: list[tuple[str, ...]] | None = field(default=None, repr=False, compare=False)
    inside: list[tuple[str, str]] | None = field(default=None, repr=False, compare=False)

    def remember(self, kind: str, name: str, value: str = "") -> None:
        """Keep one fact of a kind: ``cwd``, or a table's name without its plural (``variable``, ``file``)."""
        if self.changes is not None:
            self.changes.append((kind, name, value))
        if kind == "cwd":
            self.cwd = name[:4096]
            return
        table, most, longest = self._table(kind)
        name, kept = name[:1024], value[:longest]
        if table.get(name) == kept:
            return
        table.pop(name, None)
        table[name] = kept
        if len(table) > most:
            table.pop(next(iter(table)))

    def forget(self, kind: str, name: str) -> None:
        """Drop one fact, where it is known."""
        if self.changes is not None:
            self.changes.append((kind, name))
        self._table(kind)[0].pop(name[:1024], None)

    def shown(self) -> Iterator[str]:
        """What the latest answers showed, newest first; what rests on it is read anew each time."""
        if self.changes is not None:
            self.changes.append(("answers", ""))
        for answer in reversed(self.answers):
            yield answer[:_MOST_ANSWER]

    def runs(self, language: str, text: str) -> None:
        """Note a program that the call at hand runs inside itself, where somebody wants to know."""
        if self.inside is not None and len(self.inside) < _MOST_INSIDE and (language, text) not in self.inside:
            self.inside.append((language, text))

    def room(self, kind: str) -> int:
        """How many more facts of a kind there is room for before the oldest is dropped."""
        table, most, _ = self._table(kind)
        return most - len(table)

    def _table(self, kind: str) -> tuple[MutableMapping[str, str], int, int]:
        """Where facts of a kind are kept, how many, and how long each may be."""
        match kind:
            case "file":
                return self.files, _MOST_FILES, _MOST_FILE
            case "variable":
                return self.variables, _MOST_NAMES, _MOST_VALUE
            case "alias":
                return self.aliases, _MOST_NAMES, _MOST_VALUE
            case "function":
                return self.functions, _MOST_NAMES, _MOST_FILE
            case "link":
                return self.links, _MOST_NAMES, _MOST_VALUE
            case "child":
                return self.children, _MOST_CHILDREN, 0
            case _:
                return self.starting, _MOST_CHILDREN, 0
