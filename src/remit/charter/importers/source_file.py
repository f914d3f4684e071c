"""A file to import from: read within bounds, its values and their places kept, so that every complaint has a line."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from remit.charter.importers.escaping import one_line
from remit.charter.reader import read_document
from remit.errors import CharterError, CharterSchemaError, CharterSyntaxError
from remit.finding import Where

__all__ = ["SourceDocument", "read_json", "read_text", "read_yaml"]

LARGEST = 1024 * 1024
_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDocument:
    """A document's plain values and where each was written (by dotted path)."""

    file: str
    values: Mapping[str, object]
    places: Mapping[str, Where]

    def place(self, path: str) -> Where:
        """Where the value at a dotted path stands, or the nearest part around it."""
        while path and path not in self.places:
            path = path.rpartition(".")[0]
        return self.places.get(path, Where(file=self.file, line=1))

    def wrong(self, path: str, message: str, *, hint: str = "") -> CharterSchemaError:
        """The error for a value that is not what its place asks for."""
        return CharterSchemaError(message, code="init.source.schema", hint=hint, where=self.place(path))

    def mapping(self, path: str, value: object) -> Mapping[str, object]:
        """``value`` as a mapping; raises ``CharterSchemaError``."""
        if not isinstance(value, Mapping):
            raise self.wrong(path, f"`{path}` must hold keys and values, not {_kind(value)}")
        return value

    def sequence(self, path: str, value: object) -> list[object]:
        """``value`` as a list; raises ``CharterSchemaError``."""
        if not isinstance(value, list):
            raise self.wrong(path, f"`{path}` must be a list, not {_kind(value)}")
        return value

    def text(self, path: str, value: object) -> str:
        """``value`` as text that shows itself; raises ``CharterSchemaError``."""
        if not isinstance(value, str):
            raise self.wrong(path, f"`{path}` must be text, not {_kind(value)}")
        if not value.isprintable():
            raise self.wrong(path, f"`{one_line(value, limit=80)}` holds a character that does not show")
        return value

    def texts(self, path: str, value: object) -> list[str]:
        """``value`` as a list of texts, one text counting as a list of it; raises ``CharterSchemaError``."""
        if isinstance(value, str):
            return [value]
        return [self.text(f"{path}.{number}", item) for number, item in enumerate(self.sequence(path, value))]


def read_text(path: Path) -> str:
    """The text of a file of at most 1 MiB of UTF-8. Raises ``CharterSyntaxError``."""
    start = Where(file=str(path), line=1)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as problem:
        reason = "it is a folder" if isinstance(problem, IsADirectoryError) else (problem.strerror or "error").lower()
        raise _unreadable(start, f"`{path}` cannot be opened: {reason}") from None
    if len(data) > LARGEST:
        raise _unreadable(start, f"`{path}` is larger than 1 MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        column = problem.start - data.rfind(b"\n", 0, problem.start)
        where = Where(file=str(path), line=line, column=column)
        raise _unreadable(where, f"the byte 0x{data[problem.start]:02x} is not UTF-8") from None


def read_json(path: Path) -> SourceDocument:
    """A JSON file that holds an object. Raises ``CharterSyntaxError``; a key written twice is an error."""
    text = read_text(path)
    try:
        values = json.loads(text, object_pairs_hook=_without_twins, parse_constant=_no_constant)
    except json.JSONDecodeError as problem:
        where = Where(file=str(path), line=problem.lineno, column=problem.colno)
        raise _unreadable(where, f"this is not JSON: {problem.msg.lower()}") from None
    except _TwinKeyError as problem:
        where = _second_place(path, text, problem.key)
        raise _unreadable(where, f"the key `{one_line(problem.key, limit=60)}` is written twice") from None
    except (RecursionError, ValueError) as problem:
        reason = "it is nested too deep" if isinstance(problem, RecursionError) else one_line(str(problem), limit=80)
        raise _unreadable(Where(file=str(path), line=1), f"this is not JSON: {reason}") from None
    if not isinstance(values, dict):
        raise _unreadable(Where(file=str(path), line=1), f"`{path}` holds {_kind(values)}, not an object")
    return SourceDocument(file=str(path), values=values, places=_places(path, text))


def read_yaml(path: Path) -> SourceDocument:
    """A YAML file that holds a mapping, read as strictly as a charter. Raises ``CharterSyntaxError``."""
    try:
        values, places = read_document(read_text(path), path=str(path))
    except CharterError as problem:
        message = problem.message.replace("the charter", "the file")
        raise CharterSyntaxError(message, code=problem.code, hint=problem.hint, where=problem.where) from None
    return SourceDocument(file=str(path), values=values, places=places)


class _TwinKeyError(Exception):
    """A key that an object holds twice."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The object, unless a key comes twice: keeping either would hide the other."""
    values: dict[str, object] = {}
    for key, value in pairs:
        if key in values:
            raise _TwinKeyError(key)
        values[key] = value
    return values


def _no_constant(name: str) -> object:
    """Refuse ``NaN`` and ``Infinity``, which are not JSON."""
    raise ValueError(f"`{name}` is not a JSON value")


def _second_place(path: Path, text: str, key: str) -> Where:
    """The line on which a key stands for the second time, as near as text alone can tell."""
    spelled = json.dumps(key, ensure_ascii=False)
    first = text.find(spelled)
    at = text.find(spelled, first + 1)
    return Where(file=str(path), line=text.count("\n", 0, max(at, 0)) + 1)


def _places(path: Path, text: str) -> Mapping[str, Where]:
    """Where the values of a JSON text stand, read as YAML (of which JSON is nearly a part); empty when that fails."""
    plain = _ESCAPE.sub("______", text.replace("\t", " "))  # what YAML reads otherwise, at its length: places stay
    try:
        return read_document(plain, path=str(path))[1]
    except CharterError:
        return {}


def _kind(value: object) -> str:
    """What a value is, in words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "keys and values"


def _unreadable(where: Where, message: str) -> CharterSyntaxError:
    """The error for a file that cannot be read at all."""
    return CharterSyntaxError(message, code="init.source.unreadable", where=where)
