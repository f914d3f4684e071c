"""A direct reader of plain commands: words and quotes, ``&&``, ``||``, ``|``, ``;``, redirections to plain paths.

Most commands are of this kind, and reading them through the grammar costs more than following them. What this reader
gives is what the grammar gives, quirks included (a redirection after ``a && b`` is one of both); whatever has any other
sign in it (``$``, a backslash, a brace, a parenthesis, a word of the shell's own syntax) it leaves to the grammar.
"""

from __future__ import annotations

import re

from remit.monitor.shell.syntax import Block, Node, Pipeline, Redirect, Simple, Text, Word, with_redirects

__all__ = ["read_directly"]

_LONGEST = 1_000
_MOST_SIGNS = 24
_PLAIN = "[A-Za-z0-9_./:,@%+^~*?=-]"
_ENDED = r"(?=[\s;&|<>]|$)"
_TOKEN = re.compile(
    r"([ \t]*)(?:((?=[12<>&|;\n])(?:[12]?>&[12]|[12]?>>?|<|&&|\|\||[|;&\n]))"
    rf"|((?!=){_PLAIN}++{_ENDED}(?:[ \t]+(?![12]>|=){_PLAIN}++{_ENDED})*+)"
    rf"""|((?:{_PLAIN}+|'[^']*'|"[^"\\$`!]*")+)|(\#[^\n]*)|(.))""",
    re.ASCII | re.DOTALL,
)
_PIECE = re.compile(r"""'([^']*)'|"([^"]*)"|([^'"]+)""")
_NAME = re.compile(r"[A-Za-z0-9./][\w./-]*", re.ASCII)
_SYNTAX = frozenset(
    """
    if then else elif fi for while until do done case esac select function in time coproc export declare typeset local
    readonly unset unsetenv test
    """.split()
)
_CLOSED: Word = "-"
_ENDS = frozenset((";", "\n", "&"))
_LISTS = frozenset(("&&", "||"))


def read_directly(text: str) -> Block | None:
    """The commands of a text as the grammar reads them, or ``None`` where it is not surely plain."""
    if len(text) > _LONGEST or not text.isascii():
        return None
    tokens = _TOKEN.findall(text.strip())
    if len(tokens) == 1 and tokens[0][2]:
        return _only_words(tokens[0][2].split())
    reader = _Reader()
    for space, sign, words, word, comment, other in tokens:
        if words:
            if not reader.run(words.split(), space):
                return None
        elif word:
            if not reader.word(word, space):
                return None
        elif sign:
            if not reader.sign(sign, space):
                return None
        elif other or (comment and not (space or reader.fresh)):
            return None
    return reader.whole()


def _only_words(words: list[str]) -> Block | None:
    """A command of words without quotes and nothing else, as many are."""
    if not _SYNTAX.isdisjoint(words) or _NAME.fullmatch(words[0]) is None:
        return None
    return _alone(tuple(words))


def _alone(words: tuple[Word, ...]) -> Block:
    """A command of these words and nothing else."""
    simple = tuple.__new__(Simple, ((), words, (), False))
    return tuple.__new__(Block, (((simple, False),), (), False))


class _Reader:
    """What was read so far: statements, the list and the stages before the command at hand, and its words.

    ``target`` is the redirection whose path comes next; ``fresh`` is whether a sign that ends words came last,
    ``pipes`` how many of them stand in the pipeline at hand.
    """

    __slots__ = ("before", "fresh", "items", "pipes", "redirects", "signs", "stages", "target", "words")

    def __init__(self) -> None:
        """Start with nothing read."""
        self.items: list[tuple[Node, bool]] = []
        self.before: Node | None = None
        self.stages: list[Node] = []
        self.words: list[Word] = []
        self.redirects: list[Redirect] = []
        self.target = ""
        self.fresh = True
        self.signs = 0
        self.pipes = 0

    def run(self, words: list[str], space: str) -> bool:
        """Take words without quotes in, all that stand together; false where only the grammar knows what one is."""
        if self.target or self.redirects:
            for word in words:
                if not self.word(word, space):
                    return False
                space = " "
            return True
        if not (space or self.fresh) or not _SYNTAX.isdisjoint(words):
            return False
        if not self.words and _NAME.fullmatch(words[0]) is None:
            return False
        self.fresh = False
        self.words += words
        return True

    def word(self, text: str, space: str) -> bool:
        """Take a word in; false where only the grammar knows what it is."""
        if not (space or self.fresh) or text in _SYNTAX:
            return False
        self.fresh = False
        read: Word = _pieces(text) if "'" in text or '"' in text else text
        if target := self.target:
            descriptor = target[0] if target[0] in "12" else ""
            self.redirects.append(tuple.__new__(Redirect, (target[len(descriptor) :], read, descriptor)))
            self.target = ""
        elif self.redirects or (not self.words and _NAME.fullmatch(text) is None) or text[0] == "=":
            return False
        else:
            self.words.append(read)
        return True

    def sign(self, sign: str, space: str) -> bool:
        """Take a sign in; false where it stands in a place that only the grammar knows about."""
        self.signs += 1
        if self.target or not self.words or self.signs > _MOST_SIGNS:
            return False
        if sign == "|":
            self.pipes += 1
            self._stage()
        elif sign in _LISTS or sign in _ENDS:
            if self.pipes > 1:
                return False  # the grammar takes what follows `a | b | c` now into its last stage, now not
            self.pipes = 0
            if sign in _LISTS:
                self._list()
            else:
                self._end(behind=sign == "&")
        elif not space or self.words[-1] == _CLOSED:
            return False
        elif "&" in sign:
            descriptor = sign[0] if sign[0] != ">" else ""
            self.redirects.append(tuple.__new__(Redirect, (">&", sign[-1], descriptor)))
            self.fresh = False
            return True
        else:
            self.target = sign
        self.fresh = True
        return True

    def whole(self) -> Block | None:
        """All of it; ``None`` where something is missing at its end."""
        if self.target or (not self.words and (self.stages or self.before is not None or not self.items)):
            return None
        if not (self.items or self.stages or self.redirects or self.before is not None):
            return _alone(tuple(self.words))
        if self.words:
            self._end(behind=False)
        return tuple.__new__(Block, (tuple(self.items), (), False))

    def _stage(self) -> None:
        """Put the command at hand behind those it reads from; its redirections are of all that stands before them."""
        self.stages.append(tuple.__new__(Simple, ((), tuple(self.words), (), False)))
        self.words = []
        if self.redirects:
            whole = with_redirects(self._joined(), tuple(self.redirects))
            self.redirects, self.before, self.stages = [], None, [whole]

    def _joined(self) -> Node:
        """The list that was read with the stages after it."""
        last = self.stages[0] if len(self.stages) == 1 else Pipeline(tuple(self.stages))
        if self.before is None:
            return last
        return tuple.__new__(Block, (((self.before, False), (last, False)), (), False))

    def _list(self) -> None:
        """Put the stages at hand into the list."""
        self._stage()
        self.before, self.stages = self._joined(), []

    def _end(self, *, behind: bool) -> None:
        """Finish a statement."""
        self._stage()
        self.items.append((self._joined(), behind))
        self.before, self.stages = None, []


def _pieces(text: str) -> Word:
    """The pieces of a word with quotes in it."""
    found = _PIECE.findall(text)
    return tuple([tuple.__new__(Text, (plain or raw or soft, not plain)) for raw, soft, plain in found])
