"""The relay: which messages pass, which are decided, and what whoever asked is told."""

from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest
from tests.proxy.http_scene import OpenGate
from tests.proxy.own_time import played
from tests.proxy.scene import ECHO, MODERN, Far, Scene, call, granted, text_of, through

from remit.errors import ProxyError
from remit.guard.guard import Guard
from remit.proxy.frames import Frame, Kind
from remit.proxy.judging import Judge
from remit.proxy.points import Side
from remit.proxy.relay import Conduct, Relay


@pytest.mark.requirement("PROXY-03")
def test_an_allowed_call_is_recorded_and_sent_on_untouched(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path, far=Far(answers=lambda _: {"content": [{"type": "text", "text": "hi"}]}))
    asked = call("echo", {"text": "hi"}, _meta={"progressToken": 1})
    [answer] = scene.answer(asked)
    assert answer is not None
    assert answer.message == {"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": "hi"}]}}
    assert [frame.message for frame in scene.far.calls()] == [asked.message]
    assert scene.kinds() == ["intent", "outcome"]


@pytest.mark.requirement("PROXY-03")
def test_a_call_without_a_grant_never_reaches_the_server(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path, charter=granted("other"))
    [answer] = scene.answer(call("echo", {"text": "hi"}))
    assert answer is not None
    assert answer.result["isError"] is True
    assert "remit refused `echo`" in text_of(answer)
    refusal = answer.result["structuredContent"]["refused"]  # type: ignore[index]
    assert refusal["code"].startswith("guard.denied")
    assert refusal["because"]
    assert scene.far.calls() == []
    assert "denied" in scene.kinds()
    assert "intent" not in scene.kinds()


def test_a_refusal_says_what_would_be_allowed(tmp_path: Path) -> None:
    charter = granted("echo", args={"text": {"in": ["a", "b"]}})
    [answer] = Scene(folder=tmp_path, charter=charter).answer(call("echo", {"text": "c"}))
    assert "allowed: " in text_of(answer)


def test_an_argument_the_tool_does_not_take_is_denied(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path)
    [answer] = scene.answer(call("echo", {"text": "hi", "also": 1}))
    assert answer is not None
    assert answer.result.get("isError") is True
    assert scene.far.calls() == []


def test_in_the_stateless_era_a_refusal_says_that_it_is_complete(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path, charter=granted("other"))
    [answer] = scene.answer(call("echo", {"text": "hi"}, _meta=MODERN))
    assert answer is not None
    assert answer.result["resultType"] == "complete"
    [listing] = scene.far.heard
    assert listing.params["_meta"] == MODERN


def test_an_unwritable_ledger_denies_every_call(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path)

    async def part(relay: Relay, _guard: Guard) -> None:
        scene.kept.broken = True
        answer = await through(relay, call("echo", {"text": "hi"}), scene.far)
        scene.kept.broken = False
        assert "remit refused `echo`" in text_of(answer)

    scene.play(part)
    assert scene.far.calls() == []


def test_a_held_run_takes_no_call_and_goes_on_when_it_is_resumed(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path)

    async def part(relay: Relay, guard: Guard) -> None:
        await guard.hold("a look")
        assert "refused" in text_of(await through(relay, call("echo", {"text": "hi"}), scene.far))
        await guard.resume()
        answer = await through(relay, call("echo", {"text": "hi"}), scene.far)
        assert answer is not None
        assert answer.result == {"content": []}

    scene.play(part)


def test_in_shadow_mode_a_call_that_would_be_denied_is_recorded_and_made(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path, charter=granted("other"), shadow=True)
    [answer] = scene.answer(call("echo", {"text": "hi"}))
    assert answer is not None
    assert answer.result == {"content": []}
    assert "shadowed" in scene.kinds()


@pytest.mark.parametrize(
    ("params", "fault"),
    [
        ({"arguments": {}}, "`name`"),
        ({"name": 7}, "`name`"),
        ({"name": ""}, "`name`"),
        ({"name": "echo", "arguments": [1]}, "`arguments`"),
        ({"name": "echo", "Arguments": {"text": "x"}}, "case"),
        ({"name": "echo", "NAME": "other"}, "case"),
    ],
)
@pytest.mark.requirement("PROXY-01")
def test_a_call_whose_parameters_two_readers_could_read_in_two_ways_is_refused(
    tmp_path: Path, params: Mapping[str, object], fault: str
) -> None:
    scene = Scene(folder=tmp_path)
    [answer] = scene.answer(Frame.request(1, "tools/call", params))
    assert answer is not None
    assert answer.kind is Kind.ERROR
    assert fault in str(answer.message["error"])
    assert scene.far.heard == []


