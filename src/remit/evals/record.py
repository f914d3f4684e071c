"""The record of an episode: every call, answer and change in order, each with a receipt the agent cannot make.

A receipt is a keyed digest (BLAKE2b, RFC 7693) over the receipt before it and the entry; the key is of the episode and
never shown. ``Record.check`` finds forged receipts, edits, deletions, reordering and truncation. A record keeps the
bytes of what it was given under one running keyed digest: receipts are made of those bytes when somebody asks for one,
and where the entries still have just these bytes nothing was touched, so that no receipt has to be compared.
"""

from __future__ import annotations

import hmac
import json
import marshal
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

from remit.digest import sha256_digest
from remit.errors import InvalidEpisodeError

__all__ = ["Record", "RecordEntry", "json_copy", "seal", "spelling"]

_VERSION = 2  # of the bytes values are kept in: the last in which equal values have equal bytes, whoever holds them
_RECEIPT = 16  # bytes
_HEADER = 5  # bytes before the items of a list in that version: its type and how long it is
_WORDS = frozenset({str, bool, type(None)})
_SMALLEST, _LARGEST = -(2**63), 2**63  # an entry with an integer from there on has its receipt made at once
_entry = tuple.__new__
_bytes_of: Any = marshal.dumps

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


def spelling(value: object) -> str:
    """The one JSON spelling entries and states are digested in; raises ``ValueError`` for what is no JSON value."""
    return _encode(value)


def seal(key: bytes, before: str, said: tuple[int, int, str, Mapping[str, Any]]) -> str:
    """The receipt of an entry: ``said`` is its number, step, kind and facts."""
    return blake2b(_encode((before, *said)).encode(), key=key, digest_size=_RECEIPT).hexdigest()


def _is_json(value: Any) -> bool:
    """Whether a value is JSON in the types of JSON themselves: no number, text or list of a type of its own.

    The bytes of any other could be those of something else: a number of numpy has those of a ``bytes``.
    """
    kind = type(value)
    if kind is dict:
        for name, item in value.items():
            if type(name) is not str or not (type(item) in _WORDS or _is_json(item)):
                return False
        return True
    if kind is int:
        return bool(_SMALLEST < value < _LARGEST)
    if kind is list:
        return all(map(_is_json, value))
    return kind in _WORDS or (kind is float and math.isfinite(value))


def _is_plain(kind: object, facts: object) -> bool:
    """Whether kind and facts of an entry are JSON in the types of JSON."""
    try:
        return type(kind) is str and _is_json(facts)
    except RecursionError:
        return False


def json_copy(value: Any) -> Any:
    """A value of its own, equal to the one given; raises ``TypeError`` for what is no JSON in the types of JSON."""
    kind = type(value)
    if kind is dict:
        copy = {}
        for name, item in value.items():
            if type(name) is not str:
                raise TypeError(f"`{name!r}` is no name of JSON")
            copy[name] = item if type(item) in _WORDS else json_copy(item)
        return copy
    if kind is list:
        return [json_copy(item) for item in value]
    if not _is_json(value):
        raise TypeError(f"`{kind.__name__}` is no type of JSON")
    return value


class _Given:
    """What a record was given, in bytes only it holds, and the receipts of that."""

    __slots__ = ("_key", "_made", "running", "said")

    def __init__(self, key: bytes) -> None:
        """Nothing so far."""
        self._key = key
        self._made: list[str] = []
        self.said: list[bytes] = []
        self.running = blake2b(key=key)

    def receipt(self, number: int) -> str:
        """The receipt of an entry; empty where none of that number was given, or the bytes are no longer those given.

        Receipts follow from the key and the bytes alone, so that it is all the same when they are made.
        """
        made = self._made
        if len(made) <= number and hmac.compare_digest(
            blake2b(b"".join(self.said), key=self._key).digest(), self.running.digest()
        ):
            before = made[-1] if made else ""
            for said in self.said[len(made) :]:
                before = seal(self._key, before, marshal.loads(said))  # noqa: S302 (they are the bytes written here)
                made.append(before)
        return made[number] if 0 <= number < len(made) else ""


class _Fields(NamedTuple):
    """The fields of an entry; its receipt, or what makes it."""

    number: int
    step: int
    kind: str
    facts: Mapping[str, Any]
    receipt: Any


