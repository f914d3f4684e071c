"""Edits of a case's text: comments, order and layout stay, and what would not read back as meant is never written.

A whole entry (a record, a doubt, an approval) is written as a block of its own; a single field is changed in place.
Every edit is read back and compared with what it should come to; a file is replaced at once or not at all.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from remit.assurance.reader import parse_case, read_values
from remit.charter.patch import Remove, Set, apply, apply_to_text
from remit.charter.writing import write_value
from remit.errors import CaseError, CharterError

__all__ = ["append_approval", "edit_case_file", "put_entry", "set_fields"]

_KEY = re.compile(r"(\S[^:#]*?)\s*:(?:\s|$)")
_EMPTY = re.compile(r":\s*(\{\s*\}|\[\s*\]|null|~)?\s*(#.*)?$")


def edit_case_file(path: Path, edit: Callable[[str], str]) -> str:
    """Change a case file by a function of its text, and give the new text.

    Refused, with the file as it was: a text that no longer reads as a case, and a file somebody else changed meanwhile
    (``CaseError``). The new text replaces the old one in one step.
    """
    target = path.resolve()
    before = _bytes_of(target)
    parse_case(_text_of(before, path), path=str(path))
    after = edit(_text_of(before, path))
    parse_case(after, path=str(path))
    if _bytes_of(target) != before:
        raise CaseError(f"`{path}` was changed by somebody else meanwhile", hint="look at the change, then try again")
    _replace(target, after.encode("utf-8"))
    return after


def put_entry(text: str, section: str, name: str, fields: Mapping[str, object]) -> str:
    """The text with an entry of a section written as a block: in the place of the old one of that name, else the last.

    Raises ``CaseError`` when it cannot be written so that it reads back.
    """
    block = [
        f"  {write_value(name)}:",
        *(f"    {write_value(key)}: {write_value(value)}" for key, value in _pairs(fields)),
    ]
    return _proved(text, (section, name), dict(_pairs(fields)), lambda: _with_block(text, section, name, block))


def set_fields(text: str, section: str, name: str, fields: Mapping[str, object]) -> str:
    """The text with fields of an entry changed or added, or taken away where the value is ``None``.

    An empty ``name`` stands for the section itself. Raises ``CaseError`` where there is no such entry.
    """
    document, _ = _read(text)
    entry = document.get(section)
    if name and isinstance(entry, dict):
        entry = entry.get(name)
    if not isinstance(entry, dict):
        raise CaseError(f"the case has no `{name or section}`", code="assurance.case.usage")
    path = (section, name) if name else (section,)
    for field, value in fields.items():
        if value is not None:
            text = _applied(text, Set(path=(*path, field), value=value))
        elif field in entry:
            text = _applied(text, Remove(path=(*path, field)))
    return text


def append_approval(text: str, fields: Mapping[str, object]) -> str:
    """The text with an approval added at the end of the list."""
    document, _ = _read(text)
    held = document.get("approvals")
    listed = list(held) if isinstance(held, list) else []
    head, *rest = [f"{write_value(key)}: {write_value(value)}" for key, value in _pairs(fields)]
    block = [f"  - {head}", *(f"    {line}" for line in rest)]
    return _proved(
        text, ("approvals",), [*listed, dict(_pairs(fields))], lambda: _with_block(text, "approvals", "", block)
    )


def _pairs(fields: Mapping[str, object]) -> list[tuple[str, object]]:
    """The fields that say something."""
    return [(key, value) for key, value in fields.items() if value not in (None, "", [], {}, ())]


def _proved(text: str, path: tuple[str, ...], value: object, block: Callable[[], str]) -> str:
    """The text edited as a block where that reads back as wanted, else in whatever way does."""
    document, _ = _read(text)
    wanted = apply(document, [Set(path=path, value=value)])
    with suppress(CharterError, CaseError, LookupError):
        edited = block()
        if _read(edited)[0] == wanted:
            return edited
    return _applied(text, Set(path=path, value=value))


def _applied(text: str, operation: Set | Remove) -> str:
    """The text with one edit made by the editor of charters."""
    try:
        return apply_to_text(text, [operation], read=read_values)
    except CharterError as error:
        place = ".".join(str(part) for part in operation.path)
        raise CaseError(f"`{place}` cannot be written: {error.message}", hint="edit the file by hand") from None


def _with_block(text: str, section: str, name: str, block: list[str]) -> str:
    """The lines of a text with a block put into a section; raises ``LookupError`` where the section is not a block."""
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if _key(line) == section and line[:1].strip()), None)
    if start is None:
        return "\n".join([text.rstrip("\n"), "", f"{section}:", *block]) + "\n"
    rest = lines[start][lines[start].index(":") :]
    end = next((at for at in range(start + 1, len(lines)) if _holds(lines[at]) and lines[at][:1].strip()), len(lines))
    last = max((at for at in range(start, end) if _holds(lines[at])), default=start)
    if not _EMPTY.match(rest) or (last > start and rest.rstrip(": \t") and "#" not in rest):
        raise LookupError(section)
    if last == start:
        comment = rest[rest.index("#") :] if "#" in rest else ""
        lines[start] = f"{section}:" + (f"  {comment}" if comment else "")
    first, behind = _entry(lines, start, last, name) if name else (last + 1, last + 1)
    return "\n".join([*lines[:first], *block, *lines[behind:]])


def _entry(lines: list[str], start: int, last: int, name: str) -> tuple[int, int]:
    """The lines an entry takes in its section, or the empty place behind the section's last line."""
    first = next(
        (at for at in range(start + 1, last + 1) if re.match(r"  \S", lines[at]) and _key(lines[at]) == name), None
    )
    if first is None:
        return last + 1, last + 1
    behind = first + 1
    while behind <= last and (lines[behind].startswith("   ") or not lines[behind].strip()):
        behind += 1
    return first, behind


def _key(line: str) -> str:
    """The key a line starts with, empty where it starts with none."""
    found = _KEY.match(line.strip())
    return found[1].strip("\"'") if found and not line.strip().startswith(("#", "- ")) else ""


def _holds(line: str) -> bool:
    """Whether a line says anything but a comment."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _read(text: str) -> tuple[dict[str, object], object]:
    """The plain values of a case's text."""
    try:
        return read_values(text)
    except CharterError as error:
        raise CaseError(error.message, hint=error.hint, where=error.where) from None


def _bytes_of(path: Path) -> bytes:
    """The bytes of a file that is there."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise CaseError(f"`{path}` cannot be opened: {reason}", code="assurance.case.unreadable") from None


def _text_of(data: bytes, path: Path) -> str:
    """The text of a file."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CaseError(f"`{path}` is not UTF-8", code="assurance.case.unreadable") from None


def _replace(path: Path, data: bytes) -> None:
    """Put new bytes in the place of a file, all or none, with the rights the old ones had."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise CaseError(f"`{path}` cannot be written: {(error.strerror or 'error').lower()}") from None
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with suppress(OSError):
            new.chmod(path.stat().st_mode & 0o777)
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise CaseError(f"`{path}` cannot be written: {(error.strerror or 'error').lower()}") from None


def write_beside(case: Path, name: str, data: bytes) -> None:
    """Put a file into the folder of a case, at once or not at all; bytes that are there already are left alone."""
    place = case.resolve().parent / name
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_file() and place.read_bytes() == data:
            return
    except OSError as error:
        raise CaseError(f"`{place}` cannot be written: {(error.strerror or 'error').lower()}") from None
    _replace(place, data)
