"""A client that asked for progress hears that its call waits for people, and nothing more than that."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest
from tests.proxy.scene import ECHO, Far, call, text_of
from tests.small_charters import tiny

from remit.errors import ProxyError
from remit.guard.approval import Approvals
from remit.guard.guard import Guard
from remit.guard.testing import MemoryRecorder
from remit.proxy.agent_tools import ASK, NAMES, AgentTools
from remit.proxy.frames import Frame
from remit.proxy.judging import Judge
from remit.proxy.pins import PinStore
from remit.proxy.points import Side
from remit.proxy.relay import Relay
from remit.proxy.tools import ToolBook

ASKS = tiny(grants=[{"tool": "echo", "effects": ["out.done"], "ask": "ops"}])
ALLOWS = tiny(grants=[{"tool": "echo", "effects": ["out.done"]}])


class Overseer:
    """Somebody who says yes once ``enough`` notices were heard; ``gone``: the client hears none."""

    def __init__(self, folder: Path, *, enough: int, gone: bool = False) -> None:
        """Enrol them."""
        self.approvals = Approvals.open(folder / "approvals.db")
        for name in ("ops", "lead"):
            self.approvals.overseers.enrol(name)
        self.heard: list[Frame] = []
        self.enough, self.gone = enough, gone

    async def hear(self, frame: Frame) -> None:
        """Take a notice as the client would."""
        self.heard.append(frame)
        if len(self.heard) == self.enough:
            self.agree()
        if self.gone:
            raise ProxyError("the client is gone", code="proxy.error.gone")

    def agree(self) -> None:
        """Say yes to whatever waits."""
        for question in self.approvals.pending():
            for name in question.overseers:
                key = self.approvals.overseers.signer(name)
                self.approvals.answer(question.id, name, agree=True, key=key, digest=question.digest)


def asked(folder: Path, frame: Frame, overseer: Overseer, charter: object = ASKS) -> Frame | None:
    """What comes of a request of the client."""
    far, kept = Far(tools=[ECHO]), MemoryRecorder()
    found: list[Frame | None] = []

    async def main() -> None:
        guard = Guard(charter, ledger=kept, approvals=overseer.approvals, life=600.0)  # type: ignore[arg-type]
        async with guard:
            book = ToolBook(
                agent="a", server="far", pins=PinStore(path=folder / "pins.db"), record=kept, reserved=NAMES
            )
            own = AgentTools(gate=guard, server="far", schema=book.digest)
            judge = Judge(gate=guard, tools=book, record=kept, server="far", own=own, awaits=guard.session.awaits)
            relay = Relay(judge=judge, patience=120.0, every=0.01)
            step = relay.step(Side.CLIENT, frame)
            with anyio.fail_after(240):
                found.append(await relay.handle(Side.CLIENT, step.frame, far, overseer.hear))

    anyio.run(main)
    return found[0]


@pytest.mark.requirement("PROXY-10")
def test_a_call_that_waits_for_people_says_so_again_and_again_until_they_agree(tmp_path: Path) -> None:
    overseer = Overseer(tmp_path, enough=3)
    answer = asked(tmp_path, call("echo", {"text": "a"}, _meta={"progressToken": "p"}), overseer)
    assert answer is not None
    assert answer.result == {"content": []}
    said = [notice.params for notice in overseer.heard]
    assert {notice.method for notice in overseer.heard} == {"notifications/progress"}
    assert {params["progressToken"] for params in said} == {"p"}
    assert {params["message"] for params in said} == {"`echo` waits for a person to agree"}
    numbers = [float(str(params["progress"])) for params in said]
    assert numbers == sorted(set(numbers)), "progress increases"
    assert numbers[-1] < 0, "the server's own progress starts at zero"


def test_a_client_that_did_not_ask_for_progress_or_need_not_wait_hears_nothing(tmp_path: Path) -> None:
    overseer = Overseer(tmp_path, enough=1)
    answer = asked(tmp_path, call("echo", _meta={"progressToken": "p"}), overseer, ALLOWS)
    assert answer is not None
    assert overseer.heard == []


def test_a_denial_is_answered_as_a_denial(tmp_path: Path) -> None:
    answer = asked(tmp_path, call("wipe", _meta={"progressToken": 1}), Overseer(tmp_path, enough=1))
    assert "wipe" in text_of(answer)


def test_a_client_that_is_gone_is_told_once_and_the_call_waits_on(tmp_path: Path) -> None:
    overseer = Overseer(tmp_path, enough=1, gone=True)
    answer = asked(tmp_path, call("echo", {"text": "a"}, _meta={"progressToken": 1}), overseer)
    assert answer is not None
    assert answer.result == {"content": []}
    assert len(overseer.heard) == 1


def test_a_question_of_the_agents_own_is_said_to_wait_too(tmp_path: Path) -> None:
    overseer = Overseer(tmp_path, enough=1)
    frame = call(ASK, {"question": "may I?"}, _meta={"progressToken": 1})
    assert text_of(asked(tmp_path, frame, overseer)) == "yes"
    assert overseer.heard[0].params["message"] == "`remit.ask` waits for a person to agree"
