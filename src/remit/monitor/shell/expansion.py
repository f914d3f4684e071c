"""From pieces to the words a command gets: variables, nested commands, braces, splitting, as bash does it.

What cannot be known is a stand-in that says where it comes from, so that ``kill $(pgrep auditd)`` can still be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import translate
from functools import lru_cache

from remit.monitor.scene import CLOSE, OPEN, Scene, is_known, unknown
from remit.monitor.shell.syntax import Nested, Piece, Text, Variable, Word, pieces_of

__all__ = ["Surroundings", "braces", "fields", "joined"]

_MOST_WORDS = 64
_MOST_LENGTH = 64_000
_HOLD = 0xE100
_SPLIT = re.compile(f"(?:{OPEN}[^{CLOSE}]*{CLOSE}|[^\\s{OPEN}])+")
_BRACE = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(-?\d{1,6})\.\.(-?\d{1,6})|([A-Za-z])\.\.([A-Za-z])")
_ARITHMETIC = re.compile(r"\$?\(\((.*?)\)\)", re.DOTALL)
_SUM = re.compile(r"\s*(-?\d{1,9})\s*(?:([-+*/%])\s*(-?\d{1,9}))?\s*")
_GIVEN = {"HOME": "~", "SHELL": "/bin/bash", "BASH": "/bin/bash", "IFS": " \t\n"}
_OPERATORS = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}

Surroundings = Callable[[Nested], str]
"""Runs a nested block and gives what it prints, or the name of its file."""


def fields(word: Word, scene: Scene, run: Surroundings, params: tuple[str, ...] = ()) -> list[str]:
    """The words one word becomes: none, one or many."""
    if isinstance(word, str):
        if "{" not in word:
            return [word]
        word = pieces_of(word)
    if len(word) == 1 and type(word[0]) is Text:
        text = word[0]
        if text.quoted or "{" not in text.value:
            return [text.value]
    if len(word) < 4 and (whole_list := _listed(word)) is not None:
        return _value(whole_list, scene, run, params).split()[:_MOST_WORDS]
    held: list[tuple[str, bool]] = []
    shape = ""
    for piece in word:
        if isinstance(piece, Text) and not piece.quoted:
            shape += piece.value
        else:
            shape += chr(_HOLD + len(held))
            held.append((_value(piece, scene, run, params), not _is_quoted(piece)))
        if len(held) > 500:
            break
    shapes = braces(shape) if "{" in shape else [shape]
    whole = any(not split for _, split in held)
    own = scene.memory.variables.get("IFS", "")
    if own.strip():
        held = [(_spaced(value, own) if split else value, split) for value, split in held]
    return [one for form in shapes for one in _split(form, held, keep=whole)][:_MOST_WORDS]


def joined(word: Word, scene: Scene, run: Surroundings, params: tuple[str, ...] = ()) -> str:
    """The text of a word that is not split: a value that is set, a target, a heredoc."""
    if isinstance(word, str):
        return word
    return "".join(_value(piece, scene, run, params) for piece in word)[:_MOST_LENGTH]


def braces(text: str) -> list[str]:
    """The words ``a{b,c}`` and ``a{1..3}`` become, at most a few dozen."""
    done: list[str] = []
    waiting = [text]
    for _ in range(4 * _MOST_WORDS):
        if not waiting:
            break
        form = waiting.pop(0)
        parts = next(((match, found) for match in _BRACE.finditer(form) if (found := _choices(match[1]))), None)
        if parts is None:
            done.append(form)
            continue
        match, choices = parts
        waiting.extend(form[: match.start()] + choice + form[match.end() :] for choice in choices[:_MOST_WORDS])
        if len(waiting) + len(done) > _MOST_WORDS:
            break
    return [*done, *waiting][:_MOST_WORDS] or [text]


def _choices(inner: str) -> list[str]:
    """What a pair of braces stands for; nothing where bash leaves it as it is."""
    if "," in inner:
        return inner.split(",")
    if (match := _RANGE.fullmatch(inner)) is None:
        return []
    if match[1]:
        low, high = int(match[1]), int(match[2])
        step = 1 if high >= low else -1
        return [str(number) for number in range(low, high + step, step)][:_MOST_WORDS]
    low, high = ord(match[3]), ord(match[4])
    step = 1 if high >= low else -1
    return [chr(number) for number in range(low, high + step, step)]


def _split(form: str, held: list[tuple[str, bool]], *, keep: bool) -> Iterator[str]:
    """The words of one form, with what was held put back and split where it may be."""
    words: list[str] = []
    current = ""
    started = keep
    for sign in form:
        at = ord(sign) - _HOLD
        if not 0 <= at < len(held):
            current, started = current + sign, True
            continue
        value, may_split = held[at]
        if not may_split or (is_known(value) and not any(space in value for space in " \t\n")):
            current, started = current + value, started or bool(value)
            continue
        parts = _SPLIT.findall(value)
        if value[:1].isspace() and current:
            words.append(current)
            current = ""
        for part in parts[:-1]:
            words.append(current + part)
            current = ""
        if parts:
            current, started = current + parts[-1], True
    if current or (started and not words):
        words.append(current)
    yield from words


def _listed(word: tuple[Piece, ...]) -> Variable | None:
    """The list a word is when it is ``"$@"`` or ``"${name[@]}"`` and nothing else."""
    inner = [piece for piece in word if not (isinstance(piece, Text) and not piece.value)]
    one = inner[0] if len(inner) == 1 else None
    return one if isinstance(one, Variable) and one.quoted and one.name.endswith(("@", "[@]")) else None


def _spaced(value: str, signs: str) -> str:
    """A value with spaces where the shell's own separators (``IFS``) stand."""
    return value.translate({ord(sign): " " for sign in signs}) if is_known(value) else value


