"""What is kept of a stream so that later calls can be understood: folder, variables, files written, children started.

Bounded in every direction; what no longer fits is forgotten oldest first.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from hashlib import blake2b

__all__ = ["Memory"]

_MOST_FILES = 64
_MOST_FILE = 64_000
_MOST_NAMES = 256
_MOST_VALUE = 8_192
_MOST_CHILDREN = 512


@dataclass(slots=True, kw_only=True)
class Memory:
    """The state of one stream.

    ``cwd`` is where its shell stands, ``variables``, ``aliases`` and ``functions`` (name -> text of the body) what that
    shell knows, ``files`` maps a normal path to what the agent itself wrote there, ``links`` a link to what it names.
    ``children`` are processes it started, ``starting`` the steps of calls whose answer may name more of them. ``state``
    is a digest of all that was ever remembered: equal digests mean equal memories.
    """

    cwd: str = ""
    variables: MutableMapping[str, str] = field(default_factory=dict)
    aliases: MutableMapping[str, str] = field(default_factory=dict)
    functions: MutableMapping[str, str] = field(default_factory=dict)
    files: MutableMapping[str, str] = field(default_factory=dict)
    children: MutableMapping[str, str] = field(default_factory=dict)
    links: MutableMapping[str, str] = field(default_factory=dict)
    starting: MutableMapping[str, str] = field(default_factory=dict)
    state: bytes = b""

    def remember(self, kind: str, name: str, value: str = "") -> None:
        """Keep one fact of a kind: ``cwd``, or a table's name without its plural (``variable``, ``file``)."""
        if kind == "cwd":
            if self.cwd == name:
                return
            self.cwd = name[:4096]
        else:
            table, most, longest = self._table(kind)
            kept = value[:longest]
            if table.get(name[:1024]) == kept and name[:1024] in table:
                return
            table.pop(name[:1024], None)
            table[name[:1024]] = kept
            if len(table) > most:
                table.pop(next(iter(table)))
        self._mark(kind, name, value)

    def forget(self, kind: str, name: str) -> None:
        """Drop one fact, where it is known."""
        table, _, _ = self._table(kind)
        if table.pop(name[:1024], None) is not None:
            self._mark("-" + kind, name, "")

    def _table(self, kind: str) -> tuple[MutableMapping[str, str], int, int]:
        """Where facts of a kind are kept, how many, and how long each may be."""
        match kind:
            case "variable":
                return self.variables, _MOST_NAMES, _MOST_VALUE
            case "alias":
                return self.aliases, _MOST_NAMES, _MOST_VALUE
            case "function":
                return self.functions, _MOST_NAMES, _MOST_FILE
            case "file":
                return self.files, _MOST_FILES, _MOST_FILE
            case "link":
                return self.links, _MOST_NAMES, _MOST_VALUE
            case "child":
                return self.children, _MOST_CHILDREN, 0
            case _:
                return self.starting, _MOST_CHILDREN, 0

    def _mark(self, *words: str) -> None:
        """Take a change into the digest."""
        digest = blake2b(self.state, digest_size=16)
        for word in words:
            digest.update(word[:_MOST_FILE].encode("utf-8", "surrogatepass") + b"\0")
        self.state = digest.digest()
