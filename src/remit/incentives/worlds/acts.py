"""What the agent may do in its world: the acts a charter grants, and those holding its tools makes possible.

An act is probabilistic STRIPS: it *needs* facts, *adds* and *takes* facts, moves counters, succeeds with a probability.
Acts come from the grants that declare effects and from catalogue rows whose context holds; those out of reach (delete
relaxation) are dropped here, those without any bearing on an outcome or on oversight by the compiler.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from remit.charter.context import ContextFact, context_of
from remit.charter.effects import kind_of, parts_of
from remit.charter.model import Affordance, Charter, Credential, Grant
from remit.finding import Where
from remit.incentives.catalogue import authorising_grants

__all__ = ["MONEY", "Act", "acts_of", "has_money", "outcome_levels", "start_facts", "within_reach"]

MARKERS = frozenset({"irreversible"})
MONEY = "money"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing the agent can do.

    ``ways`` are sets of facts, any of which suffices for it. ``authorised`` is ``"yes"``, ``"no"`` or the overseers
    asked (joined by ``+``). ``spends`` / ``gains`` name counters (one level each). ``shortcut``: an unauthorised way
    to an outcome some authorised act brings about too. ``opened_by`` says in words what makes it possible, ``where``
    on which line.
    """

    id: str
    tool: str
    title: str
    authorised: str
    ways: tuple[tuple[str, ...], ...]
    adds: tuple[str, ...]
    takes: tuple[str, ...]
    spends: tuple[str, ...]
    gains: tuple[str, ...]
    success: float
    observability: float
    helps: Mapping[str, float]
    shortcut: bool
    effects: tuple[str, ...]
    source: str
    opened_by: str
    where: Where

    @property
    def unauthorised(self) -> bool:
        """Whether no grant covers it, or a limit forbids it."""
        return self.authorised == "no"

    @property
    def overseers(self) -> tuple[str, ...]:
        """Who is asked before it happens."""
        return () if self.authorised in ("yes", "no") else tuple(self.authorised.split("+"))

    def parts(self) -> tuple[str, ...]:
        """The drive parts and boundary pressures its effects serve."""
        found = [part for effect in self.effects for part in parts_of(effect)]
        if self.shortcut:
            found += ["efficiency-and-power.seeking-leverage", "limit-evasion"]
        return tuple(dict.fromkeys(found))


def outcome_levels(charter: Charter) -> dict[str, int]:
    """Outcomes that are counted, with the highest level anything distinguishes (``out.tickets >= 2`` gives 2)."""
    levels: dict[str, int] = {}
    for outcome in (*charter.purpose.task, *charter.purpose.retask):
        for condition in outcome.when:
            levels[condition.fact] = max(levels.get(condition.fact, 1), condition.at_least)
    return {fact: top for fact, top in levels.items() if top > 1}


def start_facts(charter: Charter) -> frozenset[str]:
    """What holds before the agent acts: a capability for each tool kind it holds, and what the purpose gives."""
    held = {f"cap.{grant.kind}" for grant in charter.grants if grant.kind is not None}
    return frozenset(held | set(charter.purpose.given))


def acts_of(charter: Charter, rows: Iterable[Affordance]) -> tuple[Act, ...]:
    """Every act in reach of this charter, in a stable order: granted ones first, then the catalogue's.

    ``rows`` is the catalogue with the charter's own rows. Raises nothing: a row whose context does not hold is out.
    """
    context = context_of(charter)
    counters = set(outcome_levels(charter)) | {MONEY}
    granted = [_from_grant(grant, charter, counters) for grant in charter.grants if grant.effects]
    known = {act.id for act in granted}
    possible = [
        act
        for row in rows
        if row.id not in known and all(context[key].value == value for key, value in row.when.items())
        for act in _from_row(row, charter, context, counters)
    ]
    start = start_facts(charter)
    reached = within_reach(_widened((*_unique(granted), *possible), start), start, funded=has_money(charter))
    wanted = {
        fact for act in reached if not act.unauthorised for fact in (*act.adds, *act.gains) if fact.startswith("out.")
    }
    return tuple(
        replace(act, shortcut=True) if act.unauthorised and wanted.intersection((*act.adds, *act.gains)) else act
        for act in reached
    )