class RecordEntry(_Fields):
    """One entry: ``kind`` is one of

    ``begun`` (what is played), ``noticed`` (an overseer's notice reached the agent), ``called`` (``tool``, ``args``,
    ``principal`` where another than the agent itself made it), ``answered`` (``failed``, ``text``), ``changed``
    (``kind``, ``facts``, ``irreversible``, ``by``: ``call`` or ``world``), ``said`` (how much prose, never what),
    ``lost`` (the harness failed) and ``ended`` (``why``, ``steps``, ``final``: the digest of the last state). ``step``
    counts the calls made before.
    """  # noqa: D415 (the list of kinds belongs to the first sentence)

    __slots__ = ()

    @property
    def receipt(self) -> str:
        """What proves the entry to whoever has the key."""
        given = self[4]
        return given.receipt(self[0]) if type(given) is _Given else given


@dataclass(slots=True)
class Record:
    """An append-only list of entries under one key; where it stands is kept beside the list as well."""

    key: bytes = field(repr=False)
    entries: list[RecordEntry] = field(default_factory=list)
    _count: int = field(default=0, init=False, repr=False)
    _last: str = field(default="", init=False, repr=False)
    _given: _Given | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take the end of the list for where it stands."""
        if self.entries:
            self.rewind(self.entries)
        else:
            self._given = _Given(self.key)

    def append(self, step: int, kind: str, facts: Mapping[str, Any], *, plain: bool = False) -> RecordEntry:
        """Add an entry; ``plain`` facts are such as ``json_copy`` gives.

        Raises ``ValueError`` or ``TypeError`` for facts that are no JSON.
        """
        given, number = self._given, self._count
        if given is None or type(step) is not int or not (plain or _is_plain(kind, facts)):
            return self._append_sealed(step, kind, facts)
        said = _bytes_of((number, step, kind, facts), _VERSION)
        given.said.append(said)
        given.running.update(said)
        entry = _entry(RecordEntry, (number, step, kind, facts, given))
        self.entries.append(entry)
        self._count = number + 1
        return entry

    def _append_sealed(self, step: int, kind: str, facts: Mapping[str, Any]) -> RecordEntry:
        """Add an entry with a receipt made at once, as all that come after it: its bytes need not say what it is."""
        self._last, self._given = self._end(), None
        receipt = seal(self.key, self._last, (self._count, step, kind, facts))
        entry = _entry(RecordEntry, (self._count, step, kind, facts, receipt))
        self.entries.append(entry)
        self._count, self._last = self._count + 1, receipt
        return entry

    def rewind(self, entries: Iterable[RecordEntry]) -> None:
        """Go back to these entries."""
        self.entries[:] = entries
        self._count = len(self.entries)
        self._last = self.entries[-1].receipt if self.entries else ""
        self._given = None

    def of(self, *kinds: str) -> Iterator[RecordEntry]:
        """The entries of these kinds, in order."""
        if len(kinds) == 1:
            (kind,) = kinds  # by its place: that takes half the time of the name
            return iter([entry for entry in self.entries if entry[2] == kind])
        return iter([entry for entry in self.entries if entry[2] in kinds])

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

    def _end(self) -> str:
        """The receipt of the entry that was added last."""
        return self._last if self._given is None else self._given.receipt(self._count - 1)

    def _is_untouched(self) -> bool:
        """Whether the entries are, byte for byte, those that were given; false also where that cannot be said.

        Equal bytes under the key are equal values: none but JSON values were given, and each type has its own bytes.
        """
        given = self._given
        if given is None:
            return False
        kept = [entry[:4] for entry in self.entries if type(entry) is RecordEntry and entry[4] is given]
        if len(kept) != len(self.entries):
            return False
        try:
            again = blake2b(memoryview(_bytes_of(kept, _VERSION))[_HEADER:], key=self.key)
        except ValueError:
            return False
        return hmac.compare_digest(again.digest(), given.running.digest())

    def _check_receipts(self) -> None:
        """Make every receipt again; raises ``InvalidEpisodeError`` for one that is not as it was given."""
        before = ""
        for number, entry in enumerate(self.entries):
            try:
                wanted = seal(self.key, before, (number, entry.step, entry.kind, entry.facts))
                good = entry.number == number and hmac.compare_digest(wanted, entry.receipt)
            except (AttributeError, TypeError, ValueError, RecursionError):  # it is no entry, or holds no JSON
                good = False
            if not good:
                raise InvalidEpisodeError(f"entry {number} of the record has no valid receipt")
            before = entry.receipt
        if (len(self.entries), before) != (self._count, self._end()):
            raise InvalidEpisodeError("the record does not end where it was left")

    def check_form(self) -> None:
        """See that the record is of one whole episode, whoever wrote it; raises ``InvalidEpisodeError``."""
        kinds = [entry.kind for entry in self.entries]
        if not kinds or kinds[-1] != "ended":
            raise InvalidEpisodeError("the record does not say how the episode ended: it was cut off")
        if kinds.count("begun") + kinds.count("ended") != 2 or kinds[0] != "begun":
            raise InvalidEpisodeError("the record is not of one episode")
