"""From checked form to the model: names are resolved, defaults filled in, and what contradicts is found."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from remit.charter import schema as form
from remit.charter.agreement import disagreements
from remit.charter.explaining import explain
from remit.charter.faults import SCHEMA_RULES
from remit.charter.gate_facts import derive_gate_facts
from remit.charter.kinds import tool_kind
from remit.charter.model import (
    Affordance,
    Agent,
    Approval,
    Assumptions,
    Budget,
    Channel,
    Charter,
    Constraint,
    Credential,
    Grant,
    Limit,
    Memory,
    Monitor,
    Outcome,
    Overseer,
    Oversight,
    Purpose,
    Quantity,
    Runtime,
    Stop,
    Tamper,
)
from remit.charter.positions import place_of
from remit.charter.server import Server
from remit.digest import sha256_digest
from remit.finding import Finding, Where

__all__ = ["assemble"]


def assemble(
    document: dict[str, object], *, path: str, source: str, places: Mapping[str, Where]
) -> tuple[Charter | None, list[Finding]]:
    """The charter of a plain document and what is wrong with it: the first is ``None`` when the form is broken.

    Findings about names and numbers that do not fit together come with a charter, which must then not be used.
    """
    checked, details = form.validate(document)
    found = {explain(detail, places) for detail in details}
    if checked is None:
        checked = _what_is_left(document, [detail["loc"] for detail in details])
        if checked is None:
            return None, sorted(found)
    charter = _Assembly(places=places).charter(checked, document, path, source)
    later = disagreements(charter)
    found.update(finding for finding in later if not details or SCHEMA_RULES[finding.code].name != "says-nothing")
    return (None if details else charter), sorted(found)


def _what_is_left(document: Mapping[str, object], broken: Iterable[tuple[str | int, ...]]) -> form.Document | None:
    """The checked form of a document without its broken keys, so that one run looks at names and conditions too.

    ``None`` when too much is broken, or when names are declared in a broken part and could only be missed.
    """
    rest = copy.deepcopy(dict(document))
    for location in broken:
        if location[0] in ("overseers", "budget"):
            return None
        here: object = rest
        holder: tuple[dict[str, object], str] | None = None
        for part in location:
            if isinstance(here, dict) and part in here:
                holder = (here, str(part))
                here = here[part]
            elif isinstance(here, list) and isinstance(part, int) and part < len(here):
                here = here[part]
            else:
                break
        if holder is not None:
            holder[0].pop(holder[1], None)
    return form.validate(rest)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assembly:
    """Knows where everything was written while the parts are put together."""

    places: Mapping[str, Where]

    def at(self, path: str) -> Where:
        """The place of a path."""
        return place_of(self.places, path)

    def charter(self, part: form.Document, document: Mapping[str, object], path: str, source: str) -> Charter:
        """The whole."""
        grants = tuple(self.grant(grant, f"grants.{index}") for index, grant in enumerate(part.grants))
        credentials = tuple(self.credential(name, item) for name, item in part.credentials.items())
        budgets = {
            name: Budget(name=name, quantity=quantity, where=self.at(f"budget.{name}"))
            for name, quantity in part.budget.items()
        }
        overseers = {
            name: Overseer(
                name=name,
                channels=tuple(item.channels),
                approves=tuple(item.approves),
                where=self.at(f"overseers.{name}"),
            )
            for name, item in part.overseers.items()
        }
        return Charter(
            path=path,
            source=source,
            digest=sha256_digest(document),
            document=document,
            places=self.places,
            agent=self.agent(part.agent, derive_gate_facts(grants, credentials, budgets)),
            purpose=self.purpose(part.purpose),
            overseers=overseers,
            servers=tuple(
                Server(name=name, command=command, url=url, where=self.at(f"servers.{name}"))
                for name, (command, url) in part.servers.items()
            ),
            credentials=credentials,
            memory=self.memory(part.memory),
            budgets=budgets,
            runtime=self.runtime(part.runtime),
            grants=grants,
            limits=tuple(self.limit(limit, f"limits.{index}") for index, limit in enumerate(part.limits)),
            oversight=self.oversight(part.oversight, overseers),
            context=dict(part.context),
            assume=Assumptions(**part.assume.model_dump(), stated=frozenset(part.assume.model_fields_set)),
            evidence=dict(part.evidence),
            catalogue=tuple(self.affordance(row, f"catalogue.{index}") for index, row in enumerate(part.catalogue)),
        )

    def agent(self, part: form.AgentPart, derived: Mapping[str, bool]) -> Agent:
        """The agent, with the gate facts it left out derived."""

        def fact(name: str, stated: bool | None) -> bool:  # noqa: FBT001 - the stated value itself
            return derived[name] if stated is None else stated

        return Agent(
            name=part.name,
            model=part.model,
            plans=part.plans,
            calls_tools=fact("calls_tools", part.calls_tools),
            spends_money=fact("spends_money", part.spends_money),
            writes_code=fact("writes_code", part.writes_code),
            manages_agents=fact("manages_agents", part.manages_agents),
            holds_credentials=fact("holds_credentials", part.holds_credentials),
            reviewed=part.reviewed,
            stated=frozenset(name for name in part.model_fields_set if getattr(part, name) is not None),
            where=self.at("agent"),
        )

    def purpose(self, part: form.PurposePart) -> Purpose:
        """The purpose."""
        return Purpose(
            text=part.text,
            task=self.outcomes(part.task, "purpose.task"),
            retask=self.outcomes(part.retask, "purpose.retask"),
            given=tuple(part.given),
            fades=dict(part.fades),
            where=self.at("purpose"),
        )

    def outcomes(self, parts: Iterable[form.OutcomePart], path: str) -> tuple[Outcome, ...]:
        """Outcomes of the task or of the other task."""
        return tuple(
            Outcome(when=part.when, value=part.value, where=self.at(f"{path}.{index}"))
            for index, part in enumerate(parts)
        )

    def overseer(self, name: str, part: form.OverseerPart) -> Overseer:
        """An overseer."""
        where = self.at(f"overseers.{name}")
        return Overseer(name=name, channels=tuple(part.channels), approves=tuple(part.approves), where=where)

    def credential(self, name: str, part: form.CredentialPart) -> Credential:
        """A credential."""
        where = self.at(f"credentials.{name}")
        return Credential(
            name=name,
            source=part.source,
            ttl=part.ttl,
            opens=tuple(part.opens),
            host=part.host or "",
            header=part.header,
            template=part.template,
            variable=part.variable or "",
            servers=tuple(dict.fromkeys(part.servers)),
            where=where,
        )

    def memory(self, part: form.MemoryPart | None) -> Memory | None:
        """The memory, when anything is said about it."""
        if part is None:
            return None
        names = tuple(part.namespaces)
        return Memory(namespaces=names, writes=part.writes, survives=part.survives, where=self.at("memory"))

    def runtime(self, part: form.RuntimePart) -> Runtime:
        """The runtime."""
        return Runtime(
            read=tuple(part.filesystem.read),
            write=tuple(part.filesystem.write),
            hosts=None if part.network is None else tuple(part.network.hosts),
            memory=part.memory,
            processes=part.processes,
            ephemeral=part.ephemeral,
            user=part.user,
            where=self.at("runtime"),
        )

    def grant(self, part: form.GrantPart, path: str) -> Grant:
        """A grant; its kind is told by the tool's name unless stated."""
        return Grant(
            tool=part.tool,
            kind=part.kind or tool_kind(part.tool),
            args={name: self.constraint(item, f"{path}.args.{name}") for name, item in part.args.items()},
            budget=part.budget,
            ask=tuple(part.ask),
            effects=tuple(part.effects),
            needs=tuple(part.needs),
            success=part.success,
            helps=dict(part.helps),
            when=part.when,
            pinned=part.pinned,
            where=self.at(path),
        )

    def constraint(self, part: form.ConstraintPart, path: str) -> Constraint:
        """A constraint; the unit of an amount written in ``min`` or ``max`` becomes the constraint's."""
        units = [bound.unit for bound in (part.minimum, part.maximum) if bound is not None and bound.unit]
        return Constraint(
            equals=part.equals,
            one_of=tuple(part.one_of),
            domain=tuple(part.domain),
            under=tuple(part.under),
            prefix=part.prefix,
            matches=part.matches,
            minimum=_bound(part.minimum),
            maximum=_bound(part.maximum),
            unit=part.unit or (units[0] if units else ""),
            length=part.length,
            known=part.known or part.known_customer,
            secret=part.secret,
            where=self.at(path),
        )

    def limit(self, part: form.LimitPart, path: str) -> Limit:
        """A limit."""
        return Limit(effect=part.effect, tool=part.tool, when=part.when, why=part.why, where=self.at(path))

    def oversight(self, part: form.OversightPart, overseers: Mapping[str, Overseer]) -> Oversight:
        """The channels; every overseer gets an approval entry, stated or by default."""
        names = dict.fromkeys([*overseers, *part.approvals])
        approvals = {name: self.approval(name, part.approvals.get(name, form.ApprovalPart())) for name in names}
        return Oversight(
            stop=self.stop(part.stop),
            correct=self.channel(part.correct, "oversight.correct"),
            retask=self.channel(part.retask, "oversight.retask"),
            monitor=self.monitor(part.monitor),
            approvals=approvals,
            where=self.at("oversight"),
        )

    def stop(self, part: form.StopPart) -> Stop:
        """The stop channel."""
        return Stop(
            by=tuple(part.by),
            rate=part.rate,
            notice=part.notice,
            grace=part.grace,
            during=None if part.during is None else tuple(part.during),
            covers=frozenset(part.covers),
            durable=part.durable,
            at=part.at,
            redeploy=part.redeploy,
            heartbeat=part.heartbeat,
            where=self.at("oversight.stop"),
        )

    def channel(self, part: form.CorrectPart | form.RetaskPart, path: str) -> Channel:
        """The correct or retask channel."""
        return Channel(by=tuple(part.by), rate=part.rate, where=self.at(path))

    def monitor(self, part: form.MonitorPart) -> Monitor:
        """The monitor."""
        tamper = Tamper(detect=part.tamper.detect, response=part.tamper.response) if part.tamper else None
        return Monitor(
            detect=part.detect, response=part.response, tamper=tamper, at=part.at, where=self.at("oversight.monitor")
        )

    def approval(self, name: str, part: form.ApprovalPart) -> Approval:
        """How one overseer answers."""
        where = self.at(f"oversight.approvals.{name}")
        return Approval(overseer=name, grant=part.grant, latency=part.latency, retry=part.retry, where=where)

    def affordance(self, part: form.AffordancePart, path: str) -> Affordance:
        """A row of the author's own catalogue."""
        return Affordance(
            id=part.id,
            kind=part.kind,
            title=part.title,
            tools=tuple(part.tools),
            needs=tuple(part.needs),
            effects=tuple(part.effects),
            when=dict(part.when),
            success=part.success,
            observability=part.observability,
            helps=dict(part.helps),
            source=part.source,
            where=self.at(path),
        )


def _bound(quantity: Quantity | None) -> float | None:
    """The number of a bound."""
    return None if quantity is None else quantity.amount
