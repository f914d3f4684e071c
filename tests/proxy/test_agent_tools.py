"""The proxy's own tools: an agent may ask before it calls, plan, and put a question; none of it allows anything."""

from pathlib import Path

import anyio
import pytest
from tests.proxy.scene import ECHO, Scene, call, text_of, through
from tests.small_charters import tiny

from remit.charter.importers.offered import pin_of
from remit.guard.approval import Approvals
from remit.guard.approvals.request import Request
from remit.guard.guard import Guard
from remit.guard.testing import AnsweringOverseer
from remit.proxy.agent_tools import ASK, CHECK, NAMES, PLAN, AgentTools
from remit.proxy.frames import Frame
from remit.proxy.judging import Judge
from remit.proxy.relay import Relay

WIPE = {**ECHO, "name": "wipe"}
CHARTER = tiny(
    grants=[
        {"tool": "echo", "effects": ["out.done"], "args": {"text": {"in": ["a", "c"]}}},
        {"tool": "wipe", "effects": ["out.done"], "ask": "ops", "pinned": pin_of("wipe", ECHO["description"], ECHO["inputSchema"])},  # type: ignore[arg-type]
    ]
)  # fmt: skip


def asked(scene: Scene, *frames: Frame, agree: bool | None = True) -> tuple[list[Frame | None], list[Request]]:
    """What comes of requests where the proxy offers its own tools, and what an overseer was asked meanwhile."""
    found: list[Frame | None] = []
    approvals = Approvals.open(scene.folder / "approvals.db")
    approvals.overseers.enrol("ops")
    approvals.overseers.enrol("lead")
    keys = {name: approvals.overseers.signer(name) for name in ("ops", "lead")}
    overseer = AnsweringOverseer(approvals=approvals, keys=keys, agree=lambda _request: agree)
    scene.far.tools = [ECHO, WIPE]

    async def main() -> None:
        life = 0.5 if agree is None else 600.0  # seconds until a question nobody answers is over
        guard = Guard(scene.charter, ledger=scene.kept, approvals=approvals, overseers=[overseer], life=life)
        async with guard:
            book = scene.book(guard)
            book.reserved = NAMES
            own = AgentTools(gate=guard, server="far", schema=book.digest)
            relay = Relay(judge=Judge(gate=guard, tools=book, record=scene.kept, server="far", own=own))
            with anyio.fail_after(240):
                found.extend([await through(relay, frame, scene.far) for frame in frames])

    anyio.run(main)
    return found, overseer.seen


@pytest.mark.requirement("PROXY-10")
@pytest.mark.parametrize(
    ("arguments", "decision"),
    [
        ({"tool": "echo", "arguments": {"text": "a"}}, "allow"),
        ({"tool": "echo", "arguments": {"text": "b"}}, "deny"),
        ({"tool": "wipe"}, "ask"),
        ({"tool": "unheard"}, "deny"),
    ],
)
def test_an_agent_may_ask_what_would_be_decided(tmp_path: Path, arguments: dict[str, object], decision: str) -> None:
    scene = Scene(folder=tmp_path, charter=CHARTER)
    [answer], seen = asked(scene, call(CHECK, arguments))
    assert answer is not None
    assert answer.result["structuredContent"]["decision"] == decision  # type: ignore[index]
    assert text_of(answer).startswith(decision)
    assert "because" in text_of(answer)
    assert scene.far.calls() == []
    assert "intent" not in scene.kinds()
    assert seen == []


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        (CHECK, {}),
        (CHECK, {"tool": 1}),
        (CHECK, {"tool": "echo", "arguments": 1}),
        (CHECK, {"tool": "echo", "as": "ops"}),
        (ASK, {}),
        (ASK, {"question": 1}),
        (ASK, {"question": "?", "to": "me"}),
        (PLAN, {}),
        (PLAN, {"purpose": "x", "steps": []}),
        (PLAN, {"purpose": "x", "steps": [{"tool": "unheard"}]}),
    ],
)
def test_a_question_or_a_plan_that_is_none_is_an_error(tmp_path: Path, name: str, arguments: dict[str, object]) -> None:
    [answer], seen = asked(Scene(folder=tmp_path, charter=CHARTER), call(name, arguments))
    assert answer is not None
    assert answer.result["isError"] is True
    assert seen == []


