"""Conditions written in CEL (``call.recipients > 5``): compiled when the charter is read, bounded when evaluated.

The only module that knows the CEL library, which is imported when a condition is first compiled (it is slow to start).
Names: ``call.tool``, ``call.args.NAME``, ``call.recipients`` (a count), ``call.effects`` (a list), ``budget.NAME.left``
and ``budget.NAME.used``, ``session.NAME``. Regular expressions run in the library's linear-time engine; comprehensions
nest at most once; the values a condition sees are bounded.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from remit.charter.answer import Answer, Undecidable
from remit.charter.expression import (
    Likeness,
    Token,
    chains,
    comparisons,
    likenesses,
    macro_depth,
    macro_names,
    tokenize,
)
from remit.charter.faults import listed, nearest
from remit.errors import CharterSchemaError

__all__ = ["CompiledCondition", "compile_condition", "full_match", "never_matches", "regex_fault"]

LONGEST = 2000  # characters of a condition
MOST_VALUES = 2000  # values a condition may look at
MOST_TEXT = 256 * 1024  # characters a condition may look at
CALL_NAMES = ("tool", "args", "recipients", "effects")
BUDGET_NAMES = ("left", "used")
ROOTS = ("call", "budget", "session")
FUNCTIONS = frozenset(
    "size contains startsWith endsWith matches int uint double string bool bytes type dyn timestamp duration max min "
    "getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours getMinutes getSeconds "
    "getMilliseconds".split()
)
_MISSING = object()
_PYTHON = {"and": "&&", "or": "||", "not": "!", "is": "==", "len": "size", "True": "true", "False": "false"}
_TYPES = frozenset({"int", "uint", "double", "string", "bool", "bytes", "list", "map", "null_type", "type"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledCondition:
    """A condition ready to be evaluated.

    ``budgets`` are the budget names it reads, ``arguments`` those of the call, ``None`` where it may read any.
    """

    text: str
    budgets: frozenset[str]
    arguments: frozenset[str] | None
    likenesses: tuple[Likeness, ...]
    _program: Any

    def evaluate(
        self, *, call: Mapping[str, object], budget: Mapping[str, object], session: Mapping[str, object]
    ) -> Answer:
        """Whether the condition holds; ``Undecidable`` for an error, a result that is no truth value, or too much."""
        seen = {"call": call, "budget": budget, "session": session}
        reason = _too_much(seen) or next(filter(None, (_unlike(pair, seen) for pair in self.likenesses)), "")
        if reason:
            return Undecidable(reason=reason)
        try:
            result = self._program.execute(seen)
        except Exception as error:  # noqa: BLE001 - whatever the library raises, the answer is: not decided
            return Undecidable(reason=f"`{self.text}`: {_first_line(error)}")
        if isinstance(result, bool):
            return result
        return Undecidable(reason=f"`{self.text}` gives `{result!r:.60}`, which is neither true nor false")


def compile_condition(text: str, *, names: Collection[str]) -> CompiledCondition:
    """Compile a condition; ``names`` are the charter's budgets.

    Raises ``CharterSchemaError`` for a text that is no CEL, too long or nested too deep, or uses an unknown name.
    """
    if len(text) > LONGEST:
        raise _bad(f"the condition is longer than {LONGEST} characters")
    tokens = tokenize(text)
    if macro_depth(tokens) > 2:
        raise _bad(f"`{text}`: comprehensions are nested deeper than two", hint="write a simpler condition")
    cel = _library()
    try:
        program = cel.compile(text)
        functions = [name for name in program.functions() if name[0].isalpha()]
    except Exception as error:  # noqa: BLE001 - the library promises no single class
        raise _bad(f"`{text}` is not a CEL expression", hint=_syntax_hint(text, tokens, error)) from None
    _check_functions(text, functions)
    budgets = _check_names(text, tokens, names)
    compared = tuple(pair for pair in likenesses(tokens) if any(path[0] in ROOTS for path in pair.paths))
    return CompiledCondition(
        text=text, budgets=frozenset(budgets), arguments=_arguments(tokens), likenesses=compared, _program=program
    )


def never_matches(text: str, *, tool: str | None = None) -> bool:
    """Whether a condition can never hold, as far as a conjunction of comparisons with constants shows it.

    ``tool`` is the tool the limit names, if any. False means "not shown", not "can hold".
    """
    low: dict[str, float] = {}
    high: dict[str, float] = {}
    equal: dict[str, object] = {"call.tool": tool} if tool not in (None, "*") else {}
    for path, operator, value in comparisons(tokenize(text)) or ():
        if path == "false":
            return True
        if operator == "==":
            if path in equal and equal[path] != value:
                return True
            equal[path] = value
        if isinstance(value, float):
            _narrow(low, high, path, operator, value)
    counted = {path for path in {*low, *high} if path == "call.recipients" or path.startswith("budget.")}
    for path in counted:
        low[path] = max(low.get(path, 0.0), 0.0)
    return any(low[path] > high[path] for path in low.keys() & high.keys())


def full_match(pattern: str, text: str) -> Answer:
    """Whether the whole text has the form of a regular expression (RE2 syntax, linear time)."""
    cel = _library()
    if len(text) > MOST_TEXT:
        return Undecidable(reason=f"a text of more than {MOST_TEXT} characters")
    try:
        anywhere = cel.evaluate("text.matches(pattern)", {"text": text, "pattern": pattern})
        whole = cel.evaluate("text.matches(pattern)", {"text": text, "pattern": rf"\A(?:{pattern})\z"})
    except Exception as error:  # noqa: BLE001 - whatever the library raises, the answer is: not decided
        return Undecidable(reason=f"`{pattern}`: {_first_line(error)}")
    return bool(anywhere and whole)


def regex_fault(pattern: str) -> str | None:
    """What is wrong with a regular expression, ``None`` when it can be used."""
    cel = _library()
    for written in (pattern, rf"\A(?:{pattern})\z"):
        try:
            cel.evaluate("text.matches(pattern)", {"text": "", "pattern": written})
        except Exception as error:  # noqa: BLE001 - the library promises no single class
            lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [""]
            reason = lines[-1].removeprefix("error: ").removesuffix("Check function arguments and their types.")
            return reason.strip().rstrip(".")[:120] or "it cannot be compiled"
    return None


@cache
def _library() -> Any:
    """The library without its own command line, whose terminal takes longer to import than remit's whole reader."""
    blank = ModuleType("cel.cli")
    placed = "cel" not in sys.modules and sys.modules.setdefault(blank.__name__, blank) is blank
    try:
        import cel
    finally:
        if placed:
            del sys.modules[blank.__name__]
    if placed:
        vars(cel).pop("cli", None)  # whoever wants it can still import it
    return cel


