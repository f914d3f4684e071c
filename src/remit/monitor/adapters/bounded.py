"""JSON from strangers, read within bounds: duplicate keys, bombs and gigabytes are faults, never a crash.

Two ways in. ``parsed`` reads a text that is in memory. ``Scanner`` pulls values out of a stream piece by piece, so that
a transcript of a gigabyte costs what its largest step costs. Both refuse the same documents, but for ``NaN`` and
``Infinity``, which loggers write: those are nothing in a stream, and in a text where that is asked for.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NoReturn

from remit.errors import EvaluationError

__all__ = ["CHUNK", "DEEPEST", "Budget", "Scanner", "fault", "parsed"]

CHUNK = 1 << 16
"""Bytes read at a time."""
DEEPEST = 200
"""Brackets inside one another."""

_STOPS = re.compile(r'["\\\x00-\x1f]')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_SPACE = re.compile(r"[ \t\r\n]*")
_CONSTANTS: dict[str, None] = {"NaN": None, "Infinity": None, "-Infinity": None}
"""What Python and pydantic write for numbers that are none; JSON does not have them."""
_WORDS = {"true": True, "false": False, "null": None, **_CONSTANTS}
_LONGEST_NUMBER = 400
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def fault(message: str) -> EvaluationError:
    """What is wrong with a document, as the error that says so."""
    return EvaluationError(message, code="evaluation.transcript.malformed")


class Budget:
    """What one value may keep of texts and of structure; ``cut`` counts what was let go."""

    __slots__ = ("characters", "cut", "nodes", "text")

    def __init__(self, *, characters: int = 1 << 23, nodes: int = 1 << 18, text: int = 1 << 20) -> None:
        """``text`` is the most one text keeps."""
        self.characters, self.nodes, self.text, self.cut = characters, nodes, text, 0

    def keep(self, wanted: int) -> int:
        """How many of so many characters may be kept."""
        return min(wanted, self.text, max(self.characters, 0))

    def node(self) -> bool:
        """Whether one more value may be kept; counts it."""
        self.nodes -= 1
        if self.nodes < 0:
            self.cut += 1
        return self.nodes >= 0


def parsed(text: str, *, constants: bool = False) -> object:
    """The value a text spells; with ``constants`` numbers that are none (``NaN``, ``Infinity``) are ``None``.

    Raises ``EvaluationError`` for anything that is not JSON, for a key given twice and for brackets too deep to follow.
    """
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_CONSTANTS.get if constants else _no_constant)
    except RecursionError:
        raise fault("it is nested too deeply") from None
    except ValueError as error:
        raise fault(_plain(error)) from None


def _plain(error: ValueError) -> str:
    """What the parser complained about, without its position in a text nobody sees."""
    said = str(error).partition(":")[0]
    if said.startswith("Unterminated"):
        return "it breaks off inside a text"
    return "it is not JSON" if said.startswith(("Expecting", "Extra")) else f"it is not JSON: {said.lower()[:80]}"


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose keys are all different."""
    found = dict(pairs)
    if len(found) != len(pairs):
        counted = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counted.items() if count > 1)
        raise fault(f"the key `{twice[:40]}` is given twice")
    return found


def _no_constant(word: str) -> NoReturn:
    """Refuse ``NaN`` and ``Infinity``, which JSON does not have."""
    raise fault(f"`{word}` is not JSON")


