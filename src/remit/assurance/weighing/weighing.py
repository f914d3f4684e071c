"""How every node of a case stands: health and freshness, worked out from the evidence upwards.

Three rules keep it honest. What speaks against something always reaches what rests on it: a doubt that voids an
argument takes away what the argument gave, never what it had against it. Evidence that does not count gives nothing and
takes nothing. What rests on itself is unsupported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from remit.assurance.case import Argument, Case, Claim, Defeater, DefeaterStatus, Evidence, IncidentLink, Result
from remit.assurance.graph import Graph, graph_of
from remit.assurance.weighing.assessment import Freshness, Health, Node, NodeKind, Observed
from remit.assurance.weighing.freshness import end_of, expiry, freshness_at
from remit.assurance.weighing.standing import objections

__all__ = ["Weighed", "weigh"]

_BY_RESULT = {Result.PASS: Health.SUPPORTED, Result.INCONCLUSIVE: Health.PARTIAL, Result.FAIL: Health.REFUTED}
_HEALTH = {health: rank for rank, health in enumerate(Health)}
_FRESHNESS = {freshness: rank for rank, freshness in enumerate(Freshness)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """The nodes of a case, what rests on what, and why each piece of evidence that does not count does not.

    ``void`` are the arguments and evidence a sustained doubt took out.
    """

    nodes: Mapping[str, Node]
    graph: Graph
    objections: Mapping[str, tuple[tuple[str, str], ...]]
    void: frozenset[str]


@dataclass(slots=True, kw_only=True)
class _Standing:
    """What is known of one node while it is worked out; ``news`` is what reaches those above, whatever it gives."""

    news: Health = Health.SUPPORTED
    own: Health = Health.SUPPORTED
    age: Freshness = Freshness.FRESH
    expires: datetime | None = None
    because: list[str] = field(default_factory=list)

    @property
    def health(self) -> Health:
        """The worse of what it hears and what it is."""
        return max(self.news, self.own, key=_HEALTH.__getitem__)

    def hears(self, health: Health, why: str) -> None:
        """Take in something that reaches those above as well."""
        if health is not Health.SUPPORTED:
            self.because.append(why)
            self.news = max(self.news, health, key=_HEALTH.__getitem__)

    def ages(self, age: Freshness, until: datetime | None) -> None:
        """Be no fresher, and for no longer, than something."""
        self.age = max(self.age, age, key=_FRESHNESS.__getitem__)
        if until is not None:
            self.expires = until if self.expires is None else min(self.expires, until)


def weigh(case: Case, observed: Mapping[str, Observed], as_of: datetime) -> Weighed:
    """Work out every node as of a moment."""
    return _Weighing(case=case, observed=observed, as_of=as_of, graph=graph_of(case)).run()


@dataclass(slots=True, kw_only=True)
class _Weighing:
    """One pass over the nodes, each after all it depends on."""

    case: Case
    observed: Mapping[str, Observed]
    as_of: datetime
    graph: Graph
    nodes: dict[str, Node] = field(default_factory=dict)
    news: dict[str, Health] = field(default_factory=dict)
    ages: dict[str, Freshness] = field(default_factory=dict)
    ends: dict[str, datetime | None] = field(default_factory=dict)  # of what is void as well
    against: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    void: set[str] = field(default_factory=set)

    def run(self) -> Weighed:
        """Every node, in the order of the file."""
        case = self.case
        looping = {name for part in self.graph.cycles for name in part}
        for name in self.graph.order:
            if name in case.evidence:
                self._evidence(case.evidence[name])
            elif name in case.defeaters:
                self._defeater(case.defeaters[name])
            elif name in case.incidents:
                self._incident(case.incidents[name])
            elif name in case.arguments:
                self._argument(case.arguments[name], looped=name in looping)
            else:
                self._claim(case.claims[name], looped=name in looping)
        ids = (*case.claims, *case.arguments, *case.evidence, *case.defeaters, *case.incidents)
        return Weighed(
            nodes={name: self.nodes[name] for name in ids},
            graph=self.graph,
            objections=self.against,
            void=frozenset(self.void),
        )

    def _keep(self, name: str, kind: NodeKind, standing: _Standing, *, counts: bool = True) -> None:
        """Write down how a node stands."""
        void = name in self.void
        self.news[name], self.ages[name], self.ends[name] = standing.news, standing.age, standing.expires
        freshness = Freshness.NEVER if void or not counts else standing.age
        self.nodes[name] = Node(
            id=name,
            kind=kind,
            health=max(standing.health, Health.UNSUPPORTED, key=_HEALTH.__getitem__) if void else standing.health,
            freshness=freshness,
            because=tuple(standing.because),
            below=self.graph.below.get(name, ()) or self.graph.answers.get(name, ()),
            doubts=self.graph.doubts.get(name, ()),
            expires=None if freshness is Freshness.NEVER else standing.expires,
            counts=counts and not void,
            objected=not counts,
            void=void,
        )

    def _evidence(self, item: Evidence) -> None:
        """What a record says, if it counts, and what is said against it."""
        standing = _Standing()
        against = objections(item, self.observed.get(item.id), self.case, self.as_of)
        self.against[item.id] = against
        if against:
            standing.own = Health.UNSUPPORTED
            standing.because += [message for _, message in against]
            doubted = _Standing()
            self._doubts(item.id, doubted)  # shown, but a doubt about what does not count reaches nobody
            standing.own = max(standing.own, doubted.health, key=_HEALTH.__getitem__)
            self._keep(item.id, NodeKind.EVIDENCE, standing, counts=False)
            return
        until = expiry(item)
        standing.ages(freshness_at(until, self.as_of), until)
        if standing.age is Freshness.STALE:
            standing.because.append(f"stale since {until.date().isoformat()}")
        standing.hears(_BY_RESULT[item.result], f"its result is {item.result.value}")
        self._doubts(item.id, standing)
        self._keep(item.id, NodeKind.EVIDENCE, standing)

    def _doubts(self, name: str, standing: _Standing) -> None:
        """What is said against a node: open contests, sustained refutes a claim and voids anything else."""
        for doubt in self.graph.doubts.get(name, ()):
            node = self.nodes.get(doubt)
            if node is None:
                standing.hears(Health.CONTESTED, f"`{doubt}` is answered by what it doubts")
            elif node.health is Health.REFUTED and name not in self.case.claims:
                self.void.add(name)
                standing.because.append(f"`{doubt}` is sustained against it")
            elif node.health is not Health.SUPPORTED:
                words = "sustained against it" if node.health is Health.REFUTED else "open against it"
                standing.hears(node.health, f"`{doubt}` is {words}")
            elif node.freshness is not Freshness.FRESH:
                standing.because.append(f"the answer to `{doubt}` is {node.freshness.value}")
            if node is not None:
                standing.ages(self.ages[doubt], self.ends[doubt])

    def _defeater(self, doubt: Defeater) -> None:
        """Where a doubt stands; a rebuttal or an acceptance that does not hold leaves it open."""
        standing = _Standing()
        match doubt.status:
            case DefeaterStatus.OPEN:
                standing.hears(Health.CONTESTED, "nobody answered it")
            case DefeaterStatus.SUSTAINED:
                standing.hears(Health.REFUTED, "it was found to be right")
            case DefeaterStatus.REBUTTED:
                self._answered(doubt.answer, standing)
            case DefeaterStatus.ACCEPTED_RESIDUAL:
                self._accepted(doubt, standing)
        self._keep(doubt.id, NodeKind.DEFEATER, standing)

    def _answered(self, answer: str, standing: _Standing) -> None:
        """A doubt is answered by evidence that counts, passes and is not in doubt itself."""
        node = self.nodes.get(answer)
        if node is None:
            standing.hears(Health.CONTESTED, f"its answer `{answer}` is not there" if answer else "it has no answer")
        elif node.health is not Health.SUPPORTED or not node.counts:
            standing.hears(Health.CONTESTED, f"its answer `{answer}` is {node.health.value}")
        if node is not None and not node.objected:
            standing.ages(self.ages[answer], self.ends[answer])

    def _accepted(self, doubt: Defeater, standing: _Standing) -> None:
        """What is left of a doubt was taken on by a person until a date."""
        if not doubt.accepted_by.strip():
            standing.hears(Health.CONTESTED, "it was accepted by nobody")
        elif doubt.expires is None:
            standing.hears(Health.CONTESTED, "it was accepted without a date")
        elif self.as_of > end_of(doubt.expires):
            standing.hears(Health.CONTESTED, f"its acceptance expired on {doubt.expires.isoformat()}")
        else:
            standing.because.append(f"taken on by {doubt.accepted_by} until {doubt.expires.isoformat()}")
            standing.ages(Freshness.FRESH, end_of(doubt.expires))

    def _incident(self, link: IncidentLink) -> None:
        """An incident is open until evidence produced after it counts and passes."""
        standing = _Standing()
        happened = self.observed.get(link.id)
        if not link.reopens:
            standing.because.append("it reopens nothing")
        elif not link.closed_by:
            standing.hears(Health.CONTESTED, "no evidence closes it")
        elif happened is None or happened.moment is None:
            standing.hears(Health.CONTESTED, "its record does not say when it happened")
        elif link.closed_by in self.case.evidence and self.case.evidence[link.closed_by].produced_at <= happened.moment:
            standing.hears(Health.CONTESTED, f"`{link.closed_by}` was produced before it")
        else:
            self._answered(link.closed_by, standing)
        self._keep(link.id, NodeKind.INCIDENT, standing)

    def _argument(self, argument: Argument, *, looped: bool) -> None:
        """As good and as fresh as the worst of its sources."""
        standing = _Standing()
        if looped:
            standing.hears(Health.UNSUPPORTED, "it rests on itself")
        target = self.case.claims.get(argument.target)
        for source in argument.sources:
            node = self.nodes.get(source)
            if node is None:
                if not looped:
                    standing.hears(Health.UNSUPPORTED, f"its source `{source}` does not exist")
                standing.ages(Freshness.NEVER, None)
                continue
            standing.hears(node.health, f"its source `{source}` is {node.health.value}")
            until = node.expires
            if source in self.case.evidence and until is not None:
                until = min(until, expiry(self.case.evidence[source], target))
                age = max(node.freshness, freshness_at(until, self.as_of), key=_FRESHNESS.__getitem__)
                standing.ages(age, until)
            else:
                standing.ages(node.freshness, until)
        self._doubts(argument.id, standing)
        self._keep(argument.id, NodeKind.ARGUMENT, standing)

    def _claim(self, claim: Claim, *, looped: bool) -> None:
        """The worst of what it rests on, of what its evidence says, and of what is said against it."""
        standing = _Standing()
        if looped:
            standing.hears(Health.UNSUPPORTED, "it rests on itself")
        for name in claim.support:
            if name not in self.case.claims:
                standing.hears(Health.UNSUPPORTED, f"`{name}`, which it rests on, does not exist")
                standing.ages(Freshness.NEVER, None)
        carried = self._carried(claim, standing)
        self._shown(claim, standing, carried=carried)
        self._doubts(claim.id, standing)
        self._keep(claim.id, NodeKind.CLAIM, standing)

    def _carried(self, claim: Claim, standing: _Standing) -> bool:
        """Hear the claims and arguments below; whether any of them carries it."""
        carried = False
        for name in self.graph.below[claim.id]:
            if name in self.case.evidence:
                continue
            node = self.nodes.get(name)
            if node is None:
                standing.ages(Freshness.NEVER, None)
                continue
            standing.hears(self.news[name], f"`{name}` is {self.news[name].value}")
            standing.ages(self.ages[name], self.ends[name])
            if name in self.void:
                standing.because.append(f"`{name}` is void")
            else:
                carried = True
        return carried

    def _shown(self, claim: Claim, standing: _Standing, *, carried: bool) -> None:
        """Hear the evidence that speaks for a claim, and count the independent groups that do."""
        counting = [name for name in self.graph.below[claim.id] if name in self.case.evidence]
        counting = [name for name in counting if not self.against[name]]
        for name in counting:
            standing.hears(self.news[name], f"`{name}` is {self.news[name].value}")
        if claim.min_independence == 1 and carried:
            return
        groups = self.groups(claim)
        giving = carried or any(name not in self.void for name in counting)
        if not giving:
            standing.hears(Health.UNSUPPORTED, "nothing that counts speaks for it")
            standing.ages(Freshness.NEVER, None)
            return
        wanted = claim.min_independence
        if len(groups) < wanted:
            words = f"{len(groups)} of {wanted} independent groups of evidence speak for it"
            standing.hears(Health.PARTIAL, words)
        self._aged(claim, standing, groups, counting)

    def _aged(self, claim: Claim, standing: _Standing, groups: Mapping[str, datetime], counting: list[str]) -> None:
        """A claim is fresh while enough groups are, or all there is."""
        moments = sorted(groups.values(), reverse=True)
        if len(moments) >= claim.min_independence:
            until: datetime | None = moments[claim.min_independence - 1]
        else:
            every = self.groups(claim, void=True).values()  # a doubt makes nothing fresher
            times = [*every, *(expiry(self.case.evidence[name], claim) for name in counting)]
            until = min(times) if times else None
        age = Freshness.FRESH if until is None else freshness_at(until, self.as_of)
        if age is Freshness.STALE and until is not None:
            standing.because.append(f"its evidence is stale since {until.date().isoformat()}")
        standing.ages(age, until)

    def groups(self, claim: Claim, *, void: bool = False) -> dict[str, datetime]:
        """The independence groups of passing evidence at and below a claim, each with how long it stays fresh.

        With ``void`` those too that a sustained doubt took away.
        """
        found: dict[str, datetime] = {}
        waiting: list[tuple[str, Claim]] = [(claim.id, claim)]
        seen = {(claim.id, claim.id)}
        while waiting:
            name, holder = waiting.pop()
            for child in self.graph.below.get(name, ()):
                if (child in self.void and not void) or (child, holder.id) in seen:
                    continue
                seen.add((child, holder.id))
                if child in self.case.evidence:
                    self._group(child, holder, found)
                else:
                    waiting.append((child, self.case.claims.get(child, holder)))
        return found

    def _group(self, name: str, holder: Claim, found: dict[str, datetime]) -> None:
        """Add the group of one piece of evidence, as fresh as its freshest member."""
        item = self.case.evidence[name]
        if self.against[name] or item.result is not Result.PASS:
            return
        own = self.ends[name]
        until = expiry(item, holder) if own is None else min(own, expiry(item, holder))
        group = item.independence_group or item.id
        found[group] = max(until, found.get(group, until))