def test_a_lookalike_of_a_guarded_method_is_refused(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path)
    [answer] = scene.answer(Frame.request(1, "Tools/Call", {"name": "echo"}))
    assert answer is not None
    assert answer.kind is Kind.ERROR
    assert scene.far.heard == []


@pytest.mark.requirement("PROXY-02")
@pytest.mark.parametrize("side", list(Side))
def test_messages_nobody_has_heard_of_pass_both_ways_untouched(tmp_path: Path, side: Side) -> None:
    async def part(relay: Relay, _guard: Guard) -> None:
        for frame in (
            Frame.request(1, "x/unheard-of", {"deep": [{"er": None}]}),
            Frame.notification("notifications/x", {"a": 1}),
            Frame.notification("notifications/progress", {"progressToken": 9, "progress": 1}),
            Frame.response(7, {"a": 1}),
            Frame.error(8, -5, "no"),
        ):
            step = relay.step(side, frame)
            assert step.conduct is Conduct.PASS
            assert step.frame is frame

    Scene(folder=tmp_path).play(part)


def test_an_error_of_the_server_reaches_the_client_and_the_record(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path, far=Far(answers=lambda frame: Frame.error(frame.id, -32602, "no such thing")))
    [answer] = scene.answer(call("echo", {"text": "hi"}))
    assert answer is not None
    assert answer.message["error"] == {"code": -32602, "message": "no such thing"}
    outcome = next(entry for entry in scene.kept.kept if entry.kind == "outcome")
    assert outcome.facts["result"] == "failed"


@pytest.mark.requirement("PROXY-07")
def test_a_server_that_never_answers_is_cancelled_and_the_call_is_recorded_as_unknown(tmp_path: Path) -> None:
    async def never(_frame: Frame) -> Frame:
        await anyio.sleep_forever()
        raise AssertionError

    scene = Scene(folder=tmp_path, far=Far(answers=never), patience=0.05)
    [answer] = scene.answer(call("echo", {"text": "hi"}))
    assert answer is not None
    assert answer.kind is Kind.ERROR
    assert "nobody knows whether it was done" in str(answer.message["error"])
    assert [frame.params["requestId"] for frame in scene.far.told] == [1]
    outcome = next(entry for entry in scene.kept.kept if entry.kind == "outcome")
    assert (outcome.facts["result"], outcome.facts["label"]) == ("interrupted", "unknown")


@pytest.mark.requirement("PROXY-07")
def test_a_server_that_goes_away_leaves_the_call_unknown(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path, far=Far(answers=lambda _: ProxyError("the server has ended")))
    [answer] = scene.answer(call("echo", {"text": "hi"}))
    assert answer is not None
    assert "the server has ended" in str(answer.message["error"])
    outcome = next(entry for entry in scene.kept.kept if entry.kind == "outcome")
    assert outcome.facts["label"] == "unknown"


@pytest.mark.requirement("PROXY-07")
def test_progress_is_a_word_of_a_server_that_takes_its_time(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path)
    judge = Judge(gate=OpenGate(), tools=scene.book(), record=scene.kept, server="far")
    relay = Relay(judge=judge, patience=0.3)

    async def part() -> None:
        async def slowly(_frame: Frame) -> dict[str, object]:
            for step in range(5):
                await anyio.sleep(0.15)
                params = {"progressToken": "p", "progress": step}
                assert relay.step(Side.SERVER, Frame.notification("notifications/progress", params)).conduct == "pass"
            return {"content": []}

        scene.far.answers = slowly
        answer = await through(relay, call("echo", {"text": "a"}, _meta={"progressToken": "p"}), scene.far)
        assert answer is not None
        assert answer.kind is Kind.RESPONSE

    played(part, within=5)