def _is_quoted(piece: Piece) -> bool:
    """Whether a piece stands between quotes, so that it is not split."""
    return piece.quoted


def _value(piece: Piece, scene: Scene, run: Surroundings, params: tuple[str, ...]) -> str:
    """The text a piece stands for."""
    if isinstance(piece, Text):
        return piece.value
    if not scene.spend():
        return unknown("too much")
    if isinstance(piece, Nested):
        return run(piece)
    return _expanded(piece, scene, run, params)[:_MOST_LENGTH]


def _expanded(  # noqa: PLR0911 - one case for each operator
    piece: Variable, scene: Scene, run: Surroundings, params: tuple[str, ...]
) -> str:
    """The value of a variable after what is done to it."""
    value = _lookup(piece.name, scene, params)
    if not piece.operator:
        return value
    rest = [joined(word, scene, run, params) for word in piece.rest]
    missing = value == "" or value.startswith(f"{OPEN}variable:")
    first = rest[0] if rest else ""
    match piece.operator:
        case ":-" | "-" | ":=" | "=":
            if missing and "=" in piece.operator:
                scene.memory.remember("variable", piece.name, first)
            return first if missing else value
        case ":+" | "+":
            return first
        case "/" | "//" | "/#" | "/%":
            return _replaced(value, first, rest[1] if len(rest) > 1 else "", every=piece.operator == "//")
        case "#" | "##" | "%" | "%%":
            return str(len(value)) if not piece.name else _stripped(value, first, piece.operator)
        case ":":
            return _slice(value, rest)
        case "^^" | "^":
            return value.upper() if piece.operator == "^^" else value[:1].upper() + value[1:]
        case ",," | ",":
            return value.lower() if piece.operator == ",," else value[:1].lower() + value[1:]
        case _:
            return value


def _lookup(name: str, scene: Scene, params: tuple[str, ...]) -> str:  # noqa: PLR0911 - one line a kind
    """What a variable holds; where that is not known, a stand-in with its name."""
    variables = scene.memory.variables
    if name in variables:
        return variables[name]
    if name.startswith("!"):
        return _lookup(_lookup(name[1:], scene, params), scene, ()) if len(name) > 1 else unknown("child")
    if name.startswith(("((", "$((")):
        return _sum(name, scene, params)
    if name.isdigit():
        at = int(name[:4])
        return params[at - 1] if 0 < at <= len(params) else "" if at else unknown("own:script")
    if name in ("@", "*"):
        return " ".join(params)
    if name == "$":
        return unknown("self")
    if "[" in name:
        bare, _, rest = name.partition("[")
        values = variables.get(bare, "").split()
        index = rest.rstrip("]")
        if index in ("@", "*"):
            return " ".join(values)
        return values[int(index[:4])] if index.isdigit() and int(index[:4]) < len(values) else ""
    if name == "BASH_SOURCE":
        return unknown("own:script")
    if name == "PWD":
        return scene.cwd or unknown("variable:PWD")
    return _GIVEN.get(name) or unknown(f"variable:{name}")


def _sum(text: str, scene: Scene, params: tuple[str, ...]) -> str:
    """The value of simple arithmetic (one operation on two numbers)."""
    match = _ARITHMETIC.search(text)
    inner = match[1] if match else ""
    inner = re.sub(r"\$?\b([A-Za-z_]\w*)\b", lambda found: _lookup(found[1], scene, params), inner[:200])
    numbers = _SUM.fullmatch(inner)
    if numbers is None or (numbers[2] and numbers[2] not in _OPERATORS):
        return unknown("number")
    if not numbers[2]:
        return numbers[1]
    return str(_OPERATORS[numbers[2]](int(numbers[1]), int(numbers[3])))


def _slice(value: str, rest: list[str]) -> str:
    """``${name:from:length}``; a stand-in where the numbers are not plain."""
    numbers = [int(text) for text in re.findall(r"-?\d{1,6}", " ".join(rest))][:2]
    if not numbers or not is_known(value):
        return value if not is_known(value) else unknown("part")
    start = numbers[0] if numbers[0] >= 0 else max(0, len(value) + numbers[0])
    if len(numbers) == 1:
        return value[start:]
    return value[start : start + numbers[1]] if numbers[1] >= 0 else value[start : numbers[1]]


@lru_cache(maxsize=256)
def _pattern(glob: str) -> re.Pattern[str]:
    """A shell pattern as an expression."""
    return re.compile(translate(glob[:200]), re.DOTALL)


def _replaced(value: str, glob: str, by: str, *, every: bool) -> str:
    """The value with what a pattern matches replaced; plain patterns only, others leave it as it is."""
    if not glob or not is_known(value):
        return value
    if any(sign in glob for sign in "*?["):
        if len(glob) > 40 or glob.count("*") > 2:
            return value
        expression = translate(glob).removeprefix("(?s:").rpartition(")")[0]
        return re.sub(expression, lambda _: by, value[:2000], count=0 if every else 1)
    return value.replace(glob, by) if every else value.replace(glob, by, 1)


def _stripped(value: str, glob: str, operator: str) -> str:
    """The value without the shortest or longest start (``#``) or end (``%``) a pattern matches."""
    if len(value) > 2000 or not is_known(value):
        return value
    pattern = _pattern(glob)
    cuts = range(len(value) + 1)
    if operator in ("##", "%"):
        cuts = range(len(value), -1, -1)
    for at in cuts:
        part, left = (value[:at], value[at:]) if operator[0] == "#" else (value[at:], value[:at])
        if pattern.match(part):
            return left
    return value
