"""From the text of a command to its syntax, by tree-sitter's grammar of bash; what cannot be read is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import tree_sitter_bash
from tree_sitter import Language, Parser
from tree_sitter import Node as Leaf

from remit.monitor.encoded.letters import unescape
from remit.monitor.shell.direct import read_directly
from remit.monitor.shell.syntax import (
    Block,
    Define,
    Loop,
    Nested,
    Node,
    Piece,
    Pipeline,
    Redirect,
    Simple,
    Text,
    Variable,
    Word,
    pieces_of,
    with_redirects,
)

__all__ = ["LONGEST", "parse", "parse_whole"]

LONGEST = 32_000
"""Commands are read up to this many bytes; what follows is not looked at."""

_LONGEST_KEPT = 1_000
_LONGEST_NOISE = 3_000
_SIGNS = re.compile(r"[^\w\s./-]")

_DEEPEST = 60
_MOST_LEAVES = 20_000
_WORDS = frozenset((
    "word", "raw_string", "string", "ansi_c_string", "concatenation", "simple_expansion", "expansion", "number",
    "command_substitution", "process_substitution", "arithmetic_expansion", "translated_string", "extglob_pattern",
    "regex", "brace_expression", "variable_name", "special_variable_name", "test_operator", "heredoc_content",
))  # fmt: skip


def parse(text: str) -> tuple[Block, bool]:
    """The commands of a text, and whether all of it could be read; plain ones are read without the grammar.

    What the grammar reads is kept unless it is long; a plain command is read again sooner than a full store is tidied.
    """
    if len(text) > _LONGEST_KEPT:
        return parse_whole(text)
    plain = read_directly(text)
    return (plain, True) if plain is not None else _parsed(text)


@lru_cache(maxsize=2048)
def _parsed(text: str) -> tuple[Block, bool]:
    """What the grammar makes of a text, remembered."""
    return parse_whole(text)


def parse_whole(text: str) -> tuple[Block, bool]:
    """The same by the grammar, whatever the text: what ``read_directly`` is tested against."""
    source = _readable(text)
    tree = _parser().parse(source)
    reader = _Reader(source)
    block = reader.block(tree.root_node)
    return block, not (tree.root_node.has_error or reader.cut or len(text) > len(source))


def _readable(text: str) -> bytes:
    """The part of a text that is parsed: of mere noise little, because the parser takes long over it."""
    if len(text) > _LONGEST_NOISE:
        start = text[:LONGEST]
        signs = sum(1 for _ in _SIGNS.finditer(start))
        noise = signs * 10 > 3 * len(start) or abs(start.count("(") - start.count(")")) > 100
        text = start[:_LONGEST_NOISE] if noise else start
    return text.replace("\0", " ").encode("utf-8", "replace")[:LONGEST]


@lru_cache(maxsize=1)
def _parser() -> Parser:
    """One parser for the process; it keeps nothing from text to text."""
    return Parser(Language(tree_sitter_bash.language()))


class _Reader:
    """Walks a tree; ``cut`` says that something was too deep or too much."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.left = _MOST_LEAVES
        self.cut = False

    def text(self, leaf: Leaf) -> str:
        """The text of a node."""
        return self.source[leaf.start_byte : leaf.end_byte].decode("utf-8", "replace")

    def block(self, leaf: Leaf, depth: int = 0, *, isolated: bool = False) -> Block:
        """The commands among a node's children."""
        return Block(items=tuple(self.items(leaf.children, depth)), isolated=isolated)

    def items(self, leaves: Iterable[Leaf], depth: int) -> Iterator[tuple[Node, bool]]:
        """Each command with whether an ``&`` follows it."""
        held: Node | None = None
        for leaf in leaves:
            kind = leaf.type
            if kind in ("&", ";", "\n", "&&", "||", ";;"):
                if held is not None:
                    yield held, kind == "&"
                held = None
                continue
            node = self.node(leaf, depth + 1)
            if node is not None:
                if held is not None:
                    yield held, False
                held = node
        if held is not None:
            yield held, False

    def node(self, leaf: Leaf, depth: int) -> Node | None:  # noqa: PLR0911 - one case a kind of node
        """One command, or ``None`` for what is no command."""
        self.left -= 1
        if depth > _DEEPEST or self.left < 0:
            self.cut = True
            return None
        match leaf.type:
            case "command" | "declaration_command" | "unset_command" | "test_command" | "variable_assignment":
                return self.simple(leaf, depth)
            case "variable_assignments":
                return Block(items=tuple((self.simple(child, depth), False) for child in leaf.named_children))
            case "pipeline":
                return self.pipeline(leaf, depth)
            case "redirected_statement":
                return self.redirected(leaf, depth)
            case "subshell":
                return self.block(leaf, depth, isolated=True)
            case "function_definition":
                return self.function(leaf, depth)
            case "for_statement":
                return self.loop(leaf, depth)
            case "comment" | "heredoc_body" | "heredoc_end":
                return None
            case _:
                return self.block(leaf, depth) if leaf.named_child_count else None

    def pipeline(self, leaf: Leaf, depth: int) -> Node:
        """The stages of a pipeline; ``|&`` is a pipe as well."""
        stages = [node for child in leaf.named_children if (node := self.node(child, depth + 1)) is not None]
        return Pipeline(tuple(stages))

    def function(self, leaf: Leaf, depth: int) -> Node | None:
        """A function with its body."""
        name, body = leaf.child_by_field_name("name"), leaf.child_by_field_name("body")
        if name is None or body is None:
            return None
        return Define(self.text(name), self.block(body, depth + 1), self.text(body))

    def loop(self, leaf: Leaf, depth: int) -> Node:
        """A ``for`` with its values."""
        variable, body = leaf.child_by_field_name("variable"), leaf.child_by_field_name("body")
        values = tuple(self.word(child, depth + 1) for child in leaf.children_by_field_name("value"))
        inner = Block() if body is None else self.block(body, depth + 1)
        return Loop(self.text(variable) if variable is not None else "", values, inner)

    def simple(self, leaf: Leaf, depth: int) -> Simple:
        """A command with its words, variables and here-string."""
        if leaf.type == "variable_assignment":
            return Simple(assignments=self.assignments([leaf], depth))
        words: list[Word] = []
        redirects: list[Redirect] = []
        assigned: list[Leaf] = []
        for child in leaf.children:
            kind = child.type
            if kind == "command_name":
                words.extend(self.word(part, depth + 1) for part in child.children[:1])
            elif kind == "variable_assignment":
                assigned.append(child)
            elif kind.endswith("redirect"):
                redirects.extend(self.redirects(child, depth + 1))
            elif kind in _WORDS:
                words.append(self.word(child, depth + 1))
            elif (
                not child.is_named
                and not words
                and kind in ("export", "declare", "local", "readonly", "typeset", "unset")
            ):
                words.append(kind)
            elif kind in ("subshell", "test_command", "binary_expression", "unary_expression") or child.is_named:
                words.append(self.text(child))
        exports = leaf.type == "declaration_command"
        return Simple(self.assignments(assigned, depth), tuple(words), tuple(redirects), exports)

    def assignments(self, leaves: Iterable[Leaf], depth: int) -> tuple[tuple[str, Word, bool], ...]:
        """Variables that are set: name, value, whether it is appended."""
        found: list[tuple[str, Word, bool]] = []
        for leaf in leaves:
            name, value = leaf.child_by_field_name("name"), leaf.child_by_field_name("value")
            if name is None:
                continue
            appended = any(child.type == "+=" for child in leaf.children)
            if value is not None and value.type == "array":
                words = [self.word(child, depth + 1) for child in value.named_children]
                pieces = tuple(piece for word in words for piece in (*pieces_of(word), Text(" ")))[:-1]
                found.append((self.text(name), pieces, appended))
            else:
                found.append((self.text(name), () if value is None else self.word(value, depth + 1), appended))
        return tuple(found)

    def redirected(self, leaf: Leaf, depth: int) -> Node | None:
        """A command with redirections; a heredoc may carry the rest of a pipeline or list inside."""
        body: Node | None = None
        redirects: list[Redirect] = []
        after: list[Leaf] = []
        for child in leaf.children:
            if child.type.endswith("redirect"):
                redirects.extend(self.redirects(child, depth + 1))
                if child.type == "heredoc_redirect":
                    after.extend(
                        part
                        for part in child.children
                        if part.type in ("pipeline", "list", "command", "&&", "||") or part.type.endswith("statement")
                    )
            elif child.is_named and body is None:
                body = self.node(child, depth + 1)
        node = with_redirects(body, tuple(redirects))
        for part in after:
            if part.type == "pipeline":
                rest = [
                    inner
                    for inner in (self.node(child, depth + 1) for child in part.named_children)
                    if inner is not None
                ]
                node = Pipeline((node, *rest))
            elif (inner := self.node(part, depth + 1)) is not None:
                node = Block(items=((node, False), (inner, False)))
        return node

    def redirects(self, leaf: Leaf, depth: int) -> Iterator[Redirect]:
        """The redirections a node holds."""
        if leaf.type == "herestring_redirect":
            targets = [child for child in leaf.named_children if child.type in _WORDS]
            for target in targets[:1]:
                yield Redirect("<<<", (*pieces_of(self.word(target, depth)), Text("\n", quoted=True)))
        elif leaf.type == "heredoc_redirect":
            start = next((self.text(child) for child in leaf.children if child.type == "heredoc_start"), "")
            body = next((child for child in leaf.children if child.type == "heredoc_body"), None)
            raw = any(sign in start for sign in "'\"\\")
            if body is not None:
                word: Word = (Text(self.text(body), quoted=True),) if raw else self.quoted(body, depth)
                yield Redirect("<<", word)
            for child in leaf.children:
                if child.type == "file_redirect":
                    yield from self.redirects(child, depth + 1)
        else:
            sign = next((child.type for child in leaf.children if not child.is_named), ">")
            descriptor = next((self.text(child) for child in leaf.children if child.type == "file_descriptor"), "")
            for target in leaf.children_by_field_name("destination") or leaf.named_children[-1:]:
                yield Redirect(sign, self.word(target, depth), descriptor)

    def word(self, leaf: Leaf, depth: int) -> Word:  # noqa: PLR0911 - as above
        """The pieces of one word."""
        self.left -= 1
        if depth > _DEEPEST or self.left < 0:
            self.cut = True
            return ()
        match leaf.type:
            case "raw_string":
                return (Text(self.text(leaf)[1:-1], quoted=True),)
            case "ansi_c_string":
                return (Text(unescape(self.text(leaf)[2:-1]), quoted=True),)
            case "string" | "translated_string":
                inner = leaf.named_children[0] if leaf.type == "translated_string" and leaf.named_children else leaf
                return self.quoted(inner, depth)
            case "concatenation" | "array":
                return self.joined(leaf, depth)
            case "simple_expansion":
                return (Variable(self.text(leaf)[1:]),)
            case "expansion":
                return (self.expansion(leaf, depth),)
            case "command_substitution" | "process_substitution":
                kind = "value" if leaf.type[0] == "c" else "sink" if self.text(leaf).startswith(">") else "source"
                return (Nested(self.block(leaf, depth + 1, isolated=True), kind),)
            case "arithmetic_expansion":
                return (Variable("((" + self.text(leaf) + "))"),)
            case _:
                return _unquoted(self.text(leaf))

    def joined(self, leaf: Leaf, depth: int) -> Word:
        """The pieces of words without a space between them."""
        return tuple(piece for child in leaf.children for piece in pieces_of(self.word(child, depth + 1)))

    def quoted(self, leaf: Leaf, depth: int) -> Word:
        """What stands between double quotes, or in a heredoc: letters as they are, expansions kept."""
        pieces: list[Piece] = []
        at = leaf.start_byte
        end = leaf.end_byte
        if leaf.type == "string":
            at, end = at + 1, end - 1
        for child in leaf.children:
            if child.type in ("simple_expansion", "expansion", "command_substitution", "arithmetic_expansion"):
                pieces.append(Text(_soft(self.source[at : child.start_byte]), quoted=True))
                pieces.extend(piece._replace(quoted=True) for piece in pieces_of(self.word(child, depth + 1)))
                at = child.end_byte
        pieces.append(Text(_soft(self.source[at:end]), quoted=True))
        return tuple(pieces)

    def expansion(self, leaf: Leaf, depth: int) -> Piece:
        """A ``${…}`` with its operator and words."""
        name, operator = "", ""
        rest: list[Word] = []
        for child in leaf.children[1:-1]:
            kind = child.type
            if not name and kind in ("variable_name", "special_variable_name", "subscript"):
                name = operator + self.text(child) if operator == "!" else self.text(child)
                operator = "" if operator == "!" else operator
            elif not child.is_named and not rest and not (operator and name):
                operator += kind
            elif kind in _WORDS or kind in ("binary_expression", "unary_expression"):
                rest.append(self.word(child, depth + 1))
        return Variable(name, operator, tuple(rest))


def _soft(source: bytes) -> str:
    """Letters between double quotes: a backslash only covers a few signs."""
    return re.sub(
        r'\\(\n|[$`"\\])', lambda match: "" if match[1] == "\n" else match[1], source.decode("utf-8", "replace")
    )


def _unquoted(text: str) -> Word:
    """A plain word: a backslash takes the next sign as it is."""
    if "\\" not in text:
        return text
    pieces: list[Piece] = []
    for plain, escaped in re.findall(r"([^\\]+)|\\(\n|.|$)", text, re.DOTALL):
        if plain:
            pieces.append(Text(plain))
        elif escaped != "\n":
            pieces.append(Text(escaped, quoted=True))
    return tuple(pieces)
