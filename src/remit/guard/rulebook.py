"""A charter made ready for deciding: grants and limits by tool, conditions compiled, readings of arguments settled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from remit.charter.abilities import only_reads
from remit.charter.condition import CompiledCondition, compile_condition
from remit.charter.model import Charter, Grant, Limit
from remit.charter.normal import as_text
from remit.guard.normalising import Reading, read_anyway, reading_of, stronger

__all__ = ["Bound", "Permit", "Rulebook"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """A grant made ready: its place in the charter, its compiled condition, and what a call under it does."""

    rule: str
    grant: Grant
    condition: CompiledCondition | None
    effects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A limit made ready: its place in the charter and its compiled condition."""

    rule: str
    limit: Limit
    condition: CompiledCondition | None

    def touches(self, effects: Iterable[str]) -> bool:
        """Whether the limit speaks of one of these effects; one that names no effect speaks of every call."""
        wanted = self.limit.effect
        if wanted is None:
            return True
        if wanted.endswith(".*"):
            return any(effect.partition(".")[0] == wanted[:-2] for effect in effects)
        return wanted in effects


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """What ``decide`` looks a call up in. ``Rulebook.of`` makes one; it is as immutable as its charter.

    ``permits`` are the grants by exact tool name, ``general`` those of ``*``. ``bounds`` are the limits by tool,
    ``unbound`` those that name none. ``readings`` say how each tool's arguments are read, ``anyway`` those of a tool
    that only ``*`` grants.
    """

    charter: Charter
    permits: Mapping[str, tuple[Permit, ...]]
    general: tuple[Permit, ...]
    bounds: Mapping[str, tuple[Bound, ...]]
    unbound: tuple[Bound, ...]
    readings: Mapping[str, Mapping[str, Reading]]
    anyway: Mapping[str, Reading]

    @classmethod
    def of(cls, charter: Charter) -> Rulebook:
        """The rulebook of a charter that was read and checked.

        Raises ``CharterSchemaError`` for a condition that does not compile, which no charter that was read has.
        """
        names = tuple(charter.budgets)
        permits = [_permit(number, grant, names) for number, grant in enumerate(charter.grants)]
        bounds = [_bound(number, limit, names) for number, limit in enumerate(charter.limits)]
        general = tuple(permit for permit in permits if permit.grant.tool == "*")
        unbound = tuple(bound for bound in bounds if bound.limit.tool in (None, "*"))
        by_tool: dict[str, list[Permit]] = {}
        for permit in permits:
            if permit.grant.tool != "*":
                by_tool.setdefault(permit.grant.tool, []).append(permit)
        limited: dict[str, list[Bound]] = {}
        for bound in bounds:
            if bound.limit.tool not in (None, "*"):
                limited.setdefault(str(bound.limit.tool), []).append(bound)
        return cls(
            charter=charter,
            permits={tool: tuple(group) for tool, group in by_tool.items()},
            general=general,
            bounds={tool: tuple(group) for tool, group in limited.items()},
            unbound=unbound,
            readings={
                tool: _readings((*by_tool.get(tool, ()), *general), (*limited.get(tool, ()), *unbound))
                for tool in (*by_tool, *limited)
            },
            anyway=_readings(general, unbound),
        )

    def permits_for(self, tool: str) -> tuple[Permit, ...]:
        """The grants that speak of a tool, in the charter's order within exact and general ones."""
        return self.permits.get(tool, ()) + self.general

    def bounds_for(self, tool: str) -> tuple[Bound, ...]:
        """The limits that may speak of a call of a tool."""
        return self.bounds.get(tool, ()) + self.unbound

    def readings_for(self, tool: str) -> Mapping[str, Reading]:
        """How the arguments of a tool are read."""
        return self.readings.get(tool, self.anyway)


def _permit(number: int, grant: Grant, budgets: Sequence[str]) -> Permit:
    """One grant made ready."""
    condition = _compiled(grant.when, budgets)
    return Permit(rule=f"grants.{number}", grant=grant, condition=condition, effects=_effects(grant))


def _bound(number: int, limit: Limit, budgets: Sequence[str]) -> Bound:
    """One limit made ready."""
    condition = _compiled(limit.when, budgets)
    return Bound(rule=f"limits.{number}", limit=limit, condition=condition)


def _compiled(text: str | None, budgets: Sequence[str]) -> CompiledCondition | None:
    """A condition compiled, its texts in the normal form the arguments are brought into."""
    return compile_condition(as_text(text), names=budgets) if text is not None else None


def _effects(grant: Grant) -> tuple[str, ...]:
    """What a call under a grant does: what the grant declares; a payment tool that declares nothing spends money."""
    declared = tuple(effect for effect in grant.effects if not effect.startswith("not "))
    if not grant.effects and grant.kind == "payments" and not only_reads(grant.tool):
        return ("money.spend",)
    return declared


def _readings(permits: Sequence[Permit], bounds: Sequence[Bound]) -> Mapping[str, Reading]:
    """How the arguments of one tool are read: by what its grants say of them, else by what conditions look at."""
    found: dict[str, Reading] = {}
    for permit in permits:
        for name, constraint in permit.grant.args.items():
            reading = reading_of(constraint, name=name, kind=permit.grant.kind)
            found[name] = stronger(found.get(name), reading)
    kinds = {permit.grant.kind for permit in permits} or {None}
    conditions = [permit.condition for permit in permits] + [bound.condition for bound in bounds]
    for condition in filter(None, conditions):
        for kind in kinds:
            for name, reading in read_anyway(condition.arguments, kind).items():
                found[name] = stronger(found.get(name), reading)
    return found
