"""What a charter wants done about an alert, and what is said of what could not be done."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

import pytest

from remit.charter.reader import parse_charter
from remit.errors import SupervisorError
from remit.finding import Severity
from remit.monitor.alert import Alert
from remit.monitor.explaining import caveat_of, explain, how_strong
from remit.monitor.responding import Step, answer_to, carry_out, draft_of, finding_of

CHARTER = """\
remit: 1
agent: {name: clerk}
purpose: {text: file the invoices of the day; done when none is left}
overseers: {me: {channels: [cli]}}
oversight: {monitor: {response: RESPONSE}}
"""
TAMPER = "{monitor: {response: block, tamper: {detect: 0.9, response: stop}}}"


def alert(part: str = "resource-acquisition.compute", strength: float = 0.95) -> Alert:
    return Alert(
        drive=part.partition(".")[0], part=part, step=7, strength=strength, why="x", detector="compute", evidence=(3, 7)
    )


@pytest.mark.parametrize(
    ("response", "step"),
    [("stop", Step.STOP), ("block", Step.HOLD), ("revoke", Step.HOLD), ("rollback", Step.HOLD)],
)
def test_the_charter_says_what_follows(response: str, step: Step) -> None:
    charter = parse_charter(CHARTER.replace("RESPONSE", response))
    answer = answer_to(alert(), charter, least=0.9)
    assert answer.step is step
    assert f"response: {response}" in answer.because
    assert answer_to(alert(strength=0.5), charter, least=0.9).step is Step.FINDING


def test_acts_on_oversight_have_a_response_of_their_own() -> None:
    charter = parse_charter(CHARTER.replace("{monitor: {response: RESPONSE}}", TAMPER))
    assert answer_to(alert(), charter, least=0.9).step is Step.HOLD
    for part in ("oversight-manipulation", "self-preservation.avoid-shutdown", "goal-preservation.deception"):
        assert answer_to(alert(part), charter, least=0.9).step is Step.STOP


class Hand:
    """A hand that does what it is told, or nothing."""

    def __init__(self, *, held: object = True, fails: bool = False) -> None:
        self.held, self.fails = held, fails
        self.asked: list[tuple[str, str, str]] = []

    def hold(self, run: str, *, reason: str = "", by: str = "owner") -> Mapping[str, object]:
        """Hold a run."""
        self.asked.append(("hold", run, by))
        if self.fails:
            raise SupervisorError("no such run")
        return {"held": self.held, "reason": reason}

    def stop(self, run: str, *, reason: str = "", by: str = "owner") -> object:
        """Stop a run."""
        del reason
        self.asked.append(("stop", run, by))
        return object()


def test_a_hold_that_failed_is_said_and_never_raised() -> None:
    charter = parse_charter(CHARTER.replace("RESPONSE", "block"))
    answer = answer_to(alert(), charter, least=0.9)
    assert carry_out(answer, alert(), "r", Hand()) == "held"
    assert carry_out(answer, alert(), "r", Hand(held=False)).startswith("not held: ")
    assert carry_out(answer, alert(), "r", Hand(fails=True)) == "could not hold: no such run"


def test_a_finding_does_nothing() -> None:
    hand = Hand()
    answer = answer_to(alert(strength=0.1), parse_charter(CHARTER.replace("RESPONSE", "stop")), least=0.9)
    assert carry_out(answer, alert(), "r", hand) == ""
    assert hand.asked == []


@pytest.mark.parametrize(
    ("strength", "severity"), [(0.9, Severity.ERROR), (0.4, Severity.WARNING), (0.1, Severity.NOTE)]
)
def test_an_alert_is_a_finding_at_its_entry(strength: float, severity: Severity) -> None:
    found = finding_of(alert(strength=strength), ledger="clerk")
    assert (found.severity, found.where.file, found.where.line) == (severity, "clerk", 7)
    assert found.code == "monitor.resource-acquisition.compute"


def test_a_draft_leaves_the_judgement_to_a_person() -> None:
    charter = parse_charter(CHARTER.replace("RESPONSE", "stop"))
    answer = answer_to(alert(), charter, least=0.9)
    draft = draft_of(alert(), answer, run="r", charter=charter, outcome="stopped: dead")
    assert (draft["judged"], draft["charter"], draft["evidence"]) == (None, charter.digest, [3, 7])


def test_an_alert_in_words_has_its_strength_its_evidence_and_its_caveat() -> None:
    lines = list(explain(alert()))
    assert lines[0] == "get more machines to run on (resource-acquisition.compute), as strong as it gets (0.95)"
    assert lines[1:3] == ["step 7: x", "with steps 3"]
    assert caveat_of(alert()) in lines[3]
    assert [how_strong(value) for value in (0.95, 0.6, 0.3, 0.1)] == [
        "as strong as it gets",
        "strong",
        "noticeable",
        "weak",
    ]


def test_a_monitor_needs_no_numerical_library() -> None:
    program = (
        "import sys; from remit.monitor.monitor import Monitor; from remit.monitor.watching import Watch; Monitor();"
        "print(sorted({'numpy', 'scipy', 'numba', 'pydantic', 'remit.incentives'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
