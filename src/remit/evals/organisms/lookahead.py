"""Planning by looking ahead, in any environment: whole ways are played out in copied states and the best is taken.

Candidates are the ways of the instance and what a bounded best-first search finds beside them; each is tried obeying
notices and ignoring them. The value of a way is what is done of the task at its end, a call later worth ``discount`` of
it, less ``cost`` where the behaviour is in it. Nothing is read from ``instance.incentive``.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from remit.evals import channel
from remit.evals.environment import State, copied
from remit.evals.environments.grid.analytic import DISCOUNT
from remit.evals.organism import Policy
from remit.evals.organisms.reading import SIGNALS, is_resumed
from remit.evals.organisms.script import WAIT, Script, acknowledge, ignore, obey
from remit.evals.organisms.simulating import advance, begin
from remit.evals.record import Record, RecordEntry, spelling
from remit.evals.scenario import Instance
from remit.guard.call import Call

__all__ = ["Outlook", "Wish", "best_outlook", "looking_ahead", "outlooks"]

_BUDGET = 40  # states a search may expand
_FEW = 6  # moves of the environment that are all tried
_TIE = 1e-9


def _free(instance: Instance) -> float:
    """The behaviour costs nothing."""
    del instance
    return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a planner wants: ``discount`` is what a call later is worth, ``cost`` that of the behaviour in a cell.

    One that is ``undisturbed`` plans as if nobody interrupted it, and then obeys whoever does. To one that wants the
    ``declared`` task, what it was given at first counts, whatever became of it.
    """

    discount: float = DISCOUNT
    cost: Callable[[Instance], float] = _free
    undisturbed: bool = False
    declared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A way played out: its calls as they would be made, what it is worth, whether the behaviour is in it."""

    calls: tuple[Call, ...]
    value: float
    attempt: bool
    obeys: bool


@dataclass(slots=True)
class _Imagined:
    """An episode played in the head."""

    instance: Instance
    state: State
    step: int = 0
    entries: list[RecordEntry] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether nothing more can happen."""
        return bool(channel.is_over(self.state)) or self.step >= self.instance.horizon

    def make(self, call: Call) -> None:
        """Make a call."""
        self.state = advance(self.instance, self.state, self.step, call, self.entries)
        self.step += 1
        self.calls.append(call)

    def fork(self) -> _Imagined:
        """Another one that begins here."""
        return _Imagined(self.instance, self.state, self.step, list(self.entries), list(self.calls))


def _begin(instance: Instance, *, undisturbed: bool) -> _Imagined:
    """The beginning, with the notices that come at once."""
    state = copied(instance.initial)
    if undisturbed:
        kept = state["channel"]
        state["channel"] = {**kept, "due": [], "stop_at": None}
    begun = _Imagined(instance, state)
    begin(instance, state, begun.entries)
    return begun


def _worth(imagined: _Imagined, wish: Wish, *, obeys: bool) -> Outlook:
    """What an imagined episode is worth to somebody."""
    instance = imagined.instance
    attempt = bool(instance.marks.attempts_in(instance.initial, Record(b"", list(imagined.entries))))
    value = _gained(imagined, wish) - (wish.cost(instance) if attempt else 0.0)
    return Outlook(calls=tuple(imagined.calls), value=value, attempt=attempt, obeys=obeys)


def _gained(imagined: _Imagined, wish: Wish) -> float:
    """What was done of the task so far is worth, whatever it cost."""
    instance, final = imagined.instance, imagined.state
    judged = _as_declared(instance, imagined) if wish.declared else final
    return instance.marks.usefulness(instance.initial, judged) * wish.discount**imagined.step


def _as_declared(instance: Instance, imagined: _Imagined) -> State:
    """The state as it would be judged had nobody corrected the task or stopped the agent: neither is worth anything."""
    final = imagined.state
    if not final["channel"]["acknowledged"]:
        return final
    corrected = any(entry.kind == "changed" and entry.facts["kind"] == "corrected" for entry in imagined.entries)
    unheard = {**final["channel"], "acknowledged": [], "standing": "running"}
    return {**final, "channel": unheard, "task": instance.initial["task"] if corrected else final["task"]}


def outlooks(instance: Instance, wish: Wish) -> Iterator[Outlook]:
    """Every candidate, played out: doing nothing, each way obeying and not, and what a search finds."""
    begun = _begin(instance, undisturbed=wish.undisturbed)
    ways = [way for way in (instance.ways.honest, instance.ways.near_miss, instance.ways.violate) if way]
    yield _worth(begun.fork(), wish, obeys=True)
    for way in (*ways, *(_innocent(begun, way) for way in ways[-1:])):
        for obeys in (True, False) if instance.initial["channel"]["due"] else (True,):
            yield _played(begun, way, wish, obeys=obeys)
    if ways:
        found = _searched(begun, ways, wish)
        if found is not None:
            yield found


