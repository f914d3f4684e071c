"""Which format a file of evidence is in, and what it says; a format nobody knows is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from remit.assurance.record import Record
from remit.assurance.records.analysis import read_sarif
from remit.assurance.records.attestation import STATEMENTS, read_envelope, read_statement
from remit.assurance.records.bounds import LARGEST, entries, json_object, text_of
from remit.assurance.records.inspect_header import looks_like_inspect, read_inspect, read_inspect_archive
from remit.assurance.records.junit import read_junit
from remit.assurance.records.own import read_own
from remit.assurance.records.sealing import SCHEMA
from remit.assurance.records.spans import read_spans
from remit.errors import EvidenceError

__all__ = ["read_record"]


def read_record(data: bytes, *, name: str) -> Record:
    """The record in the bytes of a file; ``name`` is the file's, for messages and details.

    Own records keep what they say. A foreign record says in ``details`` its ``format`` and the ``sha256`` of the
    bytes. Raises ``EvidenceError`` for a format nobody knows, a broken or too large file, a wrong seal.
    """
    try:
        return _read(data)
    except RecursionError:
        raise EvidenceError(f"`{text_of(name)}` is no evidence: it is nested too deeply") from None
    except EvidenceError as error:
        message = f"`{text_of(name)}` is no evidence: {text_of(error.message, 600)}"
        raise EvidenceError(message, hint=error.hint) from None


def _read(data: bytes) -> Record:
    """Sniff the format and read."""
    if len(data) > LARGEST:
        raise EvidenceError(f"it is larger than {LARGEST // 2**20} MiB", hint="keep what the claim needs")
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:2]
    if not start:
        raise EvidenceError("it is empty")
    if start == b"PK":
        return _of(data, read_inspect_archive(data))
    if start[:1] == b"<" or start in {b"\xff\xfe", b"\xfe\xff"}:
        return _of(data, read_junit(data))
    document = _document(data)
    if document.get("schema") == SCHEMA:
        return read_own(document)
    for knows, read in _FORMATS:
        if knows(document):
            return _of(data, read(document))
    raise EvidenceError(
        "nobody knows its format",
        hint="known are remit.evidence/1, Inspect logs, JUnit, SARIF 2.1.0, OTLP JSON, in-toto test results, DSSE",
    )


def _document(data: bytes) -> dict[str, Any]:
    """The object a file holds; exports of spans may stand one on each line, as collectors write them."""
    if not data.startswith(b'{"resourceSpans"') or b"\n" not in data.strip():
        return json_object(data)
    lines = [json_object(line) for line in data.splitlines() if line.strip()]
    return {"resourceSpans": [item for line in lines for item in entries(line.get("resourceSpans"), "resourceSpans")]}


_FORMATS: tuple[tuple[Callable[[Mapping[str, Any]], bool], Callable[[Mapping[str, Any]], Record]], ...] = (
    (lambda document: "payloadType" in document and "payload" in document, read_envelope),
    (lambda document: str(document.get("_type")) in STATEMENTS, read_statement),
    (lambda document: "runs" in document and "version" in document, read_sarif),
    (lambda document: "resourceSpans" in document, read_spans),
    (looks_like_inspect, read_inspect),
)


def _of(data: bytes, record: Record) -> Record:
    """A foreign record with the digest of the bytes it was read from."""
    return replace(record, details={**record.details, "sha256": f"sha256:{hashlib.sha256(data).hexdigest()}"})
