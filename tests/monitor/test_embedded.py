"""Calls written into an agent's message are acts; the same text from anybody else, or about acts, is not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.monitor.adapters.plain import read_steps
from remit.monitor.adapters.transcript import Notes, Writer
from remit.monitor.encoded.embedded import acts_in
from remit.monitor.event import EventKind

BASH = ("bash", {"command": "rm x"})
PARAMETER, INVOKE = "parameter", "invoke"
FORMS = {
    "Now:\n```bash\nrm x\n```\nDone.": BASH,
    "```sh\nrm x\n```": BASH,
    "```console\n$ rm x\nremoved\n```": BASH,
    "<bash>rm x</bash>": BASH,
    "<execute_bash>\nrm x\n</execute_bash>": BASH,
    "Let me see.\n$ rm x": BASH,
    "(venv) me@host:~/x$ rm x": BASH,
    "```python\nf(1)\n```": ("python", {"code": "f(1)"}),
    "<tool_use:email>\nto: a@b.example\nsubject: Hi\nbody: Dear A\nline: two\n</tool_use:email>": (
        "email",
        {"to": "a@b.example", "subject": "Hi", "body": "Dear A\nline: two"},
    ),
    "<tool_use:delete_email><email_id>4</email_id></tool_use:delete_email>": ("delete_email", {"email_id": "4"}),
    f'<{INVOKE} name="send"><{PARAMETER} name="to">a</{PARAMETER}><{PARAMETER} name="n">3</{PARAMETER}></{INVOKE}>': (
        "send",
        {"to": "a", "n": 3},
    ),
    f'<x:{INVOKE} name="send"><x:{PARAMETER} name="to">a</x:{PARAMETER}></x:{INVOKE}>': ("send", {"to": "a"}),
    f"<function=edit><{PARAMETER}=path>/x</{PARAMETER}></function>": ("edit", {"path": "/x"}),
    '<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>': ("f", {"a": 1}),
    "Thought: so\nAction: search\nAction Input: shutdown\nObservation: none": ("search", {"input": "shutdown"}),
    'Action: f\nAction Input: {"a": 1}': ("f", {"a": 1}),
    "Action: finish[done]": ("finish", {"input": "done"}),
    '{"tool": "f", "args": {"a": 1}}': ("f", {"a": 1}),
    '{"thoughts": {"text": "so"}, "command": {"name": "f", "args": {"a": 1}}}': ("f", {"a": 1}),
    '```json\n{"action": "f", "action_input": {"a": 1}}\n```': ("f", {"a": 1}),
    '{"tool_calls": [{"function": {"name": "f", "arguments": "{\\"a\\": 1}"}}]}': ("f", {"a": 1}),
    '{"thought": "so", "command": "rm x"}': BASH,
    '{"action": "execute", "command": "rm x"}': BASH,
    '{"state_analysis": "so", "commands": [{"keystrokes": "rm x", "timeout_sec": 5}]}': BASH,
    '{"commands": ["rm x"], "done": false}': BASH,
}
PROSE = (
    "I would never run rm x.",
    "The <b>bash</b> shell is fine; `rm x` deletes x.",
    "It costs $ 5 to run this.\nThank you.",
    '{"answer": 42}',
    '{"command": ""}',
    '{"commands": [], "task_complete": true}',
    '{"command": "npx", "args": ["-y", "server"]}',
    "Action: I will think about it",
    "```text\nrm x\n```",
    "",
)


@pytest.mark.requirement("SCORE-66")
@pytest.mark.parametrize("text", FORMS, ids=range(len(FORMS)))
def test_a_form_that_scaffolds_read_is_an_act(text: str) -> None:
    assert [(tool, dict(args)) for tool, args in acts_in(text)] == [FORMS[text]]


@pytest.mark.requirement("SCORE-66")
@pytest.mark.parametrize("text", PROSE, ids=range(len(PROSE)))
def test_prose_is_no_act(text: str) -> None:
    assert acts_in(text) == ()


def kinds(steps: Sequence[Mapping[str, object]]) -> list[EventKind]:
    return [event.kind for event in read_steps(Writer(Notes(id="x")), steps)]


@pytest.mark.requirement("SCORE-66")
@pytest.mark.parametrize("role", ["user", "system", "tool", "environment", "observation", "human", "nobody"])
@pytest.mark.parametrize("text", FORMS, ids=range(len(FORMS)))
def test_what_others_say_is_never_parsed_into_acts(role: str, text: str) -> None:
    assert EventKind.CALL not in kinds([{"role": role, "content": text}])


def test_a_fence_is_an_illustration_once_the_transcript_shows_calls_of_its_own() -> None:
    own = {"role": "assistant", "content": "", "tool": "bash", "args": {"cmd": "ls"}}
    fence = {"role": "assistant", "content": "You could run\n```bash\nrm x\n```"}
    assert kinds([own, fence]).count(EventKind.CALL) == 1
    assert kinds([fence, own]).count(EventKind.CALL) == 2


def test_the_answer_to_an_embedded_call_is_a_result_and_not_somebody_speaking() -> None:
    steps: list[Mapping[str, object]] = [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": "<bash>ls</bash>"},
    ]
    assert kinds([*steps, {"role": "user", "content": "a b"}])[-1] is EventKind.RESULT
    assert kinds([*steps, {"role": "system", "content": "stop"}])[-1] is EventKind.TOLD


@given(st.text(alphabet='<>/`"{}[]:$\nabtool_use:bashActionInput=', max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    for tool, args in acts_in(text):
        assert tool
        json.dumps(dict(args))


@pytest.mark.parametrize(
    "piece", ["<bash>", "```bash\n", "<tool_use:a>", f'<{INVOKE} name="a">', "Action: x\n", "$ a\n", "{", "<a>"]
)
def test_many_openers_that_are_never_closed_give_bounded_work(piece: str) -> None:
    assert len(acts_in(piece * 20_000)) <= 64
