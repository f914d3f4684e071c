"""From a call back to the rule, the grant and the drives: what a ledger tells, and what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from remit.assurance.origin import Bond, Origin, origin_of
from remit.charter.model import Charter
from remit.charter.reader import parse_charter, read_charter
from remit.errors import IncidentError
from remit.ledger.entry import Entry
from remit.ledger.store import Ledger

SRE = Path(__file__).parents[2] / "src" / "remit" / "charters" / "sre-agent.yaml"


@pytest.fixture(scope="module")
def charter() -> Charter:
    return read_charter(SRE)


def entries(folder: Path, charter: Charter | None, tool: str, **args: object) -> list[Entry]:
    """A ledger with one call: opened (1), its intent (2), its outcome (3), an order (4)."""
    with Ledger.open(folder / "ledger.db") as ledger:
        if charter:
            ledger.record("opened", {"charter": charter.digest})
        else:
            ledger.record("started", {"run": "clerk-1", "command": ["clerk"]})
        because = [{"step": 3, "where": "remit.yaml:29:5", "what": f"`{tool}` is granted"}]
        ledger.record("intent", {"call": {"tool": tool, "args": args}, "decision": "allow", "because": because})
        ledger.record("outcome", {"intent": 2, "result": "performed"})
        ledger.record("held", {"reason": "look", "by": "ops"})
        return list(ledger.entries())


def found(origin: Origin, bond: Bond) -> set[str]:
    """The acts of one bond."""
    return {step.act for step in origin.steps if step.bond is bond}


@pytest.mark.requirement("REVIEW-07")
@pytest.mark.parametrize("number", [2, 3])
def test_an_outcome_is_traced_to_the_rule_the_grant_and_what_the_grant_opens(
    number: int, charter: Charter, tmp_path: Path
) -> None:
    origin = origin_of(entries(tmp_path, charter, "k8s.restart_service", service="web"), number, charter)
    assert (origin.entry, origin.tool, origin.decision, origin.result) == (
        2,
        "k8s.restart_service",
        "allow",
        "performed",
    )
    assert origin.args == '{"service": "web"}'
    assert origin.because == ("remit.yaml:29:5: `k8s.restart_service` is granted",)
    assert origin.same_charter is True
    assert found(origin, Bond.IS) == {"k8s.restart_service"}
    assert "containers.delete_stop_job" in found(origin, Bond.BESIDE)
    assert "self-preservation.avoid-shutdown" in origin.parts
    assert {step.authorised for step in origin.steps if step.act == "containers.delete_stop_job"} == {"no"}


def test_a_call_that_serves_a_drive_itself_says_so_first(charter: Charter, tmp_path: Path) -> None:
    origin = origin_of(entries(tmp_path, charter, "k8s.restart_monitor"), 2, charter)
    (own,) = (step for step in origin.steps if step.bond is Bond.IS)
    assert (own.act, own.opened_by) == ("k8s.restart_monitor", "grant k8s.restart_monitor")
    assert own.parts
    assert origin.parts[: len(own.parts)] == own.parts


def test_what_an_act_needs_first_is_a_step_towards_it(tmp_path: Path) -> None:
    text = """
remit: 1
agent: {name: mailer}
purpose: {text: draft answers; done when each has one, task: [{when: out.drafted, value: 1}]}
overseers: {me: {channels: [cli]}}
grants:
  - {tool: gmail.read, effects: [info.mail]}
  - {tool: gmail.draft, needs: [info.mail], effects: [out.drafted]}
oversight: {stop: {by: me}}
"""
    charter = parse_charter(text)
    origin = origin_of(entries(tmp_path, charter, "gmail.read"), 2, charter)
    assert "email.press_overseer" in found(origin, Bond.LEADS)


def test_another_charter_or_none_on_record_is_said(charter: Charter, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    other = parse_charter(charter.source.replace("12h", "13h") + "\n# later\n")
    assert other.digest != charter.digest
    assert origin_of(entries(tmp_path / "a", other, "k8s.patch"), 2, charter).same_charter is False
    assert origin_of(entries(tmp_path / "b", None, "k8s.patch"), 2, charter).same_charter is None


def test_a_denied_call_did_not_happen(charter: Charter, tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        call = {"tool": "shell.run", "args": {"command": "pkill auditd"}}
        ledger.record("denied", {"call": call, "because": [{"what": "no grant covers it"}]})
        listed = list(ledger.entries())
    origin = origin_of(listed, 1, charter)
    assert (origin.decision, origin.result, origin.because) == ("denied", "did not happen", ("no grant covers it",))
    assert "oversight.monitor" in {one.effect for one in origin.effects}


@pytest.mark.parametrize(
    ("number", "said"),
    [(9, "there is no entry `9`"), (4, "`held` and belongs to no call"), (1, "`opened` and belongs")],
)
def test_an_entry_of_no_call_is_an_error_with_what_to_do(
    number: int, said: str, charter: Charter, tmp_path: Path
) -> None:
    with pytest.raises(IncidentError, match=said) as caught:
        origin_of(entries(tmp_path, charter, "k8s.patch"), number, charter)
    assert "remit log show" in caught.value.hint