def _narrow(low: dict[str, float], high: dict[str, float], path: str, operator: str, value: float) -> None:
    """Take a comparison into account; strict bounds move by the smallest step that can matter for a contradiction."""
    step = 1e-9 * max(1.0, abs(value))
    if operator in (">", ">=", "=="):
        low[path] = max(low.get(path, value), value + (step if operator == ">" else 0.0))
    if operator in ("<", "<=", "=="):
        high[path] = min(high.get(path, value), value - (step if operator == "<" else 0.0))


def _check_functions(text: str, functions: Collection[str]) -> None:
    """Refuse functions CEL does not have."""
    for name in functions:
        if name not in FUNCTIONS:
            close = _PYTHON.get(name) or nearest(name, FUNCTIONS)
            hint = f"did you mean `{close}`?" if close else f"functions are {listed(sorted(FUNCTIONS), most=40)}"
            raise _bad(f"`{text}`: unknown function `{name}`", hint=hint)


def _check_names(text: str, tokens: list[Token], budgets: Collection[str]) -> set[str]:
    """Refuse names that are not there; returns the budgets that are read."""
    bound = macro_names(tokens)
    for name in bound & {*ROOTS}:
        raise _bad(f"`{text}`: `{name}` cannot be used as the name of an element", hint="choose another letter")
    used: set[str] = set()
    for chain in chains(tokens):
        root, members = chain[0], chain[1:]
        if root in bound or root in _TYPES:
            continue
        if root not in ROOTS:
            close = nearest(root, ROOTS)
            suggestion = f"did you mean `{close}`? " if close else ""
            raise _bad(
                f"`{text}`: unknown name `{root}`", hint=f"{suggestion}a condition sees `call`, `budget` and `session`"
            )
        if root == "call":
            _known(text, "call", members, 0, CALL_NAMES)
        elif root == "budget":
            used.add(_known(text, "budget", members, 0, sorted(budgets)))
            _known(text, ".".join(chain[:2]), members, 1, BUDGET_NAMES)
        elif not members:
            raise _bad(f"`{text}`: `session` needs a name behind it")
    return used


