"""A charter made ready for deciding: grants and limits by tool, conditions compiled, spellings of arguments settled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from remit.charter.approving import may_approve
from remit.charter.condition import CompiledCondition, compile_condition
from remit.charter.effects import reserved
from remit.charter.kinds import kind_ids, tool_kind
from remit.charter.matching import effects_of
from remit.charter.model import Charter, Constraint, Grant, Limit, Overseer
from remit.charter.normal import as_text
from remit.guard.rules.meeting import Check, check_of
from remit.guard.rules.normalising import Spelling, spelled_anyway, spelling_of, stronger

__all__ = ["Bound", "Page", "Permit", "Rulebook"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """A grant made ready for one tool: its place in the charter, its checks and condition, what a call under it does.

    ``checks`` holds the name, the constraint and the compiled check of each argument it names. ``held`` are those of
    its effects that are reserved for a person, ``approvers`` the overseers who say that they approve its calls.
    """

    rule: str
    grant: Grant
    checks: tuple[tuple[str, Constraint, Check], ...]
    condition: CompiledCondition | None
    effects: tuple[str, ...]
    undoes: tuple[str, ...]
    held: tuple[str, ...]
    approvers: tuple[str, ...]


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
class Page:
    """Everything a rulebook says about one tool: its grants, the limits that may speak of it, how arguments are read.

    ``own`` are the spellings its grants alone ask for, of arguments that a condition has read in a stronger way.
    """

    permits: tuple[Permit, ...] = ()
    bounds: tuple[Bound, ...] = ()
    spellings: Mapping[str, Spelling]
    own: Mapping[str, Spelling]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """What ``decide`` looks a call up in: a page for each tool the charter names, and one for each kind of other tools.

    ``Rulebook.of`` makes one; it is as immutable as its charter. A grant of ``*`` takes the kind of the tool it is used
    for, which a tool's name tells, so that a payment is one whoever grants it.
    """

    charter: Charter
    pages: Mapping[str, Page]
    elsewhere: Mapping[str | None, Page]

    @classmethod
    def of(cls, charter: Charter) -> Rulebook:
        """The rulebook of a charter that was read and checked.

        Raises ``CharterSchemaError`` for a condition that does not compile, which no charter that was read has.
        """
        names = tuple(charter.budgets)
        whens = {grant.when for grant in charter.grants} | {limit.when for limit in charter.limits}
        compiled = {when: compile_condition(as_text(when), names=names) for when in whens if when is not None}
        bounds = [
            Bound(rule=f"limits.{number}", limit=limit, condition=compiled.get(limit.when or ""))
            for number, limit in enumerate(charter.limits)
        ]
        grants: dict[str, list[tuple[int, Grant]]] = {}
        for number, grant in enumerate(charter.grants):
            grants.setdefault(grant.tool, []).append((number, grant))
        limits: dict[str, list[Bound]] = {}
        for bound in bounds:
            limits.setdefault(bound.limit.tool or "*", []).append(bound)
        general, always = grants.pop("*", []), limits.pop("*", [])
        pages = {
            tool: _page(
                [*grants.get(tool, ()), *_of_kind(general, tool_kind(tool))],
                [*limits.get(tool, ()), *always],
                compiled,
                charter.overseers,
            )
            for tool in dict.fromkeys((*grants, *limits))
        }
        kinds = (None, *kind_ids()) if general else (None,)
        elsewhere = {kind: _page(_of_kind(general, kind), always, compiled, charter.overseers) for kind in kinds}
        return cls(charter=charter, pages=pages, elsewhere=elsewhere)

    def page(self, tool: str) -> Page:
        """What is said about a tool."""
        found = self.pages.get(tool)
        if found is not None:
            return found
        return self.elsewhere[tool_kind(tool) if len(self.elsewhere) > 1 else None]

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools that grants name, in the charter's order."""
        return tuple(tool for tool, page in self.pages.items() if any(it.grant.tool == tool for it in page.permits))


def _page(
    grants: Sequence[tuple[int, Grant]],
    bounds: Sequence[Bound],
    compiled: Mapping[str, CompiledCondition],
    people: Mapping[str, Overseer],
) -> Page:
    """The page of one tool."""
    conditions = [compiled.get(grant.when or "") for _number, grant in grants] + [bound.condition for bound in bounds]
    own = _own_spellings(grants)
    spellings = dict(own)
    kinds = {grant.kind for _number, grant in grants} or {None}
    for condition in filter(None, conditions):
        for kind in kinds:
            for name, spelling in spelled_anyway(condition.arguments, kind).items():
                spellings[name] = stronger(spellings.get(name), spelling)
    permits = tuple(
        Permit(
            rule=f"grants.{number}",
            grant=grant,
            checks=tuple((name, part, check_of(part, spellings[name])) for name, part in grant.args.items()),
            condition=compiled.get(grant.when or ""),
            effects=effects_of(grant),
            undoes=tuple(effect.removeprefix("not ") for effect in grant.effects if effect.startswith("not ")),
            held=tuple(effect for effect in effects_of(grant) if reserved(effect)),
            approvers=tuple(name for name, it in people.items() if may_approve(it, grant.tool, effects_of(grant))),
        )
        for number, grant in grants
    )
    weaker = {name: spelling for name, spelling in own.items() if spellings[name] != spelling}
    return Page(permits=permits, bounds=tuple(bounds), spellings=spellings, own=weaker)


def _of_kind(general: Sequence[tuple[int, Grant]], kind: str | None) -> list[tuple[int, Grant]]:
    """Grants of every tool, for tools of one kind."""
    return [(number, replace(grant, kind=grant.kind or kind)) for number, grant in general]


def _own_spellings(grants: Iterable[tuple[int, Grant]]) -> dict[str, Spelling]:
    """How the constraints of one tool's grants have its arguments read."""
    own: dict[str, Spelling] = {}
    for _number, grant in grants:
        for name, constraint in grant.args.items():
            spelling = spelling_of(constraint, name=name, kind=grant.kind)
            own[name] = stronger(own.get(name), spelling)
    return own
