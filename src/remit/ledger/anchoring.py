"""Anchors: signed checkpoints kept in a second place, so that a ledger cannot quietly lose its end or go two ways.

An anchor file has one JSON object a line, ``{"at", "ledger", "note"}``; it lies where whoever can write to the ledger
cannot write: another account, another host, a mounted share, write-once storage.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from remit.clock import Clock, SystemClock
from remit.errors import LedgerError, LedgerUnavailableError, TamperedError
from remit.ledger.checkpoint import Checkpoint, origin_of, stated
from remit.ledger.protocol import Store
from remit.ledger.signing import SigningKey
from remit.ledger.tree import verify_consistency

__all__ = ["anchor", "checkpoint_of", "read_anchors", "sign_checkpoint"]


def checkpoint_of(ledger: Store, size: int | None = None) -> Checkpoint:
    """What a ledger says of its first ``size`` entries (``None``: of all); ``LedgerError`` where it has none."""
    first = next(ledger.entries(1, 2), None)
    size = ledger.size if size is None else size
    if first is None or not size:
        raise LedgerError("a ledger without entries has no checkpoint", code="ledger.error.empty")
    return Checkpoint(origin=origin_of(first.leaf), size=size, root=ledger.root(size))


def sign_checkpoint(ledger: Store, key: SigningKey) -> str:
    """Sign what the ledger is now, keep the checkpoint in it, and return the note.

    The newest checkpoint kept in the ledger must be a beginning of what is signed: a key never signs two ways a ledger
    went. Raises ``TamperedError`` when it is not.
    """
    checkpoint = checkpoint_of(ledger)
    for note in ledger.checkpoints()[-1:]:
        _demand_growth(ledger, stated(note), checkpoint)
    note = key.sign(checkpoint)
    ledger.keep_checkpoint(checkpoint.size, note)
    return note


def anchor(ledger: Store, key: SigningKey, place: Path, *, name: str, clock: Clock | None = None) -> Checkpoint:
    """Sign what the ledger is now and keep it in a second place, under ``name``; durable when it returns.

    The last anchor there must be a beginning of the ledger, else nothing is signed and ``TamperedError`` is raised,
    with the entry that is missing or the range that changed. The ledger gets an entry ``anchored``. Raises
    ``LedgerUnavailableError`` when the place cannot be written.
    """
    for note in read_anchors(place, name=name)[-1:]:
        _demand_growth(ledger, key.public.verify(note), checkpoint_of(ledger))
    note = sign_checkpoint(ledger, key)
    checkpoint = stated(note)
    line = json.dumps({"at": (clock or SystemClock()).now().isoformat(), "ledger": name, "note": note})
    _append(place, line.encode() + b"\n")
    ledger.record("anchored", {"size": checkpoint.size, "root": checkpoint.root.hex(), "place": str(place)})
    return checkpoint


def read_anchors(place: Path, *, name: str) -> tuple[str, ...]:
    """The notes anchored under a name, oldest first; none where the file does not exist.

    Raises ``TamperedError`` with the line for one that is no anchor; a last line without an end was cut off by a
    crash and is left out.
    """
    try:
        return tuple(note for ledger, note in _lines(place) if ledger == name)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _unavailable(place, error) from error


def _lines(place: Path) -> Iterator[tuple[str, str]]:
    """The name and the note of each whole line."""
    with place.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                said = json.loads(line)
                ledger, note = said["ledger"], said["note"]
                stated(note)
            except (ValueError, KeyError, TypeError, AttributeError, TamperedError):
                raise TamperedError(
                    "a line of the anchors is no anchor",
                    code="ledger.tampered.anchor",
                    hint="the file was changed by hand",
                    where=f"{place}:{number}",
                ) from None
            yield str(ledger), note


def _demand_growth(ledger: Store, old: Checkpoint, new: Checkpoint) -> None:
    """Demand that a ledger still begins as it once was signed."""
    if old.origin != new.origin:
        raise TamperedError(
            "this is another ledger than the one that was anchored", code="ledger.tampered.replaced", where="entry 1"
        )
    if old.size > new.size:
        raise TamperedError(
            f"entry {new.size + 1} is missing: {old.size} entries were signed and {new.size} are there",
            code="ledger.tampered.truncated",
            where=f"entry {new.size + 1}",
        )
    if not verify_consistency(old.size, new.size, old.root, new.root, ledger.consistency(old.size, new.size)):
        raise TamperedError(
            f"the first {old.size} entries are not those that were signed",
            code="ledger.tampered.root",
            hint="`remit log verify` with the anchors says between which of them it changed",
            where=f"entry {old.size}",
        )


def _append(place: Path, line: bytes) -> None:
    """Append a line and wait for the disk; what a crash left of a line before it is ended first."""
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(place, flags, 0o600)
        try:
            size = os.fstat(file).st_size
            while size and os.pread(file, 1, size - 1) != b"\n":
                size -= 1
            os.ftruncate(file, size)
            os.write(file, line)
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        raise _unavailable(place, error) from error


def _unavailable(place: Path, error: OSError) -> LedgerUnavailableError:
    """The error for a second place that cannot be used."""
    return LedgerUnavailableError(
        f"the anchors cannot be used: {error.strerror}", code="ledger.unavailable.anchor", where=place
    )
