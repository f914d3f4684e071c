"""Look at the files a case points at: their bytes, the digests of these, and the records they hold.

The one part of the case that touches the disk. Only ordinary files below the repository of the case are opened, within
a size limit and without ever waiting: a device, a pipe or a link that leads out is a problem that is written down.
"""

from __future__ import annotations

import hashlib
import os
import stat
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from remit.assurance.case import Case, IncidentLink
from remit.assurance.incidents import parse_incident
from remit.assurance.records import read_record
from remit.assurance.weighing.assessment import Observed
from remit.assurance.weighing.freshness import end_of
from remit.charter.reader import parse_charter
from remit.clock import Clock
from remit.errors import CharterError, EvidenceError, IncidentError

__all__ = ["look"]

LARGEST = 16 * 1024 * 1024  # bytes of a file a case points at


class _UnseenError(Exception):
    """A file that was not read, with the name of the rule it breaks."""

    def __init__(self, rule: str, problem: str) -> None:
        super().__init__(problem)
        self.rule = rule
        self.problem = problem


def look(case: Case, *, clock: Clock) -> Mapping[str, Observed]:
    """What is found where a case points: the ids of its evidence and incidents, ``charter`` and ``envelope``.

    ``charter`` has the digest of what the charter says, ``charter_file`` that of its bytes. ``clock`` is when it is
    looked at; nothing here depends on it but which files a later look may find.
    """
    del clock  # what a file says does not depend on when it is read
    folder = Path(case.file).parent
    root = _repository(folder)
    seen: dict[str, Observed] = {}
    read: dict[str, Observed] = {}  # one file may be named by several entries
    for item in case.evidence.values():
        if item.file not in read:
            read[item.file] = _record(folder, root, item.file)
        seen[item.id] = read[item.file]
    for link in case.incidents.values():
        seen[link.id] = _incident(folder, root, link)
    seen.update(_charter(folder, root, case.charter))
    if case.envelope:
        seen["envelope"] = _plain(folder, root, case.envelope)
    return seen


def _record(folder: Path, root: Path, name: str) -> Observed:
    """The record in a file of evidence."""
    try:
        data = _bytes(folder, root, name)
    except _UnseenError as unseen:
        return Observed(sha256=None, record=None, problem=unseen.problem, rule=unseen.rule)
    try:
        return Observed(sha256=_digest(data), record=read_record(data, name=name))
    except EvidenceError as error:
        return Observed(sha256=_digest(data), record=None, problem=error.message, rule="not-a-record")


def _charter(folder: Path, root: Path, name: str) -> dict[str, Observed]:
    """The charter a case speaks of: its meaning and its bytes."""
    try:
        data = _bytes(folder, root, name)
    except _UnseenError as unseen:
        missing = Observed(sha256=None, record=None, problem=unseen.problem, rule="charter-unreadable")
        return {"charter": missing, "charter_file": missing}
    as_bytes = Observed(sha256=_digest(data), record=None)
    try:
        charter = parse_charter(data.decode("utf-8-sig"), path=name)
    except (CharterError, UnicodeDecodeError) as error:
        problem = f"`{name}` is no charter: {getattr(error, 'message', 'it is not UTF-8')}"
        return {
            "charter": Observed(sha256=None, record=None, problem=problem, rule="charter-unreadable"),
            "charter_file": as_bytes,
        }
    return {"charter": Observed(sha256=charter.digest, record=None), "charter_file": as_bytes}


def _incident(folder: Path, root: Path, link: IncidentLink) -> Observed:
    """The record of an incident."""
    found = _plain(folder, root, link.record, rule="incident-missing")
    if found.sha256 is None:
        return found
    try:
        incident = parse_incident(_bytes(folder, root, link.record).decode("utf-8-sig"), path=link.record)
    except (IncidentError, UnicodeDecodeError, _UnseenError) as error:
        problem = f"`{link.record}` is no incident record: {getattr(error, 'message', 'it is not UTF-8')}"
        return Observed(sha256=found.sha256, record=None, problem=problem, rule="incident-missing")
    moment = _latest(incident.times.occurred or incident.date)
    return Observed(sha256=found.sha256, record=None, moment=moment, undercuts=incident.undercuts)


def _latest(text: str) -> datetime | None:
    """The last moment at which something can have happened, dated as precisely as it is known."""
    try:
        if len(text) == len("2026"):
            return end_of(date(int(text), 12, 31))
        if len(text) == len("2026-11"):
            year, month = int(text[:4]), int(text[5:])
            return end_of(date(year, month, monthrange(year, month)[1]))
        if len(text) == len("2026-11-20"):
            return end_of(date.fromisoformat(text))
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _plain(folder: Path, root: Path, name: str, rule: str = "") -> Observed:
    """A file of which only the bytes count."""
    try:
        return Observed(sha256=_digest(_bytes(folder, root, name)), record=None)
    except _UnseenError as unseen:
        return Observed(sha256=None, record=None, problem=unseen.problem, rule=rule or unseen.rule)


def _bytes(folder: Path, root: Path, name: str) -> bytes:
    """The bytes of an ordinary file below the repository; raises ``_UnseenError`` for anything else."""
    if "\0" in name:
        raise _UnseenError("file-outside", "a file name with a zero byte")
    try:
        real = Path(os.path.realpath(folder / name, strict=True))
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "error").lower()
        raise _UnseenError("file-missing", f"`{name}` cannot be read: {reason}") from None
    if Path(name).is_absolute() or not real.is_relative_to(root):
        raise _UnseenError("file-outside", f"`{name}` lies outside of the repository of the case")
    try:
        data = _read(real, name)
    except OSError as error:
        raise _UnseenError("file-missing", f"`{name}` cannot be read: {(error.strerror or 'error').lower()}") from None
    if len(data) > LARGEST:
        raise _UnseenError("not-a-record", f"`{name}` is larger than {LARGEST // 2**20} MiB")
    return data


def _read(real: Path, name: str) -> bytes:
    """The first bytes of a file, opened without waiting and only kept open when it is an ordinary one."""
    descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _UnseenError("file-outside", f"`{name}` is no ordinary file")
    with os.fdopen(descriptor, "rb") as file:
        return file.read(LARGEST + 1)


def _digest(data: bytes) -> str:
    """The digest of some bytes as cases write it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _repository(folder: Path) -> Path:
    """The folder nothing a case names may lie outside of: that of the repository, else the case's own."""
    own = Path(os.path.realpath(folder))
    return next((candidate for candidate in (own, *own.parents) if (candidate / ".git").exists()), own)
