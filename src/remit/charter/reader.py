"""Read a charter: bytes to text to plain values to the model, with the place of everything that is wrong.

The only module, with ``patch``, that knows the YAML library. Sizes are checked before parsing, depth and aliases while
parsing, so that no document makes the reader use more than its bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from remit.charter.assembly import assemble
from remit.charter.faults import error_from, fault
from remit.charter.model import Charter
from remit.charter.plain_lines import read_plainly
from remit.charter.positions import CONTROL, Bounds, DocumentBuilder, plain_copy
from remit.errors import CharterError
from remit.finding import Finding, Where

__all__ = ["charter_from_document", "diagnose", "find_charter", "parse_charter", "read_charter", "read_document"]

LARGEST = 1024 * 1024  # bytes of a charter file
FILE_NAME = "remit.yaml"
_CHARTER_BOUNDS = Bounds(size=LARGEST)

_LONG_WORD = re.compile(r"!\S{1000}|[&*][^\s,\[\]{}]{1000}")  # the parser takes quadratic time for these
_DIRECTIVE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*%")
_CORE_TAG = "tag:yaml.org,2002:"
_YAML_PROBLEMS = (
    ("expected `,` or", "a bracket{opened}, is not closed before this", "close it, or put a comma between the entries"),
    ("unexpected end of stream", "a quoted text{opened}, is not closed", "close the quote"),
    ("expected <block end>", "this line does not fit the ones above it", "indent it like its neighbours, with spaces"),
    ("mapping values are not allowed", "a second `: ` stands in one value", "put quotes around a text that holds `: `"),
    ("expected `<document start>`", "this does not belong to what stands above it", "write `key: value` lines"),
    ("expected the node content", "a value is missing here", "write one, or delete the sign"),
    ("cannot start any token", "this character cannot start a value", "put quotes around the text"),
    (
        "could not find expected `:`",
        "a key without a colon",
        "put `: ` behind it, or quotes around a text over several lines",
    ),
)


def read_charter(path: str | Path) -> Charter:
    """Read and check a charter file.

    Raises ``CharterSyntaxError`` (not YAML), ``CharterSchemaError`` (not a charter) or ``CharterConflictError`` (names
    or numbers that do not fit together); each carries everything that was found in ``findings``.
    """
    return parse_charter(_read_text(Path(path)), path=str(path))


def parse_charter(text: str, *, path: str = FILE_NAME) -> Charter:
    """Read a charter from text; ``path`` is the file name shown in places. Raises as ``read_charter``."""
    document, places = read_document(text, path=path)
    charter, findings = assemble(document, path=path, source=text, places=places)
    if charter is None or findings:
        raise error_from(findings)
    return charter


def charter_from_document(document: Mapping[str, object], *, path: str = FILE_NAME, source: str = "") -> Charter:
    """Check plain values and turn them into a charter, without YAML: for edits tried out by the hundred.

    Every place is line 1 of ``path``. The document is copied. Raises as ``read_charter``.
    """
    start = Where(file=path, line=1)
    copied = plain_copy(document, start)
    charter, findings = assemble(copied, path=path, source=source, places={"": start})
    if charter is None or findings:
        raise error_from(findings)
    return charter


def diagnose(text: str, path: str = FILE_NAME) -> list[Finding]:
    """Everything that is wrong with the form of a charter, in order of place; empty when it can be read."""
    try:
        parse_charter(text, path=path)
    except CharterError as error:
        return [finding for finding in error.findings if isinstance(finding, Finding)]
    return []


def find_charter(start: Path) -> Path:
    """The ``remit.yaml`` of a directory or the nearest above it; raises ``CharterSyntaxError`` when there is none."""
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / FILE_NAME).is_file():
            return candidate / FILE_NAME
    message = f"there is no `{FILE_NAME}` in `{folder}` or above"
    raise error_from([fault("unreadable", Where(file=FILE_NAME, line=1), message, "write one with `remit init`")])


def read_document(
    text: str, *, path: str = FILE_NAME, bounds: Bounds = _CHARTER_BOUNDS, quick: bool = False
) -> tuple[dict[str, object], dict[str, Where]]:
    """The plain values of a charter's text and the place of each, unchecked against the schema.

    ``quick``: long documents written plainly are read without the YAML parser, with the same result (``plain_lines``).
    Raises ``CharterSyntaxError``.
    """
    _check_text(text, path, bounds)
    builder = (_quickly(text, path, bounds) if quick else None) or _parsed(text, path, bounds)
    if not isinstance(builder.root, dict):
        where = builder.places.get("", Where(file=path, line=1))
        found = "empty" if builder.root is None else "a list" if isinstance(builder.root, list) else "a single value"
        raise error_from([fault("not-a-mapping", where, f"the charter is {found}, not a mapping")])
    return builder.root, builder.places


def _quickly(text: str, path: str, bounds: Bounds) -> DocumentBuilder | None:
    """A document written plainly; ``None`` where anything about it is not plain or not right."""
    builder = DocumentBuilder(bounds=bounds)
    try:
        return builder if read_plainly(text, path=path, builder=builder) else None
    except CharterError:
        return None  # the YAML parser reads it, and says what is wrong


def _parsed(text: str, path: str, bounds: Bounds) -> DocumentBuilder:
    """A document read by the YAML parser."""
    builder = DocumentBuilder(bounds=bounds)
    try:
        for event in _events(text):
            _feed(builder, event, path)
    except MarkedYAMLError as error:
        raise error_from([_yaml_fault(error, path)]) from None
    except YAMLError as error:
        message = " ".join(str(error).split())[:200]
        raise error_from([fault("not-yaml", Where(file=path, line=1), message)]) from None
    return builder


def _read_text(path: Path) -> str:
    """The text of a file, within the size limit."""
    start = Where(file=str(path), line=1)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        reason = "is a folder" if isinstance(error, IsADirectoryError) else (error.strerror or "error").lower()
        raise error_from([fault("unreadable", start, f"`{path}` cannot be opened: {reason}")]) from None
    if len(data) > LARGEST:
        raise error_from([fault("too-large", start, f"`{path}` is larger than 1 MiB")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        where = Where(file=str(path), line=before.count(b"\n") + 1, column=error.start - (before.rfind(b"\n") + 1) + 1)
        raise error_from([fault("not-text", where, f"the byte 0x{data[error.start]:02x} is not UTF-8")]) from None


def _check_text(text: str, path: str, bounds: Bounds) -> None:
    """Refuse what is too large or holds characters YAML does not allow."""
    if len(text) > bounds.size or len(text.encode("utf-8", "surrogatepass")) > bounds.size:
        message = f"the charter is larger than {bounds.size // 2**20} MiB"
        raise error_from([fault("too-large", Where(file=path, line=1), message)])
    word = _LONG_WORD.search(text)
    if word is not None:
        where = Where(file=path, line=text.count("\n", 0, word.start()) + 1)
        raise error_from([fault("not-yaml", where, f"a word of more than 1,000 characters after `{word[0][0]}`")])
    directive = _DIRECTIVE.match(text)
    if directive is not None:
        where = Where(file=path, line=directive[0].count("\n") + 1)
        raise error_from([fault("not-yaml", where, "directives (`%`) are not used", "delete the line")])
    bad = CONTROL.search(text)
    if bad is not None:
        at = bad.start()
        where = Where(file=path, line=text.count("\n", 0, at) + 1, column=at - text.rfind("\n", 0, at))
        raise error_from([fault("not-text", where, f"the character U+{ord(bad[0]):04X} is not allowed in a charter")])


def _events(text: str) -> Iterator[Event]:
    """The parsing events of a text, one at a time."""
    yield from YAML(typ="safe", pure=True).parse(text)


def _feed(builder: DocumentBuilder, event: Event, path: str) -> None:
    """Hand one event to the builder."""
    mark = event.start_mark
    where = Where(file=path, line=mark.line + 1, column=mark.column + 1)
    match event:
        case DocumentStartEvent():
            if "" in builder.places:
                raise error_from([fault("many-documents", where, "a second document starts here")])
        case AliasEvent():
            builder.alias(str(event.anchor), where)
        case ScalarEvent():
            _refuse_tag(event, where)
            builder.scalar(event.value, where, plain=event.style is None, anchor=event.anchor)
        case SequenceStartEvent():
            _refuse_tag(event, where)
            builder.start([], where, event.anchor)
        case MappingStartEvent():
            _refuse_tag(event, where)
            builder.start({}, where, event.anchor)
        case SequenceEndEvent() | MappingEndEvent():
            builder.end()
        case _:
            return


def _refuse_tag(event: Event, where: Where) -> None:
    """Refuse every explicit tag: plain values need none."""
    tag = getattr(event, "ctag", None)
    if tag is not None and str(tag):
        raise error_from([fault("tag", where, f"the tag `{str(tag).replace(_CORE_TAG, '!!')}` is not read")])


def _yaml_fault(error: MarkedYAMLError, path: str) -> Finding:
    """The finding for a text the YAML parser refused."""
    mark = error.problem_mark or error.context_mark
    where = Where(file=path, line=mark.line + 1, column=mark.column + 1) if mark else Where(file=path, line=1)
    problem = " ".join((error.problem or error.context or "not YAML").split()).replace("'", "`")
    opened = f", opened on line {error.context_mark.line + 1}" if error.context_mark else ""
    if "\\t" in problem:
        return fault("not-yaml", where, "a tab is used where YAML wants spaces", "indent with spaces")
    for part, message, hint in _YAML_PROBLEMS:
        if part in problem:
            return fault("not-yaml", where, message.format(opened=opened), hint)
    return fault("not-yaml", where, problem[:1].lower() + problem[1:200])
