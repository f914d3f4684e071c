"""What a release still needs, as choices between things that can be done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from remit.assurance.case import Claim, DefeaterStatus, Result
from remit.assurance.graph import Graph, graph_of
from remit.assurance.release.causes import well
from remit.assurance.release.covering import Need
from remit.assurance.release.deeds import Deed, Kind
from remit.assurance.weighing.assessment import Assessment, Health
from remit.assurance.weighing.freshness import expiry

__all__ = ["Needs", "needs_of"]

Way = frozenset[Deed]
_NOTHING: Way = frozenset()
_MOST_ADDED = 200  # claims below one claim that new evidence is thought of for
_MOST_IN_ALL = 200_000  # ways looked at for all claims together
_MOST_WAYS = 64  # ways one piece of evidence may be brought to count; what goes beyond is the more laborious


@dataclass(slots=True, kw_only=True)
class Needs:
    """The needs of the gate claims of a case, collected from the claims downwards.

    ``complete`` is false where there were too many ways to look at all of them.
    """

    assessment: Assessment
    graph: Graph
    void: set[str] = field(default_factory=set)
    found: list[Need] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    looked_at: int = 0
    complete: bool = True

    def settle(self, doubt: str, trail: frozenset[str] = frozenset(), *, fresh: bool = True) -> list[Way]:
        """The ways to make a doubt or an incident no reason against anything, with ``fresh`` or any answers."""
        case, node = self.assessment.case, self.assessment.nodes[doubt]
        if well(node) or (not fresh and node.health is Health.SUPPORTED):
            return [_NOTHING]
        if doubt in case.incidents:
            return self._close(doubt, trail, fresh=fresh)
        item = case.defeaters[doubt]
        ways = [frozenset({Deed(kind=Kind.SETTLE, item=doubt)})]
        if item.status is DefeaterStatus.REBUTTED and item.answer in case.evidence and doubt not in trail:
            ways += self.mend(item.answer, None, trail | {doubt}, fresh=fresh)
        return ways

    def _close(self, name: str, trail: frozenset[str], *, fresh: bool) -> list[Way]:
        """The ways to close an incident: with other evidence, or by bringing that which closes it into order."""
        link = self.assessment.case.incidents[name]
        unread = any("when it happened" in words for words in self.assessment.nodes[name].because)
        extra = frozenset({Deed(kind=Kind.FIND, item=name)}) if unread else _NOTHING
        ways = [frozenset({Deed(kind=Kind.CLOSE, item=name)}) | extra]
        if link.closed_by in self.assessment.case.evidence and name not in trail:
            early = any("before it" in words for words in self.assessment.nodes[name].because)
            renewed = frozenset({Deed(kind=Kind.RENEW, item=link.closed_by)}) if early else _NOTHING
            ways += [way | extra | renewed for way in self.mend(link.closed_by, None, trail | {name}, fresh=fresh)]
        return ways

    def mend(
        self, name: str, holder: Claim | None, trail: frozenset[str] = frozenset(), *, fresh: bool = True
    ) -> list[Way]:
        """The ways to make evidence count, pass and, if asked, be fresh for a claim, with no doubt left against it."""
        if len(trail) > 6:
            return []
        item, node = self.assessment.case.evidence[name], self.assessment.nodes[name]
        stale = fresh and expiry(item, holder) < self.assessment.as_of
        again = node.objected or item.result is not Result.PASS or stale
        own = frozenset({Deed(kind=Kind.RENEW, item=name)}) if again else _NOTHING
        choices = [self.settle(doubt, trail, fresh=fresh) for doubt in self.graph.doubts.get(name, ())]
        ways = [own.union(*picked) for picked in _bounded(product(*choices))]
        return sorted(dict.fromkeys(ways), key=len)

    def walk(self, gates: tuple[str, ...]) -> None:
        """Collect the needs of the gate claims and of everything that reaches them."""
        waiting = list(gates)
        self.seen.update(gates)
        while waiting:
            name = waiting.pop()
            for child in self._visit(name):
                if child not in self.seen:
                    self.seen.add(child)
                    waiting.append(child)

    def _visit(self, name: str) -> Iterator[str]:
        """The needs of one claim or argument; the claims and arguments below it."""
        case = self.assessment.case
        for doubt in self.graph.doubts.get(name, ()):
            sustained = name in case.arguments and self.assessment.nodes[doubt].health is Health.REFUTED
            if not sustained:  # a void argument may stay void where other things carry the claim
                self.choose(self.settle(doubt))
        holder = case.claims.get(name) or case.claims.get(case.arguments[name].target if name in case.arguments else "")
        for child in self.graph.below.get(name, ()):
            if child not in case.evidence:
                yield child
            elif name in case.arguments:
                self.choose(self.mend(child, holder))
            else:
                self._heard(child)
        if name in case.claims:
            self._groups(case.claims[name])

    def _heard(self, name: str) -> None:
        """What counting evidence has against a claim reaches it, whatever else speaks for it."""
        node = self.assessment.nodes[name]
        if node.objected:
            return
        item = self.assessment.case.evidence[name]
        if item.result is not Result.PASS:
            self.choose([frozenset({Deed(kind=Kind.RENEW, item=name)})])
        for doubt in self.graph.doubts.get(name, ()):
            if self.assessment.nodes[doubt].health not in (Health.SUPPORTED, Health.REFUTED):
                self.choose(self.settle(doubt, frozenset({name})))

    def choose(self, ways: list[Way]) -> None:
        """Note that one of some ways is needed."""
        if _NOTHING not in ways:
            self.found.append(Need(count=1, ways=tuple((str(0), way) for way in ways)))

    def _groups(self, claim: Claim) -> None:
        """Note how many groups a claim needs, unless what carries it brings the one it needs."""
        carriers = [name for name in self.graph.below[claim.id] if name not in self.assessment.case.evidence]
        if claim.min_independence == 1 and any(name not in self.void for name in carriers):
            return
        ways = list(self._ways(claim))
        have = {group for group, way in ways if not way}
        if len(have) >= claim.min_independence:
            return
        lacking = claim.min_independence - len(have)
        below = self._below(claim)
        self.complete = self.complete and len(below) <= _MOST_ADDED
        added = [
            (f"+{name}+{number}", frozenset({Deed(kind=Kind.ADD, item=name, number=number)}))
            for name in below[:_MOST_ADDED]
            for number in range(1, lacking + 1)
        ]
        self.found.append(Need(count=claim.min_independence, ways=(*ways, *added)))

    def _below(self, claim: Claim) -> list[str]:
        """A claim and the claims that carry it, not through anything void."""
        found = {claim.id: None}
        waiting = [claim.id]
        while waiting:
            for child in self.graph.below.get(waiting.pop(), ()):
                if child not in found and child not in self.void and child not in self.assessment.case.evidence:
                    found[child] = None
                    waiting.append(child)
        return [name for name in found if name in self.assessment.case.claims]

    def _ways(self, claim: Claim) -> Iterator[tuple[str, Way]]:
        """Every group at and below a claim, with each way to make it one that passes and is fresh."""
        case = self.assessment.case
        waiting: list[tuple[str, Claim, Way]] = [(claim.id, claim, _NOTHING)]
        seen = {(claim.id, claim.id, _NOTHING)}
        while waiting:
            name, holder, cost = waiting.pop()
            for child in self.graph.below.get(name, ()):
                if child in case.evidence:
                    item = case.evidence[child]
                    self.looked_at += 1
                    if self.looked_at > _MOST_IN_ALL:
                        self.complete = False
                        return
                    for way in self.mend(child, holder):
                        yield item.independence_group or item.id, way | cost
                    continue
                for extra in self._open(child):
                    step = (child, case.claims.get(child, holder), cost | extra)
                    key = (child, step[1].id, step[2])
                    if key not in seen:
                        seen.add(key)
                        waiting.append(step)

    def _open(self, name: str) -> list[Way]:
        """The ways to make an argument carry something again; a claim always does."""
        if name not in self.void:
            return [_NOTHING]
        doubts = self.graph.doubts.get(name, ())
        sustained = [doubt for doubt in doubts if self.assessment.nodes[doubt].health is Health.REFUTED]
        return [frozenset(Deed(kind=Kind.SETTLE, item=doubt) for doubt in sustained)]


def needs_of(assessment: Assessment) -> Needs:
    """The needs of the gate claims of a case."""
    case = assessment.case
    void = {name for name, node in assessment.nodes.items() if node.void}
    needs = Needs(assessment=assessment, graph=graph_of(case), void=void)
    needs.walk(tuple(claim.id for claim in case.claims.values() if claim.gate))
    return needs


def _bounded(picked: Iterator[tuple[Way, ...]]) -> Iterator[tuple[Way, ...]]:
    """The first combinations of many."""
    for number, ways in enumerate(picked):
        if number >= _MOST_WAYS:
            return
        yield ways
