"""From an event back to what let it happen: the rule that decided, the grant behind it, what that makes worth doing.

A disappointing outcome is an act somebody allowed, or one nobody stood in front of. What is found here is structure:
which grant opens the act, which acts it is a step towards, which convergent drives those serve. How many goals gain
from them is what ``remit check`` measures.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from remit.assurance.incidents.tracing import Called, trace
from remit.charter.model import Charter
from remit.errors import IncidentError
from remit.incentives.catalogue import with_extensions
from remit.incentives.worlds.acts import Act, acts_of
from remit.ledger.entry import SETTLING, Entry
from remit.ledger.query import call_of, reasons_of
from remit.monitor.alert import Alert, Inferred

__all__ = ["Bond", "Origin", "Step", "origin_of"]

_LONGEST = 2_000


class Bond(StrEnum):
    """How a call and an act belong together: it is the act, it leads to the act, or one grant opens both."""

    IS = "is"
    LEADS = "leads"
    BESIDE = "beside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An act of the charter's world and how the call belongs to it.

    ``authorised`` is ``yes``, ``no`` or who is asked. ``parts`` are the drives and pressures it serves. ``where`` is
    the line that opens it.
    """

    act: str
    title: str
    authorised: str
    parts: tuple[str, ...]
    opened_by: str
    where: str
    bond: Bond


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where one call comes from.

    ``entry`` is the number of the entry that opened it, ``because`` the rules that decided, as recorded. ``effects`` is
    what the monitor reads off the call, ``alerts`` those that name it. ``same_charter`` says whether the charter given
    was in force then; ``None`` where the record does not say which was.
    """

    entry: int
    at: str
    tool: str
    args: str
    decision: str
    result: str
    because: tuple[str, ...]
    effects: tuple[Inferred, ...]
    alerts: tuple[Alert, ...]
    same_charter: bool | None
    steps: tuple[Step, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """The drives and pressures its steps serve, each once, the call's own first."""
        return tuple(dict.fromkeys(part for step in self.steps for part in step.parts))


def origin_of(entries: Iterable[Entry], number: int, charter: Charter, *, stream: str = "") -> Origin:
    """Where the call of an entry comes from, under a charter.

    ``entries`` are those of the ledger from its start; an outcome or an answer stands for the call it settles. Raises
    ``IncidentError`` where there is no such entry, or it belongs to no call.
    """
    listed = list(entries)
    by_number = {entry.number: entry for entry in listed}
    if number not in by_number:
        raise IncidentError(f"there is no entry `{number}`", hint=f"the ledger has {len(listed):,}: remit log show")
    opener = _opener(by_number, number)
    found = trace(listed, stream=stream, charter=charter)
    called = found.calls.get(opener.number)
    if called is None:
        raise IncidentError(
            f"entry `{number}` is `{by_number[number].kind}` and belongs to no call",
            hint="name the number of an intent, an outcome or a refusal: remit log show",
        )
    return Origin(
        entry=opener.number,
        at=opener.at,
        tool=called.tool,
        args=json.dumps(call_of(opener).get("args") or {}, ensure_ascii=False, sort_keys=True)[:_LONGEST],
        decision=str(opener.facts.get("decision") or opener.kind),
        result="did not happen" if called.denied else called.result or "unknown",
        because=reasons_of(opener),
        effects=called.effects,
        alerts=tuple(alert for alert in found.alerts if opener.number in (alert.step, *alert.evidence)),
        same_charter=_in_force(listed, opener.number, charter),
        steps=_steps(called, charter),
    )


def _opener(by_number: dict[int, Entry], number: int) -> Entry:
    """The entry that opened the call an entry is part of; itself where it names none."""
    entry = by_number[number]
    intent = entry.facts.get("intent")
    settles = entry.kind in SETTLING or entry.kind in {"asked", "approved", "refused", "expired"}
    return by_number.get(intent, entry) if settles and isinstance(intent, int) else entry


def _in_force(listed: Iterable[Entry], number: int, charter: Charter) -> bool | None:
    """Whether this charter was the last one to be opened before an entry."""
    said: object = None
    for entry in listed:
        if entry.number > number:
            break
        if entry.kind in {"opened", "started"}:
            said = entry.facts.get("charter") or said
    return said == charter.digest if isinstance(said, str) and said.startswith("sha256:") else None


def _steps(called: Called, charter: Charter) -> tuple[Step, ...]:
    """The acts a call is, by its tool and what it was seen to do; those it leads to; those the same grant opens."""
    acts = acts_of(charter, with_extensions(charter))
    grants = [grant for grant in charter.grants if _covers(grant.tool, called.tool)]
    kinds, lines = {grant.kind for grant in grants} - {None}, {str(grant.where) for grant in grants}
    seen = {one.effect for one in called.effects}
    bonds: dict[str, Bond] = {}
    for act in acts:
        if act.tool == called.tool or (act.tool in kinds and seen & set(act.effects)):
            bonds[act.id] = Bond.IS
    brought = {fact for act in acts if act.id in bonds for fact in act.adds} | seen
    for act in acts:
        if act.id not in bonds and act.parts():
            if any(brought & set(way) for way in act.ways):
                bonds[act.id] = Bond.LEADS
            elif str(act.where) in lines:
                bonds[act.id] = Bond.BESIDE
    order = list(Bond)
    found = sorted((act for act in acts if act.id in bonds), key=lambda act: order.index(bonds[act.id]))
    return tuple(_step(act, bonds[act.id]) for act in found)


def _covers(pattern: str, tool: str) -> bool:
    """Whether a granted name is the tool's, or the beginning of it before ``*``."""
    return tool.startswith(pattern[:-1]) if pattern.endswith("*") else pattern == tool


def _step(act: Act, bond: Bond) -> Step:
    """An act as a step."""
    return Step(
        act=act.id,
        title=act.title,
        authorised=act.authorised,
        parts=act.parts(),
        opened_by=act.opened_by,
        where=str(act.where),
        bond=bond,
    )
