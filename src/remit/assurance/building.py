"""From the checked form of a safety case to the case itself, every item with its place."""

from __future__ import annotations

from collections.abc import Mapping

from remit.assurance import schema as form
from remit.assurance.case import (
    Approval,
    Argument,
    Case,
    Claim,
    ClaimKind,
    Defeater,
    DefeaterStatus,
    DefeaterType,
    Evidence,
    Hazard,
    IncidentLink,
    Indicator,
    Mapped,
    Relation,
    Result,
)
from remit.assurance.rules import case_fault
from remit.charter.positions import place_of
from remit.digest import sha256_digest
from remit.finding import Finding, Where

__all__ = ["build_case", "ids_used_twice"]

_NOT_ARGUED = ("evidence", "approvals")
_NODES = ("claims", "arguments", "evidence", "defeaters", "incidents")


def build_case(
    checked: form.Document, document: Mapping[str, object], *, path: str, places: Mapping[str, Where]
) -> Case:
    """The case of a checked document; ``document`` are its plain values, which the digest is taken over."""
    head = checked.case

    def at(*parts: object) -> Where:
        return place_of(places, ".".join(str(part) for part in parts))

    argued = {key: value for key, value in document.items() if key not in _NOT_ARGUED}
    return Case(
        file=path,
        id=head.id,
        version=head.version,
        charter=head.charter,
        subject=dict(head.subject),
        envelope=head.envelope,
        profile=head.profile,
        owner=head.owner,
        reviewers=tuple(head.reviewers),
        review_by=head.review_by,
        hazards={
            name: Hazard(id=name, drive=part.drive, text=part.text, where=at("hazards", name))
            for name, part in checked.hazards.items()
        },
        claims={name: _claim(name, part, at("claims", name)) for name, part in checked.claims.items()},
        arguments={name: _argument(name, part, at("arguments", name)) for name, part in checked.arguments.items()},
        evidence={name: _evidence(name, part, at("evidence", name)) for name, part in checked.evidence.items()},
        defeaters={name: _defeater(name, part, at("defeaters", name)) for name, part in checked.defeaters.items()},
        indicators={
            name: Indicator(
                id=name, claim=part.claim, metric=part.metric, warn=part.warn, fail=part.fail, source=part.source,
                where=at("indicators", name),
            )
            for name, part in checked.indicators.items()
        },
        incidents={
            name: IncidentLink(
                id=name, record=part.record, undercuts=tuple(part.undercuts), reopens=part.reopens,
                closed_by=part.closed_by, where=at("incidents", name),
            )
            for name, part in checked.incidents.items()
        },
        mappings=tuple(
            Mapped(claim=part.claim, to=part.to, relation=Relation(part.relation), where=at("mappings", index))
            for index, part in enumerate(checked.mappings)
        ),
        approvals=tuple(
            Approval(
                by=part.by, role=part.role, digest=part.digest, decision=part.decision, dissent=part.dissent,
                where=at("approvals", index),
            )
            for index, part in enumerate(checked.approvals)
        ),
        digest=sha256_digest(argued),
        where=at("case"),
    )  # fmt: skip


def ids_used_twice(case: Case) -> list[Finding]:
    """Ids that two items of different sections share: a reference to one of them could mean either."""
    first: dict[str, tuple[str, Where]] = {}
    found = []
    for section in _NODES:
        for name, item in getattr(case, section).items():
            if name in first:
                other, where = first[name]
                found.append(
                    case_fault(
                        "one-id-twice", item.where, f"`{name}` is an id of {section} and of {other}",
                        f"the other one is on line {where.line}: rename one of the two",
                    )
                )  # fmt: skip
            else:
                first[name] = (section, item.where)
    return found


def _claim(name: str, part: form.ClaimPart, where: Where) -> Claim:
    """One claim."""
    return Claim(
        id=name,
        text=part.text,
        kind=ClaimKind(part.kind),
        gate=part.gate,
        hazards=tuple(part.hazards),
        support=tuple(part.support),
        ttl=part.ttl,
        min_independence=part.min_independence,
        residual=part.residual,
        where=where,
    )


def _argument(name: str, part: form.ArgumentPart, where: Where) -> Argument:
    """One argument."""
    return Argument(
        id=name,
        sources=tuple(part.sources),
        target=part.target,
        scheme=part.scheme,
        warrant=part.warrant,
        assumptions=tuple(part.assumptions),
        where=where,
    )


def _evidence(name: str, part: form.EvidencePart, where: Where) -> Evidence:
    """One piece of evidence."""
    return Evidence(
        id=name,
        kind=part.kind,
        file=part.file,
        sha256=part.sha256,
        subject=dict(part.subject),
        tool=part.produced_by.tool,
        version=part.produced_by.version,
        run=part.produced_by.run,
        produced_at=part.produced_at,
        result=Result(part.result),
        n=part.n,
        k=part.k,
        bound95=part.bound95,
        setting=part.setting,
        supports=tuple(part.supports),
        independence_group=part.independence_group,
        where=where,
    )


def _defeater(name: str, part: form.DefeaterPart, where: Where) -> Defeater:
    """One doubt."""
    return Defeater(
        id=name,
        against=part.against,
        type=DefeaterType(part.type),
        status=DefeaterStatus(part.status),
        text=part.text,
        raised_by=part.raised_by,
        owner=part.owner,
        answer=part.answer,
        accepted_by=part.accepted_by,
        expires=part.expires,
        where=where,
    )
