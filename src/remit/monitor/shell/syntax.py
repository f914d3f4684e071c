"""A shell program as this package sees it: words made of pieces, commands made of words, blocks made of commands."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "Block",
    "Define",
    "Loop",
    "Nested",
    "Node",
    "Piece",
    "Pipeline",
    "Redirect",
    "Simple",
    "Text",
    "Variable",
    "Word",
]


@dataclass(frozen=True, slots=True)
class Text:
    """Letters as they stand; ``quoted`` ones are neither split nor expanded."""

    value: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """The value of a variable, with what is done to it (``:-``, ``#``, ``//``, ``:``…) and the words that says so."""

    name: str
    operator: str = ""
    rest: tuple[Word, ...] = ()
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Nested:
    """What a block prints (``$(…)``: ``value``), a file of it (``<(…)``: ``source``), input (``>(…)``: ``sink``)."""

    block: Block
    kind: str = "value"
    quoted: bool = False


Piece = Text | Variable | Nested
Word = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where a command reads from or writes to: ``<``, ``>``, ``>>``, ``<<<`` or ``<<`` (its text is the target)."""

    sign: str
    target: Word
    descriptor: str = ""


@dataclass(frozen=True, slots=True)
class Simple:
    """A command: variables set before it (name, word, whether appended), its words, its redirections."""

    assignments: tuple[tuple[str, Word, bool], ...] = ()
    words: tuple[Word, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    exports: bool = False


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands whose output feeds the next."""

    stages: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Commands one after the other, each with whether it runs in the background; ``isolated`` is a subshell."""

    items: tuple[tuple[Node, bool], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """A body run for each value of a variable."""

    variable: str
    values: tuple[Word, ...]
    body: Block


@dataclass(frozen=True, slots=True)
class Define:
    """A function with its body, and the text of the body for a later call of the stream."""

    name: str
    body: Block
    text: str


Node = Simple | Pipeline | Block | Loop | Define