def within_reach(acts: Iterable[Act], start: frozenset[str], *, funded: bool) -> tuple[Act, ...]:
    """The acts whose needs can ever hold, ignoring what acts take away (delete relaxation)."""
    acts = tuple(acts)
    held = set(start) | ({MONEY} if funded else set())
    live: set[int] = set()
    while ready := [index for index, act in enumerate(acts) if index not in live and _ready(act, held)]:
        live.update(ready)
        for index in ready:
            act = acts[index]
            held.update(act.adds, act.gains, (f"out.{fact[9:]}" for fact in act.adds if fact.startswith("schedule.")))
    return tuple(acts[index] for index in sorted(live))


def _ready(act: Act, held: set[str]) -> bool:
    return any(all(fact in held for fact in way) for way in act.ways) and all(counter in held for counter in act.spends)


def has_money(charter: Charter) -> bool:
    """Whether the agent starts with money to spend: a budget above zero, or a grant that spends without one."""
    budget = charter.budgets.get(MONEY)
    if budget is not None:
        return budget.quantity is None or budget.quantity.amount > 0
    return any(effect == "money.spend" for grant in charter.grants for effect in grant.effects)


def _unique(acts: list[Act]) -> list[Act]:
    """Grants of one tool under several constraints get an id each: ``tool``, ``tool#2``."""
    seen: dict[str, int] = {}
    named = []
    for act in acts:
        seen[act.id] = seen.get(act.id, 0) + 1
        named.append(act if seen[act.id] == 1 else replace(act, id=f"{act.id}#{seen[act.id]}"))
    return named


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moves:
    adds: tuple[str, ...]
    takes: tuple[str, ...]
    spends: tuple[str, ...]
    gains: tuple[str, ...]


def _moves(effects: Iterable[str], counters: set[str]) -> _Moves:
    """Effects as facts added and taken and counters moved; markers (`irreversible`) leave no trace in the world."""
    adds: list[str] = []
    takes: list[str] = []
    spends: list[str] = []
    gains: list[str] = []
    for effect in effects:
        name = effect.removeprefix("not ").strip()
        if name in MARKERS:
            continue
        if name == "money.spend":
            spends.append(MONEY)
        elif name == "money.earn":
            gains.append(MONEY)
        elif name in counters:
            (spends if effect.startswith("not ") else gains).append(name)
        else:
            (takes if effect.startswith("not ") else adds).append(name)
    return _Moves(adds=tuple(adds), takes=tuple(takes), spends=tuple(spends), gains=tuple(gains))


def _from_grant(grant: Grant, charter: Charter, counters: set[str]) -> Act:
    moves = _moves(_opened(grant.effects, charter), counters)
    held = () if grant.kind is None else (f"cap.{grant.kind}",)
    return Act(
        id=grant.tool,
        tool=grant.tool,
        title=f"use {grant.tool} as granted",
        authorised=_authority((grant,), grant.effects, charter),
        ways=((*held, *grant.needs),),
        adds=moves.adds,
        takes=moves.takes,
        spends=moves.spends,
        gains=moves.gains,
        success=charter.assume.success if grant.success is None else grant.success,
        observability=1.0,
        helps=dict(grant.helps),
        shortcut=False,
        effects=grant.effects,
        source="",
        opened_by=f"grant {grant.tool}",
        where=grant.where,
    )


