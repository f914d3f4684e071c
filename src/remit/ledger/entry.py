"""An entry of the ledger: what was done or decided, when, and the one spelling its digest is taken over.

The spelling is the canonical JSON (RFC 8785) of ``{"at", "facts", "kind", "monotonic", "number"}``. Its leaf digest,
``SHA-256(0x00 || spelling)`` (RFC 6962 section 2.1), is what the tree, the checkpoints and every proof stand on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from remit.digest import canonical_json
from remit.errors import LedgerError, LedgerUnavailableError, TamperedError
from remit.ledger.tree import leaf_hash

__all__ = ["KINDS", "LARGEST", "SETTLING", "Entry", "check_kind", "read_entry", "spell_entry", "spell_facts"]

LARGEST = 8 * 1024 * 1024
"""The largest spelling of facts that is kept, in bytes."""

_HEAD = ("number", "at", "monotonic", "kind")


def _needs(*facts: str) -> frozenset[str]:
    """The facts a kind of entry must have."""
    return frozenset(facts)


KINDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # a run and its supervisor
        "started": _needs("run", "command"),
        "enforced": _needs("requested", "enforced"),
        "issued": _needs("to"),
        "revoked": _needs("host"),
        "instructed": _needs("instruction"),
        "acknowledged": _needs("instruction"),
        "beat-missed": _needs(),
        "egress-lost": _needs(),
        "joined": _needs("name", "part"),
        "companion-lost": _needs(),
        "held": _needs(),
        "resumed": _needs(),
        "stopping": _needs("reason"),
        "stopped": _needs(),
        "exited": _needs("status"),
        # a session of the guard and its calls
        "opened": _needs("charter"),
        "intent": _needs("call"),
        "outcome": _needs("intent"),
        "denied": _needs(),
        "asked": _needs(),
        "approved": _needs(),
        "refused": _needs(),
        "expired": _needs(),
        "planned": _needs("plan"),
        "deviated": _needs(),
        "delegated": _needs("charter"),
        "pinned": _needs(),
        "drifted": _needs(),
        "bypassed": _needs("reason"),
        "shadowed": _needs(),
        "reconciled": _needs("intent", "result"),
        "message": _needs(),
        "closed": _needs(),
        # the ledger itself
        "anchored": _needs("size", "root"),
    }
)
"""Every kind of entry there is, and the facts an entry of that kind must have; other facts may stand beside them."""

SETTLING = frozenset({"outcome", "denied", "refused", "expired", "reconciled"})
"""The kinds that settle an intent, by its number in their fact ``intent``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the ledger.

    ``number`` counts from 1; ``at`` is UTC (ISO 8601); ``monotonic`` is in seconds of that machine's monotonic clock,
    so that spans are right even when somebody sets the time; ``leaf`` is the 32 byte digest of the spelling.
    """

    number: int
    at: str
    monotonic: float
    kind: str
    facts: Mapping[str, object]
    leaf: bytes

    def document(self) -> dict[str, object]:
        """The entry as one flat mapping: its head, then its facts (a fact never covers a key of the head)."""
        head = {"number": self.number, "at": self.at, "monotonic": self.monotonic, "kind": self.kind}
        return {**head, **{key: value for key, value in self.facts.items() if key not in _HEAD}}

    def spelled(self) -> bytes:
        """The canonical spelling the leaf digest is taken over."""
        return spell_entry(self.number, self.at, self.monotonic, self.kind, canonical_json(self.facts))


def check_kind(kind: str, facts: Mapping[str, object]) -> None:
    """Refuse a kind nobody has heard of, and one that lacks a fact; raises ``LedgerError``."""
    needed = KINDS.get(kind)
    if needed is None:
        raise LedgerError(
            f"the ledger knows no kind of entry called `{kind}`",
            code="ledger.error.kind",
            hint="the kinds are listed in spec/ledger.md",
        )
    if not needed <= facts.keys():
        missing = ", ".join(f"`{name}`" for name in sorted(needed - facts.keys()))
        raise LedgerError(f"an entry `{kind}` lacks {missing}", code="ledger.error.facts", hint="see spec/ledger.md")


def spell_facts(kind: str, facts: Mapping[str, object]) -> bytes:
    """The canonical JSON of facts, for an entry of this kind.

    What JSON cannot say exactly is said as near as it can: half a surrogate pair becomes ``?`` and an integer too
    large for a double becomes text. Facts that cannot be said at all (an object, a number that is not finite, more
    than ``LARGEST`` bytes) become ``{"unwritable": why}``, except those of an intent: nothing may happen on facts
    nobody can read, so they raise ``LedgerUnavailableError``.
    """
    try:
        spelled = _spell(facts)
        problem = "" if len(spelled) <= LARGEST else "more than the ledger keeps"
    except (TypeError, ValueError, RecursionError) as error:
        spelled, problem = b"", type(error).__name__
    if not problem:
        return spelled
    if kind == "intent":
        raise LedgerUnavailableError(
            f"the facts of an intent cannot be written: {problem}",
            code="ledger.unavailable.facts",
            hint="arguments must be JSON values of at most 8 MiB",
        )
    return canonical_json({"unwritable": f"{problem} in the facts of this entry"})


def spell_entry(number: int, at: str, monotonic: float, kind: str, facts: bytes) -> bytes:
    """The canonical spelling of an entry, from the spelling of its facts."""
    head, tail = canonical_json(at), canonical_json(monotonic)
    return b'{"at":%b,"facts":%b,"kind":"%b","monotonic":%b,"number":%d}' % (head, facts, kind.encode(), tail, number)


def read_entry(number: int, body: bytes, *, where: object = None) -> Entry:
    """Read the spelling of an entry back; raises ``TamperedError`` when it is none, or not that of this number."""
    entry = _parse(body)
    if entry is None or entry.number != number:
        raise TamperedError(
            f"entry {number} is not what was recorded",
            code="ledger.tampered.edited",
            hint="`remit log verify` says what else was changed",
            where=where,
        )
    return entry


def _parse(body: bytes) -> Entry | None:
    """The entry of a spelling; ``None`` where it is none."""
    try:
        said = _DECODER.decode(body.decode())
        head = said["number"], said["at"], float(said["monotonic"]), said["kind"]
        facts = said["facts"]
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    text = isinstance(head[1], str) and isinstance(head[3], str)
    if len(said) != 5 or not isinstance(facts, dict) or not text or head[3] not in KINDS:
        return None
    return Entry(number=head[0], at=head[1], monotonic=head[2], kind=head[3], facts=facts, leaf=leaf_hash(body))


def _number(text: str) -> int | float:
    """A number without a point: one that no double tells from its neighbours was a float when it was spelled."""
    exact = len(text) < 16 or abs(int(text)) < 2**53
    return int(text) if exact else float(text)


_DECODER = json.JSONDecoder(parse_int=_number)


def _spell(facts: Mapping[str, object]) -> bytes:
    """Spell facts as they are, or mended where they cannot be said exactly."""
    try:
        return canonical_json(facts)
    except ValueError:
        return canonical_json(_mend(facts))


def _mend(value: object) -> object:
    """Replace what canonical JSON refuses and a reader can still use."""
    match value:
        case str():
            return value.encode("utf-8", errors="replace").decode("utf-8")
        case bool():
            return value
        case int():
            return value if abs(value) < 2**53 else str(value)
        case Mapping():
            return {_mend(key): _mend(item) for key, item in value.items()}
        case list() | tuple():
            return [_mend(item) for item in value]
        case _:
            return value
