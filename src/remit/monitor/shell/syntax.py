"""A shell program as this package sees it: words made of pieces, commands made of words, blocks made of commands."""

from __future__ import annotations

from typing import NamedTuple

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
    "pieces_of",
    "with_redirects",
]


class Text(NamedTuple):
    """Letters as they stand; ``quoted`` ones are neither split nor expanded."""

    value: str
    quoted: bool = False


class Variable(NamedTuple):
    """The value of a variable, with what is done to it (``:-``, ``#``, ``//``, ``:``…) and the words that says so."""

    name: str
    operator: str = ""
    rest: tuple[Word, ...] = ()
    quoted: bool = False


class Nested(NamedTuple):
    """What a block prints (``$(…)``: ``value``), a file of it (``<(…)``: ``source``), input (``>(…)``: ``sink``)."""

    block: Block
    kind: str = "value"
    quoted: bool = False


Piece = Text | Variable | Nested
Word = str | tuple[Piece, ...]
"""Letters as they stand where that is all there is, as in most words; else pieces."""


class Redirect(NamedTuple):
    """Where a command reads from or writes to: ``<``, ``>``, ``>>``, ``<<<`` or ``<<`` (its text is the target)."""

    sign: str
    target: Word
    descriptor: str = ""


class Simple(NamedTuple):
    """A command: variables set before it (name, word, whether appended), its words, its redirections."""

    assignments: tuple[tuple[str, Word, bool], ...] = ()
    words: tuple[Word, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    exports: bool = False


class Pipeline(NamedTuple):
    """Commands whose output feeds the next."""

    stages: tuple[Node, ...]


class Block(NamedTuple):
    """Commands one after the other, each with whether it runs in the background; ``isolated`` is a subshell."""

    items: tuple[tuple[Node, bool], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    isolated: bool = False


class Loop(NamedTuple):
    """A body run for each value of a variable."""

    variable: str
    values: tuple[Word, ...]
    body: Block


class Define(NamedTuple):
    """A function with its body, and the text of the body for a later call of the stream."""

    name: str
    body: Block
    text: str


Node = Simple | Pipeline | Block | Loop | Define


def pieces_of(word: Word) -> tuple[Piece, ...]:
    """The pieces of a word."""
    return (Text(word),) if isinstance(word, str) else word


def with_redirects(node: Node | None, redirects: tuple[Redirect, ...]) -> Node:
    """The node with more redirections; without a command they stand alone (``> file``)."""
    match node:
        case None:
            return Simple(redirects=redirects)
        case Simple():
            return tuple.__new__(Simple, (node.assignments, node.words, (*node.redirects, *redirects), node.exports))
        case Block():
            return tuple.__new__(Block, (node.items, (*node.redirects, *redirects), node.isolated))
        case Pipeline(stages=stages) if stages:
            return Pipeline((*stages[:-1], with_redirects(stages[-1], redirects)))
        case _:
            return Block(items=((node, False),), redirects=redirects)
