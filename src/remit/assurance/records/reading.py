"""Which format a file of evidence is in, and what it says; a format nobody knows is refused."""

from __future__ import annotations

from remit.assurance.record import Record
from remit.assurance.records.bounds import LARGEST, json_object, text_of
from remit.assurance.records.own import read_own
from remit.errors import EvidenceError

__all__ = ["read_record"]


def read_record(data: bytes, *, name: str) -> Record:
    """The record in the bytes of a file; ``name`` is the file's, for messages and details.

    Own records keep what they say. A foreign record says in ``details`` its ``format``, its ``file`` and the ``sha256``
    of the bytes. Raises ``EvidenceError`` for a format nobody knows, a broken or too large file, a wrong seal.
    """
    try:
        return _read(data)
    except EvidenceError as error:
        raise EvidenceError(f"`{text_of(name)}` is no evidence: {error.message}", hint=error.hint) from None


def _read(data: bytes) -> Record:
    """Sniff the format and read."""
    if len(data) > LARGEST:
        raise EvidenceError(f"it is larger than {LARGEST // 2**20} MiB", hint="keep what the claim needs")
    document = json_object(data)
    if document.get("schema") == "remit.evidence/1":
        return read_own(document)
    raise EvidenceError("nobody knows its format")
