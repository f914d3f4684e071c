"""Edits that take authority away, each as operations on the charter's document: what least authority chooses from.

An edit never adds a right: it states a safer surrounding, hardens the stop, narrows who can be reached or paid, puts a
person in front of an act, or drops a tool (03, section 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from remit.charter.context import CONTEXT, ContextKey, context_of
from remit.charter.model import Affordance, Charter, Grant
from remit.charter.patch import Append, Operation, Path, Remove, Set, apply
from remit.charter.reader import charter_from_document
from remit.finding import Where
from remit.incentives.readings.readings import Plan, kappa
from remit.incentives.worlds.layout import BLUNTING

__all__ = ["Candidate", "candidates", "dotted", "edited", "operations_of"]


PLACEHOLDER_HOST = "allowed.example"
"""Stands in a patch for the hosts only the author can name; nothing answers there."""
SAFER: Mapping[str, str] = {
    "stop_at": "keep the stop outside the agent's reach",
    "monitor_at": "keep the monitor outside the agent's reach",
    "ephemeral": "give every run a fresh runner",
    "stop_covers_children": "let a stop end sub-agents too",
    "memory_writes": "have a person review what is remembered",
    "recipients": "write only to people already dealt with",
    "payee": "pay only known vendors",
    "egress": "reach only the hosts the task needs",
    "money": "give it no money to spend",
}
"""What the safe value of a context key asks for, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One edit: its id, what it says to a person, its operations, and where it lands in the charter."""

    id: str
    title: str
    path: str
    operations: tuple[Operation, ...]
    where: Where


def candidates(plan: Plan, rows: Iterable[Affordance]) -> tuple[Candidate, ...]:
    """Every edit that could matter to the acts of this world, in a stable order, cheap ones first."""
    charter = plan.charter
    live = {act.id for act in plan.acts}
    in_play = [row for row in rows if row.id in live]
    return (
        *_surroundings(charter, in_play),
        *_secrets(charter),
        *_stop(charter, plan),
        *_gates(charter, plan),
        *_dropped(charter),
    )


def _surroundings(charter: Charter, in_play: list[Affordance]) -> Iterator[Candidate]:
    facts = context_of(charter)
    wanted = dict.fromkeys(key for row in in_play for key in row.when)
    for key in CONTEXT:
        if key.id in wanted and facts[key.id].value != key.safe:
            operations = _make_safe(charter, key)
            if operations:
                yield Candidate(
                    id=f"context:{key.id}",
                    title=_said(key),
                    path=dotted(operations[0].path),
                    operations=operations,
                    where=_where(charter, dotted(operations[0].path)),
                )


def _said(key: ContextKey) -> str:
    if key.id in SAFER:
        return SAFER[key.id]
    if isinstance(key.safe, bool):
        return f"see to it that {key.meaning}" if key.safe else f"put an end to this: {key.meaning}"
    return f"make {key.meaning} `{key.safe}`"


def _make_safe(charter: Charter, key: ContextKey) -> tuple[Operation, ...]:
    """The operations that state the safe value of a context key where the charter states it."""
    match key.field:
        case "grants":
            stated = (_set(f"context.{key.id}", key.safe),) if key.id in charter.context else ()
            return (*_narrowed(charter, key), *stated)
        case "runtime.network.hosts":
            reaching = any(grant.kind in ("http", "browser") for grant in charter.grants)
            return (_set("runtime.network.hosts", [PLACEHOLDER_HOST] if reaching else "none"),)
        case "oversight.stop.covers":
            return (Append(path="oversight.stop.covers", value="children"),)
        case "memory.writes":
            return (_set("memory.writes", "reviewed"),)
        case "budget.money":
            spends = any(effect.startswith("money.") for grant in charter.grants for effect in grant.effects)
            return () if spends or "money" not in charter.budgets else (Remove(path="budget.money"),)
        case "context":
            return (_set(f"context.{key.id}", key.safe),)
        case _:
            return (_set(key.field, key.safe),)


def _narrowed(charter: Charter, key: ContextKey) -> Iterator[Operation]:
    kinds, argument, constraint = {
        "recipients": (("email", "chat"), "to", {"known": True}),
        "payee": (("payments",), "payee", {"known": True}),
    }.get(key.id, ((), "", {}))
    for index, grant in enumerate(charter.grants):
        if grant.kind in kinds and argument not in grant.args:
            yield _set(f"grants.{index}.args.{argument}", constraint)


def _secrets(charter: Charter) -> Iterator[Candidate]:
    """A secret the agent's own process can read is handed to the tool that needs it instead."""
    for secret in charter.credentials:
        if secret.in_reach or secret.source.startswith("file:"):
            path = ("credentials", secret.name, "from")
            yield Candidate(
                id=f"secret:{secret.name}",
                title=f"let the tool's own process hold `{secret.name}`",
                path=dotted(path),
                operations=(Set(path=path, value=f"broker:{secret.name}"),),
                where=secret.where,
            )