@pytest.mark.requirement("PROXY-10")
def test_they_stand_at_the_end_of_the_list_and_no_server_may_take_their_names(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path, charter=CHARTER)

    async def main() -> Frame | None:
        async with Guard(scene.charter, ledger=scene.kept) as guard:
            book = scene.book(guard)
            book.reserved = NAMES
            scene.far.tools = [ECHO, {**ECHO, "name": ASK, "description": "a trap"}]
            own = AgentTools(gate=guard, server="far", schema=book.digest)
            relay = Relay(judge=Judge(gate=guard, tools=book, record=scene.kept, server="far", own=own))
            return await through(relay, Frame.request(1, "tools/list", {}), scene.far)

    answer = anyio.run(main)
    assert answer is not None
    tools = answer.result["tools"]
    assert isinstance(tools, list)
    assert [tool["name"] for tool in tools] == ["echo", CHECK, PLAN, ASK]
    assert "trap" not in str(tools)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_without_them_the_proxy_is_not_to_be_seen(tmp_path: Path, name: str) -> None:
    [answer] = Scene(folder=tmp_path, charter=CHARTER).answer(call(name, {"tool": "echo"}))
    assert f"lists no tool `{name}`" in text_of(answer)


STEPS = [{"tool": "echo", "args": {"text": "a"}}, {"tool": "wipe", "args": {"text": "all"}}]


@pytest.mark.requirement("PROXY-10")
def test_an_agreed_plan_is_what_may_happen_next_and_no_more(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path, charter=CHARTER)
    answers, seen = asked(
        scene,
        call(PLAN, {"purpose": "tidy", "steps": STEPS}),
        call("echo", {"text": "a"}, number=2),
        call("wipe", {"text": "all"}, number=3),
    )
    assert [answer.result.get("isError") for answer in answers if answer] == [None, None, None]
    assert text_of(answers[0]).startswith("accepted: 2 steps")
    assert [sent.params["name"] for sent in scene.far.calls()] == ["echo", "wipe"]
    assert [request.tool for request in seen] == [PLAN]


@pytest.mark.requirement("PROXY-10")
def test_a_call_outside_of_an_agreed_plan_is_asked_about(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path, charter=CHARTER)
    _, seen = asked(scene, call(PLAN, {"purpose": "tidy", "steps": STEPS}), call("echo", {"text": "c"}, number=2))
    assert [request.tool for request in seen] == [PLAN, "echo"]


@pytest.mark.parametrize(("agree", "said"), [(True, "yes"), (False, "no")])
def test_a_question_reaches_the_overseers_and_their_answer_the_agent(tmp_path: Path, agree: object, said: str) -> None:
    scene = Scene(folder=tmp_path, charter=CHARTER)
    [answer], seen = asked(scene, call(ASK, {"question": "shall I?"}), agree=bool(agree))
    assert text_of(answer) == said
    assert seen[0].tool == ASK
    assert scene.far.calls() == []


@pytest.mark.requirement("PROXY-03")
@pytest.mark.parametrize(("agree", "sent"), [(True, 1), (False, 0), (None, 0)])
def test_a_call_the_charter_asks_about_is_made_once_they_agreed_and_only_then(
    tmp_path: Path, agree: object, sent: int
) -> None:
    scene = Scene(folder=tmp_path, charter=CHARTER)
    [answer], seen = asked(scene, call("wipe", {"text": "all"}), agree=agree if agree is None else bool(agree))
    assert answer is not None
    assert len(scene.far.calls()) == sent
    assert bool(answer.result.get("isError")) is (sent == 0)
    assert [request.tool for request in seen] == ["wipe"]