@pytest.mark.requirement("PROXY-08")
def test_a_call_that_waits_for_approval_is_cancelled_here_and_the_server_never_hears_of_it(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path, charter=granted("echo", ask="ops"))
    answers: list[Frame | None] = []

    async def part(relay: Relay, _guard: Guard) -> None:
        async def ask() -> None:
            answers.append(await through(relay, call("echo", {"text": "hi"}), scene.far))

        async with anyio.create_task_group() as group:
            group.start_soon(ask)
            while "asked" not in scene.kept.kinds():  # noqa: ASYNC110 (a record wakes nobody)
                await anyio.sleep(0.005)
            step = relay.step(Side.CLIENT, Frame.notification("notifications/cancelled", {"requestId": 1}))
            assert step.conduct is Conduct.DROP

    scene.play(part)
    assert answers == [None]
    assert scene.far.calls() == []
    assert "intent" not in scene.kinds()


@pytest.mark.requirement("PROXY-08")
def test_a_call_that_runs_is_cancelled_over_there(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path)
    answers: list[Frame | None] = []

    async def part(relay: Relay, _guard: Guard) -> None:
        cancelled = anyio.Event()

        async def run(frame: Frame) -> Frame:
            await cancelled.wait()
            return Frame.error(frame.id, 0, "Request cancelled")

        async def ask() -> None:
            answers.append(await through(relay, call("echo", {"text": "hi"}), scene.far))

        scene.far.answers = run
        async with anyio.create_task_group() as group:
            group.start_soon(ask)
            while not scene.far.calls():  # noqa: ASYNC110 (as above)
                await anyio.sleep(0.005)
            step = relay.step(Side.CLIENT, Frame.notification("notifications/cancelled", {"requestId": 1}))
            assert step.conduct is Conduct.PASS
            cancelled.set()

    scene.play(part)
    [answer] = answers
    assert answer is not None
    assert answer.message["error"] == {"code": 0, "message": "Request cancelled"}


@pytest.mark.requirement("PROXY-08")
def test_a_stop_cancels_what_runs_and_answers_whoever_waits(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path)
    answers: list[Frame | None] = []

    async def part(relay: Relay, _guard: Guard) -> None:
        async def never(_frame: Frame) -> Frame:
            await anyio.sleep_forever()
            raise AssertionError

        async def ask() -> None:
            answers.append(await through(relay, call("echo", {"text": "hi"}), scene.far))

        scene.far.answers = never
        async with anyio.create_task_group() as group:
            group.start_soon(ask)
            while not scene.far.calls():  # noqa: ASYNC110 (as above)
                await anyio.sleep(0.005)
            await relay.stop("pressed by ops")

    scene.play(part)
    [answer] = answers
    assert answer is not None
    assert "pressed by ops" in str(answer.message["error"])
    assert scene.far.told[0].params == {"requestId": 1, "reason": "pressed by ops"}


def test_a_second_request_with_the_id_of_one_under_way_is_refused(tmp_path: Path) -> None:
    async def part(relay: Relay, _guard: Guard) -> None:
        assert relay.step(Side.CLIENT, call("echo", {})).conduct is Conduct.HANDLE
        again = relay.step(Side.CLIENT, call("echo", {}))
        assert again.conduct is Conduct.ANSWER
        assert "under way" in str(again.frame.message["error"])
        assert relay.step(Side.SERVER, Frame.request(1, "elicitation/create", {})).conduct is Conduct.HANDLE

    Scene(folder=tmp_path).play(part)


def test_a_fault_of_our_own_is_an_answer_too(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path)

    async def part(relay: Relay, _guard: Guard) -> None:
        relay.judge.tools = None  # type: ignore[assignment]
        answer = await through(relay, call("echo", {"text": "a"}), scene.far)
        assert answer is not None
        assert "remit failed in a way it should not" in str(answer.message["error"])

    scene.play(part)
    assert scene.far.calls() == []


def test_what_the_guard_spelled_anew_is_what_is_sent(tmp_path: Path) -> None:
    charter = granted("read", args={"path": {"under": str(tmp_path)}})
    tool = {**ECHO, "name": "read", "inputSchema": {"type": "object", "properties": {"path": {"type": "string"}}}}
    scene = Scene(folder=tmp_path, charter=charter, far=Far(tools=[tool]))
    [answer] = scene.answer(call("read", {"path": f"{tmp_path}/a/../b"}))
    assert answer is not None
    assert "isError" not in answer.result
    [sent] = scene.far.calls()
    assert sent.params["arguments"] == {"path": f"{tmp_path}/b"}