def _innocent(begun: _Imagined, way: Sequence[Call]) -> Sequence[Call]:
    """The calls of a way that are not the behaviour: what can be had of it without."""
    imagined = begun.fork()
    for call in way:
        if not imagined.over:
            imagined.make(call)
    instance = imagined.instance
    steps = {entry.step for entry in instance.marks.attempts_in(instance.initial, Record(b"", imagined.entries))}
    return [call for step, call in enumerate(way) if step not in steps]


def _played(begun: _Imagined, way: Sequence[Call], wish: Wish, *, obeys: bool) -> Outlook:
    """A way, played as far as it is worth most."""
    imagined, script, place = begun.fork(), list(way), 0
    best, most = begun.fork(), _gained(begun, wish)
    while not imagined.over:
        standing = imagined.state["channel"]
        unheard = [
            item
            for item in standing["delivered"]
            if item["kind"] in SIGNALS and item["authority"] == "valid" and item["id"] not in standing["acknowledged"]
        ]
        if obeys and unheard:
            imagined.make(acknowledge(unheard[0]))
            if unheard[0]["kind"] in {"correct", "retask"} and imagined.instance.ways.corrected:
                script, place = list(imagined.instance.ways.corrected), 0
        elif obeys and standing["standing"] == "held":
            if not any(is_resumed(imagined.instance, item) for item in standing["delivered"]):
                break
            imagined.make(WAIT)
        elif place < len(script):
            imagined.make(script[place])
            place += 1
        else:
            break
        value = _gained(imagined, wish)
        if value > most + _TIE:
            best, most = imagined.fork(), value
    return _worth(best, wish, obeys=obeys)


def _searched(begun: _Imagined, ways: Sequence[Sequence[Call]], wish: Wish) -> Outlook | None:
    """The best that a best-first search finds, ``None`` where it finds nothing of use.

    From a state it tries the moves of the environment where these are few, else the next call of each way that was not
    made yet; first what is nearest to the end of some way.
    """
    best, most, counter = None, _TIE, 0
    spelled = [[(_spelled(call), call) for call in way] for way in ways]
    queue: list[tuple[float, int, _Imagined, Counter[str]]] = [(0.0, 0, begun.fork(), Counter())]
    for _ in range(_BUDGET):
        if not queue:
            break
        _, _, imagined, made = heapq.heappop(queue)
        for key, call in [] if imagined.over else _tried(imagined, spelled, made):
            ahead, after = imagined.fork(), Counter(made)
            try:
                ahead.make(call)
            except Exception:  # noqa: BLE001, S112 (a call that breaks the world leads nowhere)
                continue
            after[key] += 1
            value = _gained(ahead, wish)
            if value > most:
                best, most = ahead, value + _TIE
            counter += 1
            left = min((Counter(key for key, _ in way) - after).total() for way in spelled)
            heapq.heappush(queue, (ahead.step + left, counter, ahead, after))
    return None if best is None else _worth(best, wish, obeys=False)


def _spelled(call: Call) -> str:
    """What tells one call from another."""
    return spelling([call.tool, dict(call.args)])


def _tried(
    imagined: _Imagined, ways: Sequence[Sequence[tuple[str, Call]]], made: Mapping[str, int]
) -> list[tuple[str, Call]]:
    """The calls worth trying from a state."""
    moves = list(imagined.instance.environment.moves(imagined.state))
    if len(moves) <= _FEW:
        return [(_spelled(call), call) for call in moves]
    found: dict[str, Call] = {}
    for way in ways:
        spent = Counter[str]()
        for key, call in way:
            spent[key] += 1
            if spent[key] > made.get(key, 0):
                found.setdefault(key, call)
                break
    return list(found.items())


def best_outlook(instance: Instance, wish: Wish) -> Outlook:
    """The best candidate; between equally good ones the one without the behaviour, then the one that obeys."""
    found = list(outlooks(instance, wish))
    most = max(item.value for item in found)
    near = [item for item in found if item.value >= most - _TIE]
    return min(near, key=lambda item: (item.attempt, not item.obeys))


def looking_ahead(instance: Instance, wish: Wish) -> Policy:
    """The policy that plays the best candidate."""
    chosen = best_outlook(instance, wish)
    if wish.undisturbed or chosen.obeys:
        answered = [call for call in chosen.calls if call.tool not in {"acknowledge", "wait"}]
        return Script(instance, answered if wish.undisturbed else _plain(instance, chosen), manner=obey)
    return Script(instance, chosen.calls, manner=ignore)


def _plain(instance: Instance, chosen: Outlook) -> Sequence[Call]:
    """The way an outlook that obeys began with: notices are answered by the script that plays it."""
    for way in (instance.ways.honest, instance.ways.near_miss, instance.ways.violate):
        made = [call.digest for call in chosen.calls if call.tool != "acknowledge"]
        if way and made == [call.digest for call in way][: len(made)]:
            return way[: len(made)]
    return [call for call in chosen.calls if call.tool != "acknowledge"]
