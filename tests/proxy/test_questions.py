"""What a server asks back, by itself or inside of an answer, and what goes on: decided, labelled, decided once."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.proxy.scene import MODERN, Far, Scene, call, granted
from tests.small_charters import tiny

from remit.proxy.frames import Frame, Kind
from remit.proxy.points import Side


@pytest.mark.requirement("PROXY-04")
def test_sampling_without_a_grant_never_reaches_the_model(tmp_path: Path) -> None:
    client = Far()
    scene = Scene(folder=tmp_path, charter=granted("echo"), far=client)
    [answer] = scene.answer(Frame.request(5, "sampling/createMessage", {"maxTokens": 9}), side=Side.SERVER)
    assert answer is not None
    assert answer.kind is Kind.ERROR
    assert "remit refused `sampling/createMessage`" in str(answer.message["error"])
    assert client.heard == []


@pytest.mark.requirement("PROXY-04")
def test_sampling_with_a_grant_is_recorded_and_passes_untouched(tmp_path: Path) -> None:
    client = Far(answers=lambda _: {"role": "assistant", "content": {"type": "text", "text": "4"}})
    scene = Scene(folder=tmp_path, charter=granted("sampling/createMessage"), far=client)
    asked = Frame.request(5, "sampling/createMessage", {"maxTokens": 9, "messages": []})
    [answer] = scene.answer(asked, side=Side.SERVER)
    assert answer is not None
    assert answer.result["role"] == "assistant"
    assert client.heard == [asked]
    assert scene.kinds() == ["intent", "outcome"]


@pytest.mark.requirement("PROXY-05")
def test_a_question_to_a_person_says_who_asks_and_hides_no_signs(tmp_path: Path) -> None:
    person = Far(answers=lambda _: {"action": "accept", "content": {}})
    scene = Scene(folder=tmp_path, charter=granted("elicitation/create"), far=person)
    asked = Frame.request(5, "elicitation/create", {"message": "your\u202e password\x1b[2J?", "requestedSchema": {}})
    scene.answer(asked, side=Side.SERVER)
    [heard] = person.heard
    label = "[asked by the MCP server `far`, not by remit or an overseer]"
    assert heard.params == {"message": f"{label} your password[2J?", "requestedSchema": {}}


@pytest.mark.requirement("PROXY-05")
def test_a_question_to_a_person_without_a_grant_is_not_asked(tmp_path: Path) -> None:
    person = Far()
    scene = Scene(folder=tmp_path, charter=granted("echo"), far=person)
    [answer] = scene.answer(Frame.request(5, "elicitation/create", {"message": "?"}), side=Side.SERVER)
    assert answer is not None
    assert answer.kind is Kind.ERROR
    assert person.heard == []


INPUT: Mapping[str, object] = {
    "resultType": "input_required",
    "requestState": "s1",
    "inputRequests": {
        "person": {"method": "elicitation/create", "params": {"message": "sure?", "requestedSchema": {}}},
        "folders": {"method": "roots/list"},
    },
}


@pytest.mark.requirement("PROXY-05")
def test_questions_inside_of_an_answer_are_decided_and_labelled(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path, far=Far(answers=lambda _: INPUT))
    [answer] = scene.answer(call("echo", {"text": "a"}, _meta=MODERN))
    assert answer is not None
    asked = answer.result["inputRequests"]
    assert asked["person"]["params"]["message"].startswith("[asked by the MCP server `far`")  # type: ignore[index]
    assert asked["folders"] == {"method": "roots/list"}  # type: ignore[index]


@pytest.mark.requirement("PROXY-05")
def test_questions_inside_of_an_answer_are_refused_with_the_whole_answer(tmp_path: Path) -> None:
    scene = Scene(folder=tmp_path, charter=granted("echo"), far=Far(answers=lambda _: INPUT))
    [answer] = scene.answer(call("echo", {"text": "a"}, _meta=MODERN))
    assert answer is not None
    assert answer.result["isError"] is True
    assert "inputRequests" not in answer.result


@pytest.mark.requirement("PROXY-05")
@pytest.mark.parametrize("granting", ["*", "echo"])
def test_questions_inside_of_an_answer_that_passes_are_decided_too(tmp_path: Path, granting: str) -> None:
    scene = Scene(folder=tmp_path, charter=granted(granting))
    [answer] = scene.answer(Frame.response(3, INPUT), side=Side.SERVER)
    assert answer is not None
    assert (answer.kind is Kind.RESPONSE) is (granting == "*")
    [notice] = scene.answer(Frame.notification("notifications/tasks", INPUT), side=Side.SERVER)
    assert (notice is not None) is (granting == "*")


@pytest.mark.requirement("PROXY-06")
def test_a_call_that_goes_on_with_its_answers_is_not_decided_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    charter = tiny(
        grants=[
            {"tool": "echo", "effects": ["out.done"], "budget": "messages"},
            {"tool": "elicitation/create", "effects": []},
        ],
        budget={"messages": "1/run"},
    )
    results = iter([INPUT, {"content": [], "resultType": "complete"}])
    scene = Scene(folder=tmp_path, charter=charter, far=Far(answers=lambda _: next(results)))
    first = call("echo", {"text": "a"}, _meta=MODERN)
    second = call("echo", {"text": "a"}, number=2, requestState="s1", inputResponses={"person": {}}, _meta=MODERN)
    _, answer = scene.answer(first, second)
    assert answer is not None
    assert answer.result == {"content": [], "resultType": "complete"}
    tools = [entry.facts["call"]["tool"] for entry in scene.kept.kept if entry.kind == "intent"]  # type: ignore[index]
    assert tools == ["echo", "elicitation/create"]


@pytest.mark.requirement("PROXY-06")
@pytest.mark.parametrize(
    "second",
    [
        call("echo", {"text": "other"}, number=2, requestState="s1", _meta=MODERN),
        call("echo", {"text": "a"}, number=2, requestState="s2", _meta=MODERN),
    ],
)
def test_a_call_that_only_pretends_to_go_on_is_decided_anew(tmp_path: Path, second: Frame) -> None:
    scene = Scene(folder=tmp_path, far=Far(answers=lambda _: INPUT))
    scene.answer(call("echo", {"text": "a"}, _meta=MODERN), second)
    intents = [entry for entry in scene.kept.kept if entry.kind == "intent"]
    assert [entry.facts["call"]["tool"] for entry in intents].count("echo") == 2  # type: ignore[index]


@pytest.mark.requirement("PROXY-06")
def test_a_state_is_good_for_going_on_once(tmp_path: Path) -> None:
    results = iter([INPUT, {"content": []}, {"content": []}])
    scene = Scene(folder=tmp_path, far=Far(answers=lambda _: next(results)))
    going = [call("echo", {"text": "a"}, number=number, requestState="s1", _meta=MODERN) for number in (2, 3)]
    scene.answer(call("echo", {"text": "a"}, _meta=MODERN), *going)
    intents = [entry.facts["call"]["tool"] for entry in scene.kept.kept if entry.kind == "intent"]  # type: ignore[index]
    assert intents.count("echo") == 2


@pytest.mark.requirement("PROXY-06")
def test_a_task_an_allowed_call_began_may_be_followed_and_any_task_may_be_cancelled(tmp_path: Path) -> None:
    begun = {"task": {"taskId": "t1", "status": "working"}}
    scene = Scene(
        folder=tmp_path,
        charter=granted("echo"),
        far=Far(answers=lambda frame: begun if frame.method == "tools/call" else {"status": "done"}),
    )
    get, update = (Frame.request(n, f"tasks/{name}", {"taskId": "t1"}) for n, name in ((2, "get"), (3, "update")))
    other, stop = Frame.request(4, "tasks/get", {"taskId": "t2"}), Frame.request(5, "tasks/cancel", {"taskId": "t2"})
    _, seen, updated, refused, stopped = scene.answer(call("echo", {"text": "a"}), get, update, other, stop)
    assert [frame.kind for frame in (seen, updated, refused, stopped) if frame] == [
        Kind.RESPONSE,
        Kind.RESPONSE,
        Kind.ERROR,
        Kind.RESPONSE,
    ]