def _from_row(row: Affordance, charter: Charter, context: Mapping[str, ContextFact], counters: set[str]) -> list[Act]:
    effects = _opened(row.effects, charter)
    if not effects:
        return []
    moves = _moves(effects, counters)
    opener, where = _opener(row, charter, context)
    act = Act(
        id=row.id,
        tool=row.kind,
        title=row.title,
        authorised=_authority(authorising_grants(row, charter), row.effects, charter),
        ways=(row.needs,),
        adds=moves.adds,
        takes=moves.takes,
        spends=moves.spends,
        gains=moves.gains,
        success=row.success,
        observability=row.observability,
        helps=dict(row.helps),
        shortcut=False,
        effects=effects,
        source=row.source,
        opened_by=opener,
        where=where,
    )
    return [act]


def _widened(acts: tuple[Act, ...], start: frozenset[str]) -> tuple[Act, ...]:
    """``info.*`` in a need stands for any fact of the family that something brings about or that holds at the start."""
    known = sorted(start.union(*(act.adds for act in acts)))
    ways = (tuple(way for needs in act.ways for way in _alternatives(needs, known)) for act in acts)
    return tuple(act if wide == act.ways else replace(act, ways=wide) for act, wide in zip(acts, ways, strict=True))


def _alternatives(needs: tuple[str, ...], known: list[str]) -> list[tuple[str, ...]]:
    choices = [
        [fact for fact in known if fact.startswith(need[:-1])] if need.endswith(".*") else [need] for need in needs
    ]
    return [tuple(dict.fromkeys(choice)) for choice in itertools.product(*choices)]


def _opened(effects: Iterable[str], charter: Charter) -> tuple[str, ...]:
    """``credential.env`` / ``credential.file`` as what the charter's credentials from there open."""
    result: list[str] = []
    for effect in effects:
        if effect in ("credential.env", "credential.file"):
            place = effect.partition(".")[2]
            found = [one for one in charter.credentials if one.source.startswith(f"{place}:") and _is_there(one)]
            result += [f"cap.{kind}" for secret in found for kind in secret.opens]
        else:
            result.append(effect)
    return tuple(dict.fromkeys(result))


def _is_there(secret: Credential) -> bool:
    """Whether a secret is where its source says for the agent too: one kept for a host leaves the environment only."""
    return secret.in_reach or secret.source.startswith("file:")


def _authority(grants: tuple[Grant, ...], effects: Iterable[str], charter: Charter) -> str:
    """Who allows an act: nobody where no grant names it or a limit forbids an effect of it."""
    if not grants or any(_forbidden(grant.tool, effects, charter) for grant in grants):
        return "no"
    free = [grant for grant in grants if not grant.ask]
    return "yes" if free else "+".join(grants[0].ask)


def _forbidden(tool: str, effects: Iterable[str], charter: Charter) -> bool:
    for limit in charter.limits:
        if limit.when is not None:
            continue
        by_tool = limit.tool is None or fnmatchcase(tool, limit.tool)
        by_effect = limit.effect is None or any(_under(effect, limit.effect) for effect in effects)
        if by_tool and by_effect:
            return True
    return False


def _under(effect: str, pattern: str) -> bool:
    if effect.startswith("not "):
        return False
    return effect == pattern or (pattern.endswith(".*") and kind_of(effect).family == pattern[:-2])


def _opener(row: Affordance, charter: Charter, context: Mapping[str, ContextFact]) -> tuple[str, Where]:
    """The line that makes a row possible: its own, the grant of its kind, or the context it rests on."""
    if row.where is not None:
        return "your own catalogue row", row.where
    for grant in charter.grants:
        if grant.kind == row.kind or f"cap.{grant.kind}" in row.needs:
            return f"grant {grant.tool}", grant.where
    for key in row.when:
        fact = context[key]
        if fact.place and fact.place in charter.places:
            value = str(fact.value).lower() if isinstance(fact.value, bool) else fact.value
            return f"{key}: {value} ({fact.origin})", charter.places[fact.place]
    return "what its other tools lead to", charter.agent.where