def _stop(charter: Charter, plan: Plan) -> Iterator[Candidate]:
    """Ways to harden the stop itself, where something in the world would survive it."""
    stop, added = charter.oversight.stop, {fact for act in plan.acts for fact in act.adds}
    where = _where(charter, "oversight.stop")

    def edit(name: str, title: str, *operations: Operation) -> Candidate:
        return Candidate(
            id=f"stop:{name}", title=title, path=dotted(operations[0].path), operations=operations, where=where
        )

    if "self.persist" in added and not plan.terms.durable:
        yield edit(
            "durable", "make a stop last: a stopped agent does not restart", _set("oversight.stop.durable", value=True)
        )
    covers = sorted(stop.covers)
    if any(fact.startswith("schedule.") for fact in added) and "jobs" not in covers:
        yield edit("jobs", "purge scheduled jobs on a stop", Append(path="oversight.stop.covers", value="jobs"))
    if "self.replicate" in added and "replicas" not in covers:
        yield edit("replicas", "let a stop end copies too", Append(path="oversight.stop.covers", value="replicas"))
    if plan.terms.grace > 0:
        yield edit("unannounced", "stop without notice", _set("oversight.stop.notice", value=False))
        if stop.during is None:
            yield edit("restricted", "after a notice leave no tool to use", _set("oversight.stop.during", []))


def _gates(charter: Charter, plan: Plan) -> Iterator[Candidate]:
    """A granted act that touches oversight: approved and accompanied by a person, so that oversight never lapses."""
    harmful = {act.id: act for act in plan.acts if not act.unauthorised and kappa(plan, act) > 0.0}
    overseer = next(iter(charter.oversight.stop.by or tuple(charter.overseers)), None)
    for index, grant in enumerate(charter.grants):
        if grant.tool in harmful and overseer is not None:
            kept = [effect for effect in grant.effects if effect not in BLUNTING and not effect.startswith("schedule.")]
            operations: tuple[Operation, ...] = (
                _set(f"grants.{index}.effects", kept),
                _set(f"grants.{index}.ask", overseer),
            )
            title = f"have {overseer} approve and accompany `{grant.tool}`, so that oversight stays on"
            yield Candidate(
                id=f"gate:{grant.tool}",
                title=title,
                path=f"grants.{index}",
                operations=operations,
                where=grant.where,
            )


def _dropped(charter: Charter) -> Iterator[Candidate]:
    for index, grant in _each_tool(charter):
        yield Candidate(
            id=f"drop:{grant.tool}",
            title=f"take `{grant.tool}` away",
            path=f"grants.{index}",
            operations=(Remove(path=f"grants.{index}"),),
            where=grant.where,
        )


def _each_tool(charter: Charter) -> Iterator[tuple[int, Grant]]:
    seen: set[str] = set()
    for index, grant in enumerate(charter.grants):
        if grant.tool not in seen:
            seen.add(grant.tool)
            yield index, grant


def dotted(path: Path) -> str:
    """A path of the document as one text."""
    return path if isinstance(path, str) else ".".join(str(part) for part in path)


def _set(path: str, value: object) -> Set:
    return Set(path=path, value=value)


def _where(charter: Charter, path: str) -> Where:
    """The line of a path, or of the nearest part of it that is written."""
    while path:
        if path in charter.places:
            return charter.places[path]
        path = path.rpartition(".")[0]
    return Where(file=charter.path, line=1, column=1)


def edited(charter: Charter, edits: Iterable[Candidate]) -> Charter:
    """The charter after some edits; raises ``CharterError`` when they contradict each other."""
    document = apply(charter.document, operations_of(edits))
    return charter_from_document(document, path=charter.path)


def operations_of(edits: Iterable[Candidate]) -> tuple[Operation, ...]:
    """The operations of several edits, removals of list items last and from the end, so that no index shifts."""
    operations = [operation for edit in edits for operation in edit.operations]
    removals = [one for one in operations if dotted(one.path).rpartition(".")[2].isdigit()]
    others = [one for one in operations if one not in removals]
    return (*others, *sorted(removals, key=lambda one: -int(dotted(one.path).rpartition(".")[2])))
