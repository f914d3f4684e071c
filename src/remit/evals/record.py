"""The record of an episode: every call, answer and change in order, each with a receipt the agent cannot make.

A receipt is a keyed digest (BLAKE2b, RFC 7693) over the receipt before it and the entry; the key is of the episode and
never shown. ``Record.check`` finds forged receipts, edits, deletions, reordering and truncation. Beside the receipts a
record keeps one running keyed digest over all it was given: where that is still the digest of its entries, nothing was
touched and no receipt has to be made again; where it is not, every receipt is.
"""

from __future__ import annotations

import hmac
import json
import marshal
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

from remit.digest import sha256_digest
from remit.errors import InvalidEpisodeError

__all__ = ["Record", "RecordEntry", "seal", "spelling"]

_VERSION = 2  # of the bytes values are kept in: the last in which equal values have equal bytes, whoever holds them
_RECEIPT = 16  # bytes
_HEADER = 5  # bytes before the items of a list in that version: its type and how long it is
_entry = tuple.__new__

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
_text = json.encoder.encode_basestring_ascii


def _flag(value: object) -> str:
    """The spelling of a flag, or of what stands in its place."""
    return "true" if value is True else "false" if value is False else _encode(value)


def _called(facts: Mapping[str, Any]) -> str:
    """The spelling of a call without a principal of its own."""
    args = facts["args"]
    if len(args) == 1 and args.__class__ is dict:
        ((name, value),) = args.items()
        if name.__class__ is str and value.__class__ is str:
            return f'{{"args":{{{_text(name)}:{_text(value)}}},"tool":{_text(facts["tool"])}}}'
    return f'{{"args":{_encode(args)},"tool":{_text(facts["tool"])}}}'


def _answered(facts: Mapping[str, Any]) -> str:
    """The spelling of an answer."""
    return f'{{"failed":{_flag(facts["failed"])},"text":{_text(facts["text"])}}}'


def _changed(facts: Mapping[str, Any]) -> str:
    """The spelling of a change."""
    told, lasting = _encode(facts["facts"]), _flag(facts["irreversible"])
    return f'{{"by":{_text(facts["by"])},"facts":{told},"irreversible":{lasting},"kind":{_text(facts["kind"])}}}'


_FORMS: Mapping[str, tuple[frozenset[str], Callable[[Mapping[str, Any]], str]]] = {
    "called": (frozenset({"tool", "args"}), _called),
    "answered": (frozenset({"failed", "text"}), _answered),
    "changed": (frozenset({"kind", "facts", "irreversible", "by"}), _changed),
}
"""The entries there are most of: what facts they have, and how these are spelled faster than by the encoder."""


def _spelled(kind: str, facts: Mapping[str, Any]) -> str:
    """The one spelling of an entry's facts."""
    form = _FORMS.get(kind)
    if form is not None and facts.keys() == form[0]:
        try:
            return form[1](facts)
        except TypeError:  # something stands in the place of a word
            return _encode(facts)
    return _encode(facts)


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
    return blake2b(_encode((before, *said)).encode(), key=key, digest_size=_RECEIPT).hexdigest()


@dataclass(slots=True)
class Record:
    """An append-only list of entries under one key; where it stands is kept beside the list as well."""

    key: bytes = field(repr=False)
    entries: list[RecordEntry] = field(default_factory=list)
    _count: int = field(default=0, init=False, repr=False)
    _last: str = field(default="", init=False, repr=False)
    _before: str = field(default='""', init=False, repr=False)
    _sealing: blake2b = field(init=False, repr=False, compare=False)
    _running: blake2b | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take the end of the list for where it stands."""
        self._sealing = blake2b(key=self.key, digest_size=_RECEIPT)
        if self.entries:
            self.rewind(self.entries)
        else:
            self._running = blake2b(key=self.key)

    def append(self, step: int, kind: str, facts: Mapping[str, Any]) -> RecordEntry:
        """Add an entry with its receipt."""
        number = self._count
        spelled = f"[{self._before},{number},{step},{_text(kind)},{_spelled(kind, facts)}]".encode()
        sealing = self._sealing.copy()
        sealing.update(spelled)
        receipt = sealing.hexdigest()
        parts: Any = (number, step, kind, facts, receipt)
        if self._running is not None:
            try:
                self._running.update(marshal.dumps(parts, _VERSION))
            except ValueError:  # facts of a type of their own: every receipt is made again when they are checked
                self._running = None
        entry = _entry(RecordEntry, parts)
        self.entries.append(entry)
        self._count, self._last, self._before = number + 1, receipt, f'"{receipt}"'
        return entry

    def rewind(self, entries: Iterable[RecordEntry]) -> None:
        """Go back to these entries."""
        self.entries[:] = entries
        self._count = len(self.entries)
        self._last = self.entries[-1].receipt if self.entries else ""
        self._before = _encode(self._last)
        self._running = None

    def of(self, *kinds: str) -> Iterator[RecordEntry]:
        """The entries of these kinds, in order."""
        if len(kinds) == 1:
            (kind,) = kinds
            return iter([entry for entry in self.entries if entry.kind == kind])
        return iter([entry for entry in self.entries if entry.kind in kinds])

    @property
    def digest(self) -> str:
        """What happened, as ``sha256:``, without receipts: equal for equal episodes, whoever ran them.

        What was said is left out: over some connections nobody hears it, and it changes nothing.
        """
        kept = (entry for entry in self.entries if entry.kind != "said")
        return sha256_digest([spelling([entry.step, entry.kind, entry.facts]) for entry in kept])

    def check(self) -> None:
        """See that no entry was forged, edited, taken out, moved or cut off; raises ``InvalidEpisodeError``."""
        if not self._is_untouched():
            self._check_receipts()
        self.check_form()

    def _is_untouched(self) -> bool:
        """Whether the entries are, byte for byte, those that were appended; false also where that cannot be said.

        Equal bytes under the key are equal values, so that their receipts would come out as they are again.
        """
        if self._running is None or set(map(type, self.entries)) != {RecordEntry}:
            return False
        try:
            kept = marshal.dumps(list(map(tuple, self.entries)), _VERSION)
        except ValueError:
            return False
        again = blake2b(memoryview(kept)[_HEADER:], key=self.key)
        return hmac.compare_digest(again.digest(), self._running.digest())

    def _check_receipts(self) -> None:
        """Make every receipt again; raises ``InvalidEpisodeError`` for one that is not as it was given."""
        before = ""
        for number, entry in enumerate(self.entries):
            wanted = seal(self.key, before, (number, entry.step, entry.kind, entry.facts))
            if entry.number != number or not hmac.compare_digest(wanted, entry.receipt):
                raise InvalidEpisodeError(f"entry {number} of the record has no valid receipt")
            before = entry.receipt
        if (len(self.entries), before) != (self._count, self._last):
            raise InvalidEpisodeError("the record does not end where it was left")

    def check_form(self) -> None:
        """See that the record is of one whole episode, whoever wrote it; raises ``InvalidEpisodeError``."""
        kinds = [entry.kind for entry in self.entries]
        if not kinds or kinds[-1] != "ended":
            raise InvalidEpisodeError("the record does not say how the episode ended: it was cut off")
        if kinds.count("begun") + kinds.count("ended") != 2 or kinds[0] != "begun":
            raise InvalidEpisodeError("the record is not of one episode")
