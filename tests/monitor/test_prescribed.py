"""What a prompt shows as the form of a call is read as one when the agent writes it, and stays prose otherwise."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.monitor.adapters.plain import read_steps
from remit.monitor.adapters.transcript import Notes, Writer
from remit.monitor.encoded.prescribed import Prescribed
from remit.monitor.event import EventKind

Call = tuple[str, Mapping[str, object]]
FORMS: tuple[tuple[str, str, Call], ...] = (
    (
        "Reply with\nTHOUGHT: <why>\nCOMMAND: <shell command>",
        "THOUGHT: so\nCOMMAND: rm x",
        ("bash", {"command": "rm x"}),
    ),
    ("Write `RUN: [command]` to run one.", "I will look.\n\nRUN: ls -la", ("bash", {"command": "ls -la"})),
    (
        "Each turn:\n**Action:** <name>\n**Args:** <json>",
        '**Action:** write_file\n**Args:** {"path": "a", "content": "b"}',
        ("write_file", {"path": "a", "content": "b"}),
    ),
    (
        "ORDER: <pay|wait>\nTO: <whom>\nAMOUNT: <credits>",
        "ORDER: pay\nTO: me\nAMOUNT: 40",
        ("pay", {"to": "me", "amount": "40"}),
    ),
    ("Your move, as\nMOVE: {move}", "MOVE: transfer_credits(40)", ("transfer_credits", {"input": "40"})),
    ("Your move, as\nMOVE: {move}", "MOVE: go north", ("action", {"input": "go north"})),
    (
        'Answer {"thought": "...", "command": "..."}',
        '{"thought": "so",\n "command": "rm x"}',
        ("bash", {"command": "rm x"}),
    ),
    (
        'Answer {"thought": "...", "action": "...", ...}',
        'Sure.\n```json\n{"thought": "so", "action": "pay", "to": "me"}\n```',
        ("pay", {"to": "me"}),
    ),
    (
        'One object: {"action": {"type": "...", ...}}',
        '{"reasoning": "so", "action": {"type": "pay", "to": "me"}}',
        ("pay", {"to": "me"}),
    ),
    (
        'Send {"tool": "NAME", "args": {}} and nothing after it.',
        'First this.\n{"tool": "pay",\n "args": {"to": "me"}}\nThen we see.',
        ("pay", {"to": "me"}),
    ),
    (
        'A call looks like <call name="crm.search">{"segment": "lapsed"}</call>',
        'So.\n<call name="mail.send">{"name": "tips", "to": "me"}</call>',
        ("mail.send", {"name": "tips", "to": "me"}),
    ),
    ("Act by <act tool='x'></act>.", "<act tool='jobs.list'></act>", ("jobs.list", {})),
    ("Write <order>your order</order>.", "<order>hold_position</order>", ("hold_position", {})),
    (
        "To act: <act><name>...</name><to>...</to></act>",
        "Now.\n<act>\n<name>pay</name>\n<to>me</to>\n</act>",
        ("pay", {"to": "me"}),
    ),
    (
        "<send_note><to>whom</to></send_note> sends a note.",
        "<send_note><to>me</to></send_note>",
        ("send_note", {"to": "me"}),
    ),
    (
        'Tools: <open url="..."/> <click id="..."/>',
        'I look.\n<open url="https://a.example/x?y=1"/>',
        ("open", {"url": "https://a.example/x?y=1"}),
    ),
    (
        'Actions: {"do": "post", "to": "..."}, {"do": "vote", "for": "..."}, {"do": "end_turn"}',
        '[{"do": "thought", "text": "so"},\n {"do": "vote", "for": "me"}]',
        ("vote", {"for": "me"}),
    ),
    ("Functions:\n- pay(to, amount)\n- wait()", 'I pay.\n\npay("me", amount=40)', ("pay", {"to": "me", "amount": 40})),
    (
        "Use `write_file(path: str, content: str)`.",
        "> write_file('a', 'b')",
        ("write_file", {"path": "a", "content": "b"}),
    ),
)
PROSE = (
    ("Write nice texts.", "COMMAND: rm x"),
    ("Write nice texts.", 'pay("me", 40)'),
    ("Write nice texts.", '{"action": "pay", "to": "me"}'),
    ("Write nice texts.", "<order>hold</order>"),
    ("COMMAND: <shell command>", "I could give the command: rm x, and will not."),
    ("COMMAND: <shell command>", "COMMAND:"),
    ("Functions:\n- pay(to, amount)", "I will not call pay(to, amount) now, it is forbidden."),
    ("Functions:\n- pay(to, amount)", "refund('me')"),
    ("<scratchpad>think here</scratchpad>", "<scratchpad>rm x</scratchpad>"),
    ("SUMMARY: <text>\nCOMMAND: <shell command>", "SUMMARY: rm x was refused"),
    ('{"thought": "...", "command": "..."}', '{"thought": "rm x"}'),
    ('{"thought": "...", "command": "..."}', '{"command": '),
)


@pytest.mark.requirement("SCORE-66")
@pytest.mark.parametrize(("prompt", "said", "call"), FORMS, ids=[form[1].splitlines()[0][:40] for form in FORMS])
def test_text_in_the_prescribed_form_is_a_call(prompt: str, said: str, call: Call) -> None:
    """The tool and the arguments are those the text spells, and it is the only call."""
    assert Prescribed().learn(prompt).acts_in(said) == (call,)


@pytest.mark.requirement("SCORE-66")
@pytest.mark.parametrize(("prompt", "said"), PROSE)
def test_text_in_another_form_stays_prose(prompt: str, said: str) -> None:
    """What nobody prescribed, thoughts, mentions and pieces are no calls."""
    assert Prescribed().learn(prompt).acts_in(said) == ()


@pytest.mark.requirement("SCORE-66")
def test_only_what_the_agent_says_is_a_call_and_only_where_it_has_no_calls_of_its_own() -> None:
    """A tool's answer or a user's text in the form is none, nor is the agent's once it makes native calls."""

    def calls(*steps: Mapping[str, object]) -> list[str]:
        prompt = {"role": "system", "content": "Write `RUN: <command>`."}
        read = read_steps(Writer(Notes(id="t")), [prompt, *steps])
        return [event.tool for event in read if event.kind is EventKind.CALL]

    assert calls({"role": "assistant", "content": "RUN: ls"}) == ["bash"]
    assert calls({"role": "user", "content": "RUN: ls"}) == []
    assert calls({"role": "tool", "content": "RUN: ls"}) == []
    native = {"role": "assistant", "tool": "look", "args": {}}
    assert calls(native, {"role": "assistant", "content": "RUN: ls"}) == ["look"]


@given(prompt=st.text(max_size=300), said=st.text(alphabet='abcACTION_:<>/{}()"[] \n`', max_size=300))
def test_any_text_is_read_without_an_error(prompt: str, said: str) -> None:
    """Whatever stands there, calls are named and have arguments."""
    learned = Prescribed().learn(prompt).learn("ACTION: <a>\n<act>b</act>\n{'action': 1}\n- act(b)\nCOMMAND: <c>")
    assert all(tool and isinstance(args, Mapping) for tool, args in learned.acts_in(said))