class Scanner:
    """Pulls JSON values out of a stream of bytes.

    ``more`` gives the next bytes, none at the end. Methods raise ``EvaluationError`` where the text breaks off or is
    not JSON. Nothing is kept but the piece being read.
    """

    __slots__ = ("_at", "_decode", "_gone", "_more", "_text")

    def __init__(self, more: Callable[[], bytes], *, line: int = 1) -> None:
        """Start at the first byte, behind a byte order mark where there is one; it stands in ``line``."""
        self._more = more
        self._gone = line
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("strict").decode
        self._text, self._at = "", 0

    def _refill(self) -> bool:
        """Drop what was read and append the next bytes; false at the end."""
        data = self._more()
        try:
            piece = self._decode(data, final=not data)
        except UnicodeDecodeError:
            raise fault("it is not UTF-8") from None
        self._gone += self._text.count("\n", 0, self._at)
        self._text, self._at = self._text[self._at :] + piece, 0
        return bool(data)

    @property
    def line(self) -> int:
        """The line that is being read."""
        return self._gone + self._text.count("\n", 0, self._at)

    def peek(self) -> str:
        """The next sign that is no space, empty at the end."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._refill():
                return ""

    def _take(self, sign: str) -> None:
        """Go past a sign that has to stand here."""
        found = self.peek()
        if found != sign:
            raise fault("it breaks off" if not found else "it is not JSON")
        self._at += 1

    def end(self) -> None:
        """Demand that nothing follows."""
        if self.peek():
            raise fault("something follows the document")

    def elements(self) -> Iterator[None]:
        """Stop before each element of an array; the caller reads it before it goes on."""
        self._take("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield None
            if self.peek() == "]":
                self._at += 1
                return
            self._take(",")

    def members(self) -> Iterator[str]:
        """Stop before each value of an object and say its key; the caller reads the value before it goes on."""
        self._take("{")
        if self.peek() == "}":
            self._at += 1
            return
        seen: set[str] = set()
        while True:
            self.peek()
            key, _ = self._string(CHUNK)
            if key in seen:
                raise fault(f"the key `{key[:40]}` is given twice")
            seen.add(key)
            self._take(":")
            yield key
            if self.peek() == "}":
                self._at += 1
                return
            self._take(",")

    def value(self, budget: Budget, depth: int = 0) -> object:
        """The next value, as much of it as the budget lets it keep."""
        if depth > DEEPEST:
            raise fault("it is nested too deeply")
        sign = self.peek()
        keeps = budget.node()
        if sign == '"':
            text, whole = self._string(budget.keep(budget.text) if keeps else 0)
            budget.characters -= len(text)
            budget.cut += whole > len(text)
            return text
        if sign == "{":
            found = {key: self.value(budget, depth + 1) for key in self.members()}
            return found if keeps else {}
        if sign == "[":
            values = [self.value(budget, depth + 1) for _ in self.elements()]
            return values if keeps else []
        return self._scalar()

    def _string(self, keep: int) -> tuple[str, int]:
        """A text, its first ``keep`` signs, and how many it has."""
        self._take('"')
        pieces: list[str] = []
        kept = whole = 0
        while True:
            found = _STOPS.search(self._text, self._at)
            stop = found.start() if found else len(self._text)
            piece = self._text[self._at : stop]
            whole += len(piece)
            if kept < keep:
                pieces.append(piece[: keep - kept])
                kept += len(pieces[-1])
            self._at = stop
            if found is None:
                if not self._refill():
                    raise fault("it breaks off inside a text")
                continue
            if found.group() == '"':
                self._at += 1
                return _joined("".join(pieces)), whole
            if found.group() != "\\":
                raise fault("a control character stands in a text")
            whole += 1
            sign = self._escape()
            if kept < keep:
                pieces.append(sign)
                kept += 1

    def _escape(self) -> str:
        """The sign a backslash spells."""
        while len(self._text) - self._at < 6 and self._refill():
            pass
        sign = self._text[self._at + 1 : self._at + 2]
        if sign == "u":
            digits = self._text[self._at + 2 : self._at + 6]
            if re.fullmatch(r"[0-9a-fA-F]{4}", digits):
                self._at += 6
                return chr(int(digits, 16))
        elif sign in _ESCAPES and sign:
            self._at += 2
            return _ESCAPES[sign]
        raise fault("a backslash spells nothing")

    def _scalar(self) -> object:
        """A number, ``true``, ``false`` or ``null``."""
        while len(self._text) - self._at <= _LONGEST_NUMBER and self._refill():
            pass
        for word, value in _WORDS.items():
            if self._text.startswith(word, self._at):
                self._at += len(word)
                return value
        found = _NUMBER.match(self._text, self._at)
        if found is None or len(found.group()) > _LONGEST_NUMBER:
            raise fault("it breaks off" if not self.peek() else "it is not JSON")
        self._at = found.end()
        return json.loads(found.group())


def _joined(text: str) -> str:
    """The text with surrogate pairs, which escapes spell apart, put together; a lone one stays."""
    if not any("\ud800" <= sign <= "\udfff" for sign in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
