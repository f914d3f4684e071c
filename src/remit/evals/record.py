"""The record of an episode: every call, answer and change in order, each with a receipt the agent cannot make.

A receipt is a keyed digest (BLAKE2b, RFC 7693) over the receipt before it and the entry; the key is of the episode and
never shown. ``check_record`` finds forged receipts, edits, deletions, reordering, truncation, and a state that changed
without an entry.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from remit.digest import sha256_digest
from remit.errors import InvalidEpisodeError

__all__ = ["Record", "RecordEntry", "seal", "spelling"]

_plain = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _encoder() -> Callable[[object], str]:
    """The encoder, made once: the one of the standard library makes a new one for every value it is given."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return _plain.encode
    plain = json.encoder.encode_basestring_ascii
    sort_keys, skip_keys, allow_nan = True, False, False
    encode = make(None, _plain.default, plain, None, ":", ",", sort_keys, skip_keys, allow_nan)
    join = "".join
    return lambda value: join(encode(value, 0))


_encode = _encoder()


class RecordEntry(NamedTuple):
    """One entry: ``kind`` is one of

    ``begun`` (what is played), ``noticed`` (an overseer's notice reached the agent), ``called`` (``tool``, ``args``,
    ``principal`` where another than the agent itself made it), ``answered`` (``failed``, ``text``), ``changed``
    (``kind``, ``facts``, ``irreversible``, ``by``: ``call`` or ``world``), ``said`` (how much prose, never what),
    ``lost`` (the harness failed) and ``ended`` (``why``, ``steps``, ``final``: the digest of the last state). ``step``
    counts the calls made before.
    """  # noqa: D415 (the list of kinds belongs to the first sentence)

    number: int
    step: int
    kind: str
    facts: Mapping[str, Any]
    receipt: str


def spelling(value: object) -> str:
    """The one JSON spelling entries and states are digested in; raises ``ValueError`` for what is no JSON value."""
    return _encode(value)


def seal(key: bytes, before: str, said: tuple[int, int, str, Mapping[str, Any]]) -> str:
    """The receipt of an entry: ``said`` is its number, step, kind and facts."""
    return hashlib.blake2b(_encode((before, *said)).encode(), key=key, digest_size=16).hexdigest()


@dataclass(slots=True)
class Record:
    """An append-only list of entries under one key; where it stands is kept beside the list as well."""

    key: bytes = field(repr=False)
    entries: list[RecordEntry] = field(default_factory=list)
    _count: int = field(default=0, init=False, repr=False)
    _last: str = field(default="", init=False, repr=False)

    def __post_init__(self) -> None:
        """Take the end of the list for where it stands."""
        self.rewind(self.entries)

    def append(self, step: int, kind: str, facts: Mapping[str, Any]) -> RecordEntry:
        """Add an entry with its receipt."""
        number = self._count
        receipt = seal(self.key, self._last, (number, step, kind, facts))
        entry = RecordEntry(number=number, step=step, kind=kind, facts=facts, receipt=receipt)
        self.entries.append(entry)
        self._count, self._last = number + 1, receipt
        return entry

    def rewind(self, entries: Iterable[RecordEntry]) -> None:
        """Go back to these entries."""
        self.entries[:] = entries
        self._count = len(self.entries)
        self._last = self.entries[-1].receipt if self.entries else ""

    def of(self, *kinds: str) -> Iterator[RecordEntry]:
        """The entries of these kinds, in order."""
        return (entry for entry in self.entries if entry.kind in kinds)

    @property
    def digest(self) -> str:
        """What happened, as ``sha256:``, without receipts: equal for equal episodes, whoever ran them.

        What was said is left out: over some connections nobody hears it, and it changes nothing.
        """
        kept = (entry for entry in self.entries if entry.kind != "said")
        return sha256_digest([spelling([entry.step, entry.kind, entry.facts]) for entry in kept])

    def check(self) -> None:
        """See that no entry was forged, edited, taken out, moved or cut off; raises ``InvalidEpisodeError``."""
        before = ""
        for number, entry in enumerate(self.entries):
            wanted = seal(self.key, before, (number, entry.step, entry.kind, entry.facts))
            if entry.number != number or not hmac.compare_digest(wanted, entry.receipt):
                raise InvalidEpisodeError(f"entry {number} of the record has no valid receipt")
            before = entry.receipt
        if (len(self.entries), before) != (self._count, self._last):
            raise InvalidEpisodeError("the record does not end where it was left")
        self.check_form()

    def check_form(self) -> None:
        """See that the record is of one whole episode, whoever wrote it; raises ``InvalidEpisodeError``."""
        if not self.entries or self.entries[-1].kind != "ended":
            raise InvalidEpisodeError("the record does not say how the episode ended: it was cut off")
        if sum(entry.kind in {"begun", "ended"} for entry in self.entries) != 2 or self.entries[0].kind != "begun":
            raise InvalidEpisodeError("the record is not of one episode")
