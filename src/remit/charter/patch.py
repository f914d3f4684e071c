"""Edits of a charter: tried out on plain values, written into the text, shown as a unified diff.

``apply`` works on the document, ``apply_to_text`` on what the author wrote; reading the second gives the first. With
``reader`` the only module that knows the YAML library.
"""

from __future__ import annotations

import copy
import difflib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from remit.charter.reader import read_document
from remit.charter.splice import Entry, Span, append_item, remove_entry, set_value
from remit.errors import CharterConflictError, CharterSyntaxError
from remit.finding import Where

__all__ = ["Append", "Operation", "Path", "Remove", "Set", "apply", "apply_to_text", "unified_patch"]

Path = str | Sequence[str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """Write ``value`` at ``path``, replacing what is there or adding a key; missing mappings on the way are made.

    A path is dotted (``grants.0.tool``) or, when a key holds a dot, a sequence (``("helps", "cap.shell")``).
    """

    path: Path
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Take away the key or list entry at ``path``."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """Add ``value`` at the end of the list at ``path``.

    A missing list is made; a single text that stands there becomes the list's first entry.
    """

    path: Path
    value: object


Operation = Set | Remove | Append
Reader = Callable[[str], tuple[dict[str, object], dict[str, Where]]]


def apply(document: Mapping[str, object], operations: Iterable[Operation]) -> dict[str, object]:
    """A new document with the operations carried out in order; the given one is not touched.

    Raises ``CharterConflictError`` for a path that leads nowhere.
    """
    result: dict[str, object] = copy.deepcopy(dict(document))
    for operation in operations:
        _carry_out(result, operation)
    return result


def apply_to_text(source: str, operations: Iterable[Operation], *, read: Reader = read_document) -> str:
    """The charter's text with the operations carried out; comments and layout outside the edits stay.

    ``read`` gives the values of a text, for documents other than charters. Raises ``CharterSyntaxError`` when
    ``source`` cannot be read and ``CharterConflictError`` as ``apply`` does.
    """
    text = source
    document, _ = read(text)
    for operation in operations:
        document = apply(document, [operation])
        text = _edited(text, operation, document, read)
    return text


def unified_patch(old_text: str, new_text: str, path: str) -> str:
    """The change of one file as a unified diff, as ``git apply`` takes it; empty when nothing changed."""
    old, new = old_text.splitlines(keepends=True), new_text.splitlines(keepends=True)
    lines = difflib.unified_diff(old, new, f"a/{path}", f"b/{path}")
    return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)


def _edited(text: str, operation: Operation, wanted: dict[str, object], read: Reader) -> str:
    """The text after one operation: the smallest edit that reads back as wanted, else a rewrite that does."""
    edits: tuple[Callable[[str, Operation], str], ...] = (
        lambda text, operation: _spliced(text, operation, wanted),
        _round_trip,
        lambda _text, _operation: _written(wanted),
    )
    for edit in edits:
        try:
            edited = edit(text, operation)
            found, _ = read(edited)
        except (CharterSyntaxError, LookupError, ValueError, TypeError):
            continue
        if _same(found, wanted):
            return edited
    raise CharterConflictError(f"the edit at `{_dotted(operation.path)}` cannot be written as YAML")


def _same(left: object, right: object) -> bool:
    """Whether two plain values are equal in type too: ``1``, ``1.0`` and ``true`` are three values."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(_same(one, other) for one, other in zip(left, right, strict=True))
    return type(left) is type(right) and left == right


def _spliced(text: str, operation: Operation, wanted: object) -> str:
    """The text edited in place; ``wanted`` is the document it must read back as."""
    root = _span(YAML(typ="safe", pure=True).compose(text))
    path, span = _indexed(root, _parts(operation.path))
    match operation:
        case Set():
            return set_value(text, root, path, operation.value)
        case Append() if span is None or span.kind == "list":
            return append_item(text, root, path, operation.value)
        case Append():
            for part in path:
                wanted = _child(wanted, part)
            return set_value(text, root, path, wanted)
        case Remove():
            return remove_entry(text, root, path)


def _child(value: object, part: str | int) -> object:
    """The entry of a plain container."""
    return value[part] if isinstance(value, list | dict) else None  # type: ignore[index]  # lists come with numbers


def _indexed(root: Span, path: Sequence[str | int]) -> tuple[list[str | int], Span | None]:
    """The path with indices of lists as numbers, and the span it leads to when there is one."""
    found: list[str | int] = []
    span: Span | None = root
    for part in path:
        key = int(part) if span is not None and span.kind == "list" else part
        found.append(key)
        entries = span.entries if span is not None else ()
        span = next((entry.value for entry in entries if entry.key == key), None)
    return found, span


def _span(node: Node) -> Span:
    """Where a node and everything in it stands."""
    start, end = node.start_mark.index, node.end_mark.index
    match node:
        case MappingNode():
            entries = tuple(
                Entry(key=str(key.value), start=key.start_mark.index, key_end=key.end_mark.index, value=_span(value))
                for key, value in node.value
            )
            return Span(kind="mapping", start=start, end=end, flow=bool(node.flow_style), entries=entries)
        case SequenceNode():
            spans = [_span(item) for item in node.value]
            entries = tuple(
                Entry(key=index, start=span.start, key_end=span.start, value=span) for index, span in enumerate(spans)
            )
            return Span(kind="list", start=start, end=end, flow=bool(node.flow_style), entries=entries)
        case ScalarNode():
            return Span(kind="scalar", start=start, end=end, flow=False)
        case _:
            raise TypeError(type(node).__name__)


def _round_trip(text: str, operation: Operation) -> str:
    """The text loaded with its comments, edited, and written again."""
    yaml = _round_trip_yaml()
    loaded: Any = yaml.load(text)
    _carry_out(loaded, operation)
    stream = io.StringIO()
    yaml.dump(loaded, stream)
    return stream.getvalue()


def _written(document: Mapping[str, object]) -> str:
    """The document written anew, without comments: the last resort where aliases share what is edited."""
    stream = io.StringIO()
    _round_trip_yaml().dump(copy.deepcopy(dict(document)), stream)
    return stream.getvalue()


def _round_trip_yaml() -> YAML:
    """The writer's settings."""
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _carry_out(document: Any, operation: Operation) -> None:
    """Change a document in place."""
    path = _parts(operation.path)
    if not path:
        raise _nowhere(operation.path)
    making = not isinstance(operation, Remove)
    parent = _walk(document, path[:-1], operation.path, making=making)
    key = _key(parent, path[-1], operation.path)
    match operation:
        case Set():
            parent[key] = copy.deepcopy(operation.value)
        case Append():
            held = parent[key] if _has(parent, key) else None
            if held is None:
                parent[key] = [copy.deepcopy(operation.value)]
            elif isinstance(held, list):
                held.append(copy.deepcopy(operation.value))
            elif isinstance(held, str):
                parent[key] = [held, copy.deepcopy(operation.value)]
            else:
                raise _nowhere(operation.path)
        case Remove():
            if not _has(parent, key):
                raise _nowhere(operation.path)
            del parent[key]


def _walk(document: Any, path: Sequence[str | int], whole: Path, *, making: bool) -> Any:
    """The container at a path; missing mappings are made when ``making``."""
    here = document
    for part in path:
        key = _key(here, part, whole)
        if not _has(here, key) or here[key] is None:
            if not making or isinstance(here, list):
                raise _nowhere(whole)
            here[key] = {}
        here = here[key]
    return here


def _key(container: Any, part: str | int, whole: Path) -> str | int:
    """The key or index of a container that a part of a path means."""
    if isinstance(container, list):
        if not str(part).isdecimal() or int(part) >= len(container):
            raise _nowhere(whole)
        return int(part)
    if not isinstance(container, dict):
        raise _nowhere(whole)
    return str(part)


def _has(container: Any, key: str | int) -> bool:
    """Whether a container has a key or index."""
    return isinstance(container, list) or key in container


def _parts(path: Path) -> list[str | int]:
    """The parts of a path."""
    return list(path.split(".")) if isinstance(path, str) else list(path)


def _dotted(path: Path) -> str:
    """A path as it is shown."""
    return path if isinstance(path, str) else ".".join(str(part) for part in path)


def _nowhere(path: Path) -> CharterConflictError:
    """The error for a path that leads nowhere."""
    return CharterConflictError(
        f"there is nothing at `{_dotted(path)}` in the charter",
        code="charter.conflict.no-such-place",
        hint="paths are dotted, with list entries counted from 0: `grants.0.args.to`",
    )
