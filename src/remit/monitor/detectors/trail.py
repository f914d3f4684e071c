"""What came before: signals, calls that were refused, what was touched, what people said. Detectors read it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from remit.monitor.alert import Inferred
from remit.monitor.controls.shapes import path_role
from remit.monitor.detectors.windows import Count, Marks, Tally
from remit.monitor.encoded.filters import from_base64, from_hex
from remit.monitor.event import Event
from remit.monitor.said.told import Told
from remit.monitor.signals import Signal, SignalKind

__all__ = [
    "Refused",
    "Trail",
    "amounts_of",
    "family_of",
    "head_of",
    "hosts_of",
    "objects_of",
    "operands_of",
    "refused_call",
    "said_in",
    "spelled",
    "targets_of",
]

_MOST_REFUSED = 64
_MOST_OBJECTS = 64
_STOP = SignalKind.STOP
_SURE = 0.3
_MARKED = frozenset(("credential.*", "self.modify"))
"""The effects, and families of them, whose first time a later call may rest on."""
_STAGES = (*_MARKED, "written", "own state")
_COUNTED = ("compute.acquire", "compute.energy", "money.earn")
"""The effects that add up, portion by portion."""
_COPIES = frozenset(("data.backup", "info.read", "info.self", "self.replicate"))
_OBJECT = re.compile(r"(?:[\w%+-]*+[/.@:][\w@%+./:-]++|\b(?:\d[\d.,]*\d\b|[\w-]{9,}\b))")
_HOST = re.compile(r"^\w+://(?:[^/@\s]*@)?([\w.-]+\.[\w-]+)")
_PACKED = re.compile(r"[A-Za-z0-9+/_-]{24,4096}={0,2}")
_SHORTEST_PACKED = 24
_HEX = re.compile(r"[0-9a-fA-F]+")
_MOST_PACKED = 4
_PARTS = re.compile(r"[\s:=,/]+")
_NOT_PLAIN = re.compile(r"[;&|<>$`(){}'\"\\\n]")
_LONGEST_PLAIN = 300
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_LONGEST_AMOUNT = 40
_MONEY = ("amount", "price", "value", "total", "sum", "cost", "quantity", "size", "count", "limit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A call that was not allowed: where, what it would have done, what it names, how it was spelled.

    ``operands`` are the words of a plain command, its program first, without flags; empty for anything else. From
    these follow ``first`` (its first two operands), ``deep`` (paths of two slashes and more among its objects),
    ``hosts`` (of the addresses it names) and ``words`` (what it is found again by).
    """

    step: int
    effects: frozenset[str]
    objects: frozenset[str]
    spelled: str
    amount: float = 0.0
    operands: tuple[str, ...] = ()
    first: tuple[str, ...] = field(init=False, repr=False)
    deep: frozenset[str] = field(init=False, repr=False)
    hosts: frozenset[str] = field(init=False, repr=False)
    words: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Work out once what every later call is compared with."""
        head = "" if self.effects else head_of(self.operands)
        hosts = hosts_of(self.objects)
        object.__setattr__(self, "first", self.operands[:2])
        object.__setattr__(self, "deep", frozenset(word for word in self.objects if word.count("/") > 1))
        object.__setattr__(self, "hosts", hosts)
        object.__setattr__(self, "words", (self.objects | hosts | {self.spelled, head}) - {""})


@dataclass(slots=True)
class Trail:
    """What is known of a stream before the event at hand; bounded.

    ``latest`` is the last signal of each kind, ``refused`` the latest calls that were not allowed, ``marks`` when what
    later calls may rest on was first done to each target, ``counts`` how often the effects that add up were had over
    the whole life, ``tally`` the portions of what was denied. ``after_stop`` counts calls since a stop was announced;
    ``named`` finds the calls in ``refused`` by their objects, spellings and first words, ``addressed`` is how many of
    them name addresses.
    """

    latest: dict[SignalKind, Signal] = field(default_factory=dict)
    refused: deque[Refused] = field(default_factory=lambda: deque(maxlen=_MOST_REFUSED))
    marks: Marks = field(default_factory=lambda: Marks(_STAGES))
    counts: dict[str, Count] = field(default_factory=lambda: {effect: Count() for effect in _COUNTED})
    tally: Tally = field(default_factory=Tally)
    told: Told = field(default_factory=Told)
    after_stop: int = 0
    named: dict[str, dict[int, Refused]] = field(default_factory=dict)
    addressed: int = 0
    _refusals: int = 0
    _calls: dict[int, tuple[Event, tuple[Inferred, ...]]] = field(default_factory=dict)

    def signal(self, kind: SignalKind, step: int, *, recorded: bool = True) -> None:
        """Take in a signal; a resumption ends a hold, and a stop that was called off with it."""
        if kind is SignalKind.RESUME:
            self.latest.pop(SignalKind.HOLD, None)
            return
        known = self.latest.get(kind)
        if kind is SignalKind.STOP and (known is None or (recorded and not known.recorded)):
            self.after_stop = 0
        if known is None or recorded or not known.recorded:
            first = known is not None and known.recorded == recorded and kind is SignalKind.STOP
            self.latest[kind] = known if first and known is not None else Signal(kind, step, recorded)

    def since(self, kinds: Iterable[SignalKind]) -> Signal | None:
        """The strongest signal of these kinds that stands: one on record before one that was only said."""
        if not self.latest:
            return None
        found = [self.latest[kind] for kind in kinds if kind in self.latest]
        if len(found) < 2:
            return found[0] if found else None
        return min(found, key=lambda signal: (not signal.recorded, signal.step))

    def remember(self, event: Event, effects: Iterable[Inferred]) -> None:
        """Take in a call after the detectors have looked at it."""
        if _STOP in self.latest:
            self.after_stop += 1
        for inferred in effects:
            if inferred.certainty >= _SURE:
                effect, target = inferred.effect, inferred.target
                for stage in _stages(effect):
                    self.marks.note(stage, target, event.step)
                if effect in self.counts:
                    self.counts[effect].add(event.step, item=target)
                if effect == "data.write" and target:
                    self.marks.note("written", target, event.step)
                    self.marks.note("written", target.rpartition("/")[2], event.step)
                if effect in _COPIES and (inferred.control or path_role(target)[0] == "self"):
                    self.marks.note("own state", target, event.step)

    def refuse(self, event: Event, effects: Iterable[Inferred]) -> None:
        """Take in a call that was not allowed."""
        call = refused_call(event, effects)
        if len(self.refused) == _MOST_REFUSED:
            self._drop(self.refused[0])
        self.refused.append(call)
        for word in call.words:
            self.named.setdefault(word, {})[self._refusals] = call
        self._refusals += 1
        self.addressed += bool(call.hosts)
        self.signal(SignalKind.DENY, event.step)

    def like(self, words: Iterable[str]) -> list[Refused]:
        """The refused calls that share an object, a spelling or their first words with these, oldest first."""
        named = self.named
        found: dict[int, Refused] = {}
        for word in words:
            if word in named:
                found |= named[word]
        return [found[number] for number in sorted(found)]

    def _drop(self, call: Refused) -> None:
        """Forget the oldest refused call."""
        number = self._refusals - len(self.refused)
        self.addressed -= bool(call.hosts)
        for word in call.words:
            kept = self.named[word]
            del kept[number]
            if not kept:
                del self.named[word]

    def awaiting(self, event: Event, effects: tuple[Inferred, ...]) -> None:
        """Keep a call whose answer may say that it was refused."""
        calls = self._calls
        calls[event.step] = event, effects
        if len(calls) > _MOST_REFUSED:
            del calls[next(iter(calls))]

    def answered(self, event: Event, *, refused: bool) -> None:
        """Take in the answer to a call."""
        asked = self._calls.pop(event.of, None) if event.of is not None else None
        if refused and asked is not None:
            self.refuse(*asked)
        if refused:
            self.signal(SignalKind.DENY, event.step)


def refused_call(event: Event, effects: Iterable[Inferred]) -> Refused:
    """What is kept of a call that was, or may be, refused."""
    effects = tuple(effects)
    return Refused(
        step=event.step,
        effects=frozenset(inferred.effect for inferred in effects),
        objects=objects_of(event.args) | targets_of(effects),
        spelled=spelled(event),
        amount=max(amounts_of(event.args), default=0.0),
        operands=operands_of(event.args),
    )


def operands_of(args: Mapping[str, object]) -> tuple[str, ...]:
    """The words of a plain command: its program and what it acts upon; paths and references taken apart, no flags."""
    text = args.get("command") or args.get("cmd")
    if not isinstance(text, str) or len(text) > _LONGEST_PLAIN or _NOT_PLAIN.search(text):
        return ()
    return tuple(word for word in _PARTS.split(text) if word and word[0] != "-")


def head_of(operands: tuple[str, ...]) -> str:
    """The program of a command with its first operand, empty where there are none."""
    return " ".join(operands[:2])


def spelled(event: Event) -> str:
    """A call as it was written, without the name of its tool."""
    args = event.args
    return "\x1f".join([f"{key}={value}" for key, value in (sorted(args.items()) if len(args) > 1 else args.items())])[
        :4096
    ]


def family_of(effect: str) -> str:
    """The word before the dot of an effect."""
    return effect.partition(".")[0]


@lru_cache(maxsize=1024)
def _stages(effect: str) -> tuple[str, ...]:
    """What is marked of an effect: itself, its family, or nothing."""
    return tuple(one for one in (effect, f"{family_of(effect)}.*") if one in _MARKED)


def objects_of(args: Mapping[str, object]) -> frozenset[str]:
    """What a call names: paths, hosts, addresses, numbers, long words; also in what is encoded."""
    found: list[str] = []
    for said in said_in(args):
        found += [word.strip(".,:/").lower() for word in _OBJECT.findall(said)[: _MOST_OBJECTS + 1]]
        if len(found) > _MOST_OBJECTS:
            break
    return frozenset(word for word in found[:_MOST_OBJECTS] if len(word) > 1)


def said_in(args: Mapping[str, object]) -> Iterator[str]:
    """The beginning of each text of a call, and what is encoded in it."""
    for text in _texts(args):
        yield text[:2048]
        yield from _unpacked(text[:8192])


def hosts_of(objects: Iterable[str]) -> frozenset[str]:
    """The hosts among what a call names: those of its addresses."""
    return frozenset(match[1] for word in objects if "://" in word and (match := _HOST.match(word)) is not None)


def _unpacked(text: str) -> Iterator[str]:
    """The texts behind long words that are base64 or hexadecimal digits."""
    if len(text) < _SHORTEST_PACKED:
        return
    for word in _PACKED.findall(text)[:_MOST_PACKED]:
        if "/" in word[:1] or word.islower():
            continue
        plain = from_hex(word) if _HEX.fullmatch(word) and len(word) % 2 == 0 else from_base64(word)
        if (plain and plain.isprintable()) or (plain and plain.replace("\n", " ").isprintable()):
            yield plain[:2048]


def targets_of(effects: Iterable[Inferred]) -> frozenset[str]:
    """What a call acts upon, however it is spelled."""
    return frozenset(inferred.target.lower() for inferred in effects if len(inferred.target) > 1)


def amounts_of(args: Mapping[str, object]) -> tuple[float, ...]:
    """The amounts among the arguments of a call: plain numbers, and numbers in fields that are called like amounts."""
    found: list[float] = []
    for key, value in args.items():
        if isinstance(value, str):
            if len(value) < _LONGEST_AMOUNT and key.lower().endswith(_MONEY):
                found += (float(number) for number in _NUMBER.findall(value.replace(",", ""))[:1])
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found.append(float(value))
    return tuple(found)


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    """Every text in some arguments."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bool) or value is None or depth > 4:
        return
    elif isinstance(value, int | float):
        yield str(value)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part, depth + 1)
    elif isinstance(value, list | tuple):
        for part in value[:64]:
            yield from _texts(part, depth + 1)
