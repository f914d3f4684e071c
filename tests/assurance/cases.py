"""Safety cases for tests: drawn at random, as large as wanted, and with hostile text wherever there is text."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any

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
from remit.assurance.kinds import KINDS
from remit.assurance.record import Record
from remit.assurance.release.verdict import Flip, Reason, Release, Verdict
from remit.assurance.weighing.assessment import Assessment, Freshness, Health, Node, NodeKind, Observed
from remit.drive import DRIVES
from remit.finding import Finding, Severity, Where

TODAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
WORDS = (
    "a stop reaches a safe state in five seconds and every process of the agent ends with it while the monitor "
    "keeps its own record of calls nobody approved outside the envelope of production"
).split()


def sentence(rng: random.Random, least: int = 5, most: int = 16) -> str:
    """A few words."""
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(least, most)))


def place(number: int) -> Where:
    """A line of the case."""
    return Where(file="case.yaml", line=number, column=3)


def random_case(seed: int, *, claims: int = 8, per_claim: int = 2, sharing: float = 0.15, doubts: int = 4) -> Case:
    """A case without dangling references or cycles: claims rest on later claims, some of them on shared ones."""
    rng = random.Random(seed)
    subject = {"charter": digest("charter"), "image": digest("image"), "model": "opus@4.5"}
    listed = {f"C-{number}": claim(rng, number, claims, sharing) for number in range(claims)}
    evidence = {
        item.id: item
        for item in (proof(rng, number, f"C-{number % claims}", subject) for number in range(claims * per_claim))
    }
    arguments = {
        f"A-{number}": Argument(
            id=f"A-{number}", sources=(f"E-{number}",), target=f"C-{number}", scheme="control.drill",
            warrant=sentence(rng), assumptions=(sentence(rng),), where=place(700 + number),
        )
        for number in range(0, claims, 5)
    }  # fmt: skip
    targets = [*listed, *evidence, *arguments]
    defeaters = {f"D-{number}": defeater(rng, number, rng.choice(targets)) for number in range(doubts)}
    return Case(
        file="case.yaml", id=f"case-{seed}", version=3, charter="remit.yaml", subject=subject, envelope="prod.yaml",
        profile="bounded-tool-agent@1", owner="Ada", reviewers=("Ada", "Grace"), review_by=date(2027, 1, 15),
        hazards={f"H-{drive.id}": Hazard(id=f"H-{drive.id}", drive=drive.id, text=sentence(rng), where=place(9))
                 for drive in DRIVES},
        claims=listed, arguments=arguments, evidence=evidence, defeaters=defeaters,
        indicators={"S-1": Indicator(id="S-1", claim="C-0", metric="p99_stop_ms", warn=4000, fail=5000,
                                     source="ledger", where=place(800))},
        incidents={"I-1": IncidentLink(id="I-1", record="incidents/I-1.yaml", undercuts=("C-1",), where=place(810))},
        mappings=(Mapped(claim="C-0", to="NIST AI RMF:MANAGE 2.4", relation=Relation.INFORMS, where=place(820)),),
        approvals=(
            Approval(by="Grace", role="safety", digest=digest("case"), decision="approve", where=place(830)),
            Approval(by="Alan", role="operations", digest=digest("case"), decision="reject",
                     dissent="the drill was not run at night", where=place(835)),
        ),
        digest=digest("case"), where=place(1),
    )  # fmt: skip


def digest(text: str) -> str:
    """A digest as cases write it."""
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def claim(rng: random.Random, number: int, of: int, sharing: float) -> Claim:
    """A claim that rests on claims after it: its children in a tree of three, and sometimes one of another branch."""
    support = [f"C-{child}" for child in range(3 * number + 1, min(3 * number + 4, of))]
    if number + 1 < of and rng.random() < sharing:
        support.append(f"C-{rng.randint(number + 1, of - 1)}")
    return Claim(
        id=f"C-{number}", text=sentence(rng), kind=rng.choice(list(ClaimKind)), gate=number % 3 == 0,
        hazards=(f"H-{DRIVES[number % len(DRIVES)].id}",), support=tuple(dict.fromkeys(support)),
        ttl=timedelta(days=30) if rng.random() < 0.3 else None, min_independence=rng.choice((1, 1, 2)),
        residual=sentence(rng) if rng.random() < 0.3 else "", where=place(20 + number),
    )  # fmt: skip


def proof(rng: random.Random, number: int, supports: str, subject: Mapping[str, str]) -> Evidence:
    """A piece of evidence, most of it passing."""
    n = rng.choice((None, 40, 200))
    return Evidence(
        id=f"E-{number}", kind=rng.choice(list(KINDS)), file=f"evidence/{number}.json", sha256=digest(str(number)),
        subject=dict(subject), tool="remit drill", version="0.1.0", run=f"run-{number}",
        produced_at=TODAY - timedelta(days=rng.randint(1, 60)),
        result=rng.choices(list(Result), (8, 1, 1))[0], n=n, k=n, bound95=None if n is None else 0.05 ** (1 / n),
        setting=rng.choice(("staging", "production", "")), supports=(supports,),
        independence_group=rng.choice(("g1", "g2", "")), where=place(400 + number),
    )  # fmt: skip


def defeater(rng: random.Random, number: int, against: str) -> Defeater:
    """A doubt in one of the four states."""
    status = list(DefeaterStatus)[number % 4]
    residual = status is DefeaterStatus.ACCEPTED_RESIDUAL
    return Defeater(
        id=f"D-{number}", against=against, type=rng.choice(list(DefeaterType)), status=status, text=sentence(rng),
        raised_by="Alan", owner="Ada", answer="E-0" if status is DefeaterStatus.REBUTTED else "",
        accepted_by="Grace" if residual else "", expires=date(2027, 1, 1) if residual else None,
        where=place(600 + number),
    )  # fmt: skip


def observed(case: Case) -> dict[str, Observed]:
    """What the files of a case hold: for each piece of evidence the record it speaks of, for every ninth nothing."""
    found: dict[str, Observed] = {}
    for number, item in enumerate(case.evidence.values()):
        if number % 9 == 8:
            found[item.id] = Observed(sha256=None, record=None, problem="no such file")
            continue
        record = Record(
            kind=item.kind, subject=item.subject, tool=item.tool, version=item.version, run=item.run,
            produced_at=item.produced_at, result=item.result, n=item.n, k=item.k, bound95=item.bound95,
            setting=item.setting, because=(f"{item.k} of {item.n} stopped",), details={"seed": 7, "note": "as drilled"},
        )  # fmt: skip
        found[item.id] = Observed(sha256=item.sha256, record=record)
    return found


def assessed(case: Case, seed: int = 0) -> Assessment:
    """An assessment with health and freshness drawn at random: a view shows what it is given, sense or not."""
    rng = random.Random(seed)
    nodes: dict[str, Node] = {}

    def add(identifier: str, kind: NodeKind, below: tuple[str, ...]) -> None:
        against = tuple(item.id for item in case.defeaters.values() if item.against == identifier)
        against += tuple(item.id for item in case.incidents.values() if identifier in item.undercuts)
        freshness = rng.choices(list(Freshness), (6, 2, 1))[0]
        nodes[identifier] = Node(
            id=identifier, kind=kind, health=rng.choices(list(Health), (6, 2, 2, 1, 1))[0], freshness=freshness,
            because=(sentence(rng),), below=below, doubts=against, counts=rng.random() < 0.9,
            expires=None if freshness is Freshness.NEVER else TODAY + timedelta(days=rng.randint(-20, 60)),
        )  # fmt: skip

    for item in case.evidence.values():
        add(item.id, NodeKind.EVIDENCE, ())
    for argument in case.arguments.values():
        add(argument.id, NodeKind.ARGUMENT, argument.sources)
    for listed in case.claims.values():
        argued = tuple(found.id for found in case.arguments.values() if found.target == listed.id)
        used = {source for found in argued for source in case.arguments[found].sources}
        shown = (found.id for found in case.evidence.values() if listed.id in found.supports and found.id not in used)
        add(listed.id, NodeKind.CLAIM, (*listed.support, *argued, *shown))
    for doubt in case.defeaters.values():
        add(doubt.id, NodeKind.DEFEATER, (doubt.answer,) if doubt.answer else ())
    for link in case.incidents.values():
        add(link.id, NodeKind.INCIDENT, ())
    carried = {child for claim in case.claims.values() for child in claim.support}
    findings = (
        Finding(code="REMIT-A001", severity=Severity.ERROR, where=place(12), message="`C-9` is not there",
                hint="write it or take it out"),
    )  # fmt: skip
    roots = tuple(identifier for identifier in case.claims if identifier not in carried)
    return Assessment(case=case, as_of=TODAY, nodes=nodes, roots=roots, findings=findings)


def decided(assessment: Assessment, verdict: Verdict = Verdict.HOLD) -> Release:
    """A release with a reason and a flip for each gate claim that is not well, unless it is promoted."""
    if verdict is Verdict.PROMOTE:
        return Release(verdict=verdict, reasons=(), flip=())
    gates = [claim.id for claim in assessment.case.claims.values() if claim.gate]
    poor = [name for name in gates if assessment.nodes[name].health is not Health.SUPPORTED] or gates
    return Release(
        verdict=verdict,
        reasons=tuple(Reason(claim=name, why=f"`{name}` is not supported", evidence=("E-0",)) for name in poor),
        flip=tuple(Flip(item=name, change="show a drill of this build that passed") for name in poor),
    )


def rewritten(value: Any, change: Callable[[str], str]) -> Any:
    """A case, a record, anything made of them, with every text in it (keys of mappings as well) changed."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        return tuple(rewritten(item, change) for item in value)
    if isinstance(value, Mapping):
        return {rewritten(key, change): rewritten(item, change) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{item.name: rewritten(getattr(value, item.name), change) for item in fields(value)})
    return value