def _unlike(pair: Likeness, seen: Mapping[str, object]) -> str:
    """Why two values that are compared can never be the same, whatever they are: they are of different kinds.

    CEL answers ``"1,000,000" == 1000000`` with no, and a limit that asks would be passed by a text.
    """
    found = set(pair.kinds)
    for path in pair.paths:
        value: object = seen
        for member in path:
            value = value.get(member, _MISSING) if isinstance(value, Mapping) else _MISSING
        if value is _MISSING:
            continue
        kind = _kind_of(value)
        if found and kind not in found:
            return f"`{'.'.join(path)}` is a {kind}, compared with a {' or a '.join(sorted(found))}"
        found = {kind} if len(pair.paths) > 1 else found
    return ""


def _kind_of(value: object) -> str:
    """What kind of value a condition sees."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if value is None:
        return "null"
    return "text" if isinstance(value, str) else "mapping" if isinstance(value, Mapping) else "list"


def _arguments(tokens: list[Token]) -> frozenset[str] | None:
    """The arguments a condition reads by name, ``None`` when it looks at all of them or chooses one as it goes."""
    read = [chain for chain in chains(tokens) if chain[0] == "call" and chain[1:2] in ((), ("args",))]
    return None if any(len(chain) < 3 for chain in read) else frozenset(chain[2] for chain in read)


def _known(text: str, path: str, members: tuple[str, ...], index: int, allowed: Collection[str]) -> str:
    """The member of a chain when it is one of the allowed names."""
    if len(members) > index and members[index] in allowed:
        return members[index]
    names = listed([f"{path}.{name}" for name in allowed]) if allowed else "none: the charter has no `budget:`"
    if len(members) <= index:
        raise _bad(f"`{text}`: `{path}` needs a name behind it", hint=f"allowed: {names}")
    close = nearest(members[index], allowed)
    suggestion = f"did you mean `{path}.{close}`? " if close else ""
    raise _bad(f"`{text}`: unknown name `{path}.{members[index]}`", hint=f"{suggestion}allowed: {names}")


def _too_much(value: object) -> str:
    """Why a condition may not look at a value: too many parts or too much text; empty when it may."""
    pending: list[object] = [value]
    values = text = 0
    while pending:
        part = pending.pop()
        values += 1
        if isinstance(part, str | bytes):
            text += len(part)
        elif isinstance(part, Mapping):
            pending.extend(part.values())
            text += sum(len(str(key)) for key in part)
        elif isinstance(part, list | tuple | set | frozenset):
            pending.extend(part)
        if values + len(pending) > MOST_VALUES:
            return f"more than {MOST_VALUES} values to look at"
        if text > MOST_TEXT:
            return f"more than {MOST_TEXT} characters to look at"
    return ""


def _syntax_hint(text: str, tokens: list[Token], error: Exception) -> str:
    """What to write instead of a text CEL cannot read."""
    for token in tokens:
        if token.kind == "name" and token.text in _PYTHON:
            return f"CEL writes `{_PYTHON[token.text]}` for `{token.text}`"
    found = re.search(r"<input>:1:(\d+): Syntax error: (?:mismatched|extraneous) input '([^']*)'", str(error))
    if found is None:
        return _first_line(error)
    word = "the end" if found[2] == "<EOF>" else f"`{found[2]}`"
    return f"CEL did not expect {word} after `{text[: int(found[1]) - 1].rstrip()[-30:]}`"


def _first_line(error: Exception) -> str:
    """The first line of a library's message, without its prefix."""
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    if isinstance(error, KeyError):
        return f"there is no `{error.args[0]}`"
    _, marker, problem = line.partition("Syntax error: ")
    return f"CEL says: {problem if marker else line}"[:160]


def _bad(message: str, *, hint: str = "") -> CharterSchemaError:
    """The error about a condition."""
    return CharterSchemaError(message, code="charter.schema.bad-condition", hint=hint)
