"""Whether a ledger is what was recorded: the numbered steps of spec/ledger.md, and the entry at which each fails.

1 the file is a ledger · 2 its entries are numbered without a gap · 3 each entry has the digest it was recorded with ·
4 each spelling says its own number · 5 the tree over the digests is the one that was kept · 6 salts belong to what was
redacted · 7 the checkpoints kept in the ledger hold · 8 the anchors kept elsewhere hold · 9 (``thorough``) each
spelling is canonical, and of a kind there is, with the facts it must have.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from remit.errors import TamperedError
from remit.ledger.checkpoint import Checkpoint, origin_of, stated
from remit.ledger.database import FAULTS, connect_reading, explain
from remit.ledger.rows import Questions, Rows
from remit.ledger.scan import Fault, Scan

if TYPE_CHECKING:
    from remit.ledger.signing import PublicKey

__all__ = ["Fault", "Verification", "broken", "examine", "public_key_of", "verify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What came out of a verification.

    ``size`` entries were read, ``root`` is that of their tree. ``faults`` come in the order of their entries,
    those whose entry is known before those of which only a range is (which may be a consequence of the former).
    ``signed`` and ``anchored`` are how many of the first entries a checkpoint in the ledger, and one kept elsewhere,
    vouch for, each signed by the public key. ``unproved`` says what nobody could check; it is never a pass.
    """

    size: int
    root: bytes
    faults: tuple[Fault, ...]
    signed: int
    anchored: int
    unproved: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether no fault was found; what that is worth is said by ``anchored``, ``signed`` and ``unproved``."""
        return not self.faults


def verify(
    path: Path, *, anchors: Iterable[str] = (), public_key: PublicKey | str | None = None, thorough: bool = False
) -> Verification:
    """Verify a ledger in one look at its file, also while others append to it.

    ``anchors`` are the notes kept in a second place (``anchoring.read_anchors``); ``public_key`` (or its text) is what
    notes must be signed with. Faults are returned, not raised; raises ``LedgerUnavailableError`` for a file that
    cannot be opened at all.
    """
    key = public_key_of(public_key)
    try:
        connection = connect_reading(path)
    except TamperedError as error:
        return broken(error)
    try:
        connection.execute("BEGIN")
        return examine(connection, path, tuple(anchors), key, thorough=thorough)
    except FAULTS as error:
        explained = explain(error, path)
        if isinstance(explained, TamperedError):
            return broken(explained)
        raise explained from error
    except TamperedError as error:
        return broken(error)
    finally:
        connection.close()


def examine(
    connection: Questions, path: Path | str, anchors: tuple[str, ...], key: PublicKey | None, *, thorough: bool
) -> Verification:
    """The steps, in one snapshot of whatever answers as the file does; faults of its own are the caller's to catch."""
    scan = Scan(connection, thorough=thorough)
    faults = [*_structure(connection), *scan.entries(), *scan.salts()]
    rows, size = Rows(connection, path), scan.size
    origin = origin_of(scan.first) if scan.first else ""
    kept = tuple(str(note) for (note,) in connection.execute("SELECT note FROM checkpoints ORDER BY size"))
    judge = _Judge(rows=rows, size=size, origin=origin, key=key, sound=not faults)
    signed, said = judge.notes(kept, step=7)
    anchored, also = judge.notes(anchors, step=8)
    faults += [*said, *also]
    faults.sort(key=lambda fault: (fault.upto > 0, fault.number, fault.step))
    try:
        root = rows.frontier(size).root()
    except TamperedError:
        root = b""
    unproved = _unproved(anchors, key, size=size, anchored=anchored)
    return Verification(size=size, root=root, faults=tuple(faults), signed=signed, anchored=anchored, unproved=unproved)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    """Compares notes with a ledger; ``sound`` when nothing was found wrong with its rows."""

    rows: Rows
    size: int
    origin: str
    key: PublicKey | None
    sound: bool

    def notes(self, notes: Iterable[str], *, step: int) -> tuple[int, list[Fault]]:
        """How many entries the notes vouch for, and what is wrong with them, in the order of their sizes."""
        faults: list[Fault] = []
        vouched = held = 0
        for note in notes:
            try:
                checkpoint = stated(note) if self.key is None else self.key.verify(note)
            except TamperedError as error:
                faults.append(Fault(step=step, number=held + 1, code=error.code, what=error.message))
                continue
            fault = self._compare(checkpoint, held, step)
            if fault is not None:
                faults.append(fault)
                continue
            held = max(held, checkpoint.size)
            vouched = held if self.key is not None and self.sound else 0
        return vouched, faults

    def _compare(self, checkpoint: Checkpoint, held: int, step: int) -> Fault | None:
        """What is wrong between a checkpoint and the ledger; ``held`` entries are as an earlier one says."""
        size, where = checkpoint.size, "a checkpoint kept in it" if step == 7 else "an anchor"
        if self.size and checkpoint.origin != self.origin:
            what = f"{where} is of another ledger, or entry 1 was changed together with its digest"
            return Fault(step=step, number=1, code="ledger.tampered.replaced", what=what)
        if size > self.size:
            what = f"entry {self.size + 1} is missing: {where} speaks of {size} entries"
            return Fault(step=step, number=self.size + 1, code="ledger.tampered.truncated", what=what)
        try:
            same = self.rows.frontier(size).root() == checkpoint.root
        except TamperedError:
            same = False
        if same:
            return None
        what = f"an entry from {held + 1} to {size} is not what {where} speaks of"
        return Fault(step=step, number=held + 1, upto=size, code="ledger.tampered.root", what=what)


def _structure(connection: Questions) -> list[Fault]:
    """Step 1: what SQLite itself finds wrong with the file."""
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found == ("ok",):
        return []
    said = " ".join(str(found[0]).split()) if found else "no answer"
    return [Fault(step=1, number=0, code="ledger.tampered.file", what=f"the file is damaged: {said}")]


def _unproved(anchors: tuple[str, ...], key: PublicKey | None, *, size: int, anchored: int) -> tuple[str, ...]:
    """What a verification could not show."""
    said = []
    if key is None:
        said.append("no public key was given: nobody knows who signed the checkpoints")
    if not anchors:
        said.append("no anchor was given: entries missing from the end, or a ledger written anew, would not be noticed")
    elif anchored < size:
        said.append(f"the entries from {anchored + 1} on are newer than the last anchor that holds")
    return tuple(said)


def broken(error: TamperedError) -> Verification:
    """A ledger that could not be read to its end."""
    fault = Fault(step=1, number=0, code=error.code, what=error.message)
    return Verification(size=0, root=b"", faults=(fault,), signed=0, anchored=0, unproved=())


def public_key_of(given: PublicKey | str | None) -> PublicKey | None:
    """The public key, read where it is text."""
    if not isinstance(given, str):
        return given
    from remit.ledger.signing import PublicKey

    return PublicKey.parse(given)
