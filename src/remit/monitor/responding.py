"""What a charter wants done about an alert, and doing it: a finding, a hold, a stop, the draft of an incident.

``oversight.monitor.response`` says what follows an unauthorised act, ``oversight.monitor.tamper.response`` what follows
one on oversight or on the agent's own persistence. ``stop`` ends the run; ``block`` and ``revoke`` hold it, for what it
did can no longer be blocked and a person has to take away what it should not have; ``rollback`` holds it and asks for
the roll-back in the draft. Below the strength at which anything is done, an alert is a finding and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from remit.charter.model import Charter, Response
from remit.drive import title_of
from remit.errors import SupervisorError
from remit.finding import Finding, Severity, Where
from remit.monitor.alert import Alert

__all__ = ["Answer", "Hand", "Step", "answer_to", "carry_out", "draft_of", "finding_of"]

_STRONG = 0.5
_NOTICEABLE = 0.3
_TAMPERING = ("oversight-manipulation", "self-preservation.", "goal-preservation.deception", "state-copying")
_ASKED: Mapping[Response, str] = {
    "stop": "the run ends",
    "block": "the run is held until a person has looked",
    "revoke": "the run is held; take away the grant or the credential, then `remit resume`",
    "rollback": "the run is held; undo what it did, then `remit resume`",
}


class Step(StrEnum):
    """What is done."""

    FINDING = "finding"
    HOLD = "hold"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What follows an alert: a step, which line of the charter says so, and what a person does next."""

    step: Step
    because: str
    next: str


class Hand(Protocol):
    """Who can hold and stop a run: ``remit.supervisor.client``."""

    def hold(self, run: str, *, reason: str = "", by: str = "owner") -> Mapping[str, object]:
        """Hold a run."""
        ...

    def stop(self, run: str, *, reason: str = "asked for by an overseer", by: str = "owner") -> object:
        """Stop a run."""
        ...


def answer_to(alert: Alert, charter: Charter, *, least: float) -> Answer:
    """What the charter wants done about an alert; below strength ``least`` it is a finding."""
    monitor = charter.oversight.monitor
    tampers = monitor.tamper is not None and alert.part.startswith(_TAMPERING)
    response = monitor.tamper.response if tampers and monitor.tamper is not None else monitor.response
    line = f"{monitor.where}: response: {response}" + (" (tamper)" if tampers else "")
    if alert.strength < least:
        return Answer(step=Step.FINDING, because=f"weaker than {least:g}", next="look at the steps it names")
    step = Step.STOP if response == "stop" else Step.HOLD
    return Answer(step=step, because=line, next=_ASKED[response])


def carry_out(answer: Answer, alert: Alert, run: str, hand: Hand) -> str:
    """Do what was decided, and say in words what came of it; what could not be done is said, never raised."""
    if answer.step is Step.FINDING:
        return ""
    reason = f"{title_of(alert.part)}: {alert.why}"[:200]
    try:
        if answer.step is Step.STOP:
            report = hand.stop(run, reason=reason, by="monitor")
            verdict = getattr(report, "verdict", "")
            return f"stopped: {verdict}" if verdict else "stopped"
        held = hand.hold(run, reason=reason, by="monitor")
        return "held" if held.get("held") is True else f"not held: {held.get('reason') or 'the kernel did not say so'}"
    except SupervisorError as error:
        return f"could not {answer.step}: {error.message}"


def finding_of(alert: Alert, *, ledger: str) -> Finding:
    """An alert as a finding: its place is the entry of the ledger."""
    severity = (
        Severity.ERROR
        if alert.strength >= _STRONG
        else Severity.WARNING
        if alert.strength >= _NOTICEABLE
        else Severity.NOTE
    )
    return Finding(
        code=f"monitor.{alert.part}",
        severity=severity,
        where=Where(file=ledger, line=max(1, alert.step)),
        message=f"{title_of(alert.part)}: {alert.why}",
        hint=f"remit log show {ledger} --call {alert.step} --full",
    )


def draft_of(alert: Alert, answer: Answer, *, run: str, charter: Charter | None, outcome: str) -> dict[str, object]:
    """The draft of an incident: what was seen, where, what was done; a person completes and judges it."""
    return {
        "schema": "remit.incident-draft/1",
        "version": 1,
        "run": run,
        "charter": None if charter is None else charter.digest,
        "drive": alert.drive,
        "part": alert.part,
        "title": title_of(alert.part),
        "strength": alert.strength,
        "why": alert.why,
        "evidence": list(alert.evidence),
        "step": str(answer.step),
        "because": answer.because,
        "outcome": outcome,
        "next": answer.next,
        "judged": None,
    }
