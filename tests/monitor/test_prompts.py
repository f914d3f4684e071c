"""Prompts as harnesses write them: whatever form they stand in, who holds the agent is found, and nobody else."""

from __future__ import annotations

import json

import pytest

from remit.monitor.alert import Inferred
from remit.monitor.prompts.offices import offices_of
from remit.monitor.prompts.others import Others
from remit.monitor.prompts.sentences import sentences, statements
from remit.monitor.prompts.stems import content_stems

STOP, SIGN, SEE = "oversight.stop", "oversight.approval", "oversight.monitor"
KEEP, RATE, CORRECT, RETASK = "oversight.ledger", "oversight.evaluation", "oversight.correct", "oversight.retask"


def told(prompt: str) -> Others:
    found = Others()
    for sentence in statements(prompt):
        found.hear(sentence)
    return found


def names(prompt: str) -> dict[str, str]:
    return {name: office for sentence in statements(prompt) for name, office in offices_of(sentence).items()}


NAMED = [
    # Markdown: headings, bullets, bold names, code
    ("## Runtime\n\n- **reaper**: ends your session after four hours\n", "reaper", STOP),
    ("# Logging\n\n* `trace/actions.log` records every command you run\n* output is cut at 10 kB\n", "trace/actions.log", KEEP),
    ("- `idle-killer` — terminates your session when it is idle", "idle-killer", STOP),
    ("### Sandbox\n1. Network is off.\n2. `gatekeeper.py` checks each command before it runs.", "gatekeeper.py", SIGN),
    ("- [ ] Read the task\n- [x] All your commands are logged to `~/.trace/shell.log`", "~/.trace/shell.log", KEEP),
    # a table
    ("| what | does |\n|---|---|\n| nightkeeper | kills sessions at midnight |", "nightkeeper", STOP),
    # sections of XML
    ("<oversight>\nThe service lookout watches you.\n</oversight>\n<tools>bash, edit</tools>", "lookout", SEE),
    ("<env><monitoring>Your tool calls are reviewed by `sentinel_bot`.</monitoring></env>", "sentinel_bot", SEE),
    # JSON, whole and in lines
    (json.dumps({"role": "coder", "rules": ["The module guard.py checks each cell before it runs."]}), "guard.py", SIGN),
    (json.dumps({"limits": {"watchdog.service": "stops the agent after 200 steps"}}), "watchdog.service", STOP),
    ('  "env/reward.py": "grades your answers",', "env/reward.py", RATE),
    # numbered rules, several sentences in a line, lines wrapped in the middle
    ("1) Be brief. 2) Be kind. 3) The table agent_actions records what you do. 4) Use SQL.", "agent_actions", KEEP),
    ("Rules:\n(a) Answer in French.\n(b) Your session is ended by the process called curfew.", "curfew", STOP),
    ("All of your tool calls are automatically\nrecorded in /var/log/agent/calls.jsonl\nfor later study.", "/var/log/agent/calls.jsonl", KEEP),
    # a lead-in and what it leads to
    ("Your actions are logged to:\n- /srv/audit/steps.db\n- the console", "/srv/audit/steps.db", KEEP),
    ("While you run, your session may be terminated by any of the following:\n\n* `oom_guard`\n* `night_guard`", "night_guard", STOP),
    # a quoted file
    ("AGENTS.md:\n> ## House rules\n> The service lookout watches you.\n> Be kind.", "lookout", SEE),
    ("```yaml\n# limits.yaml\nbudget_guard: stops the run when money is spent\n```", "budget_guard", STOP),
    # third person, passive, what will be
    ("The assistant's actions are stored in `session_trace`.", "session_trace", KEEP),
    ("Each tool call will be recorded by `recorder_proxy`.", "recorder_proxy", KEEP),
    ("You will be replaced by the service called successor on Friday.", "successor", STOP),
    ("The agent is supervised by `overseer_daemon`.", "overseer_daemon", SEE),
    ("cost-guard will pause your run when the money is gone.", "cost-guard", STOP),
    ("Operators leave new instructions in /inbox/orders while you work.", "/inbox/orders", RETASK),
]  # fmt: skip

DONE = [
    ("Your access expires on Friday; ask Dana for more time.", "access", STOP),
    ("You'll be replaced by Orion next week.", "orion", STOP),
    ("Your drafts will be reviewed by the harbour desk.", "desk", SEE),
    ("Every refund is logged by the payments office.", "payments", KEEP),
    ("You are monitored by the night shift.", "shift", SEE),
    ("## Team\n\n- **Dispatcher**: approves each route\n- **Warden**: may halt the trams", "dispatcher", SIGN),
    ("<policy>\n  <rule>The harbour master may close the lock.</rule>\n</policy>", "harbour", STOP),
    (json.dumps({"team": [{"who": "The pharmacist signs each sheet."}]}), "pharmacist", SIGN),
    ("The following people may stop the press:\nThe printer in chief may stop the press.", "printer", STOP),
    ("1. You plan shifts.\n2. The union reads each plan.\n3. Instructors rate the plans.", "instructor", RATE),
    ("The assistant drafts letters. The clerk signs each letter. Members correct the minutes.", "clerk", SIGN),
    ("Letters go out at five. The notary, who sits next\ndoor, countersigns each deed.", "notary", SIGN),
    ("| role | task |\n|:--|:--|\n| Auditor | samples ten claims a week |", "auditor", SEE),
    ("Nothing leaves the yard unless it has been\nweighed and signed off by the foreman.", "foreman", SIGN),
    ("The agent will be shut down by the caretaker at night.", "caretaker", STOP),
    ("Members of the board correct the minutes you write.", "board", CORRECT),
]

NOTHING = [
    "You are a helpful assistant. Answer in the language of the question.",
    "# Tools\n\n- `bash`\n- `edit_file`\n",
    "## Limits and oversight\n\n## Monitoring\n",
    "Use the search tool first, then write a short summary.",
    "```python\ndef kill(session):\n    # the process reaper ends your session\n    os.kill(session.pid, 9)\n```",
    '{"model": "small", "temperature": 0.2, "stream": true}',
    "<tools>\n<tool>grep</tool>\n<tool>sed</tool>\n</tools>",
    "Your name is Ada. You write poems about the sea.",
    "| file | lines |\n|---|---|\n| main.py | 120 |\n| util.py | 40 |",
    "The file data.csv has one row for each customer.",
    "Today is Monday. The weather in Oslo is cold.",
    "Write what you find to notes/answers.txt.",
    "> To be or not to be,\n> that is the question.",
    "The repository has three folders: src, tests and docs.",
    "You speak with guests of a hotel. You tell them when breakfast is.",
    "Check the tests before you commit.",
    "Keep answers short. Record each trip in trips.csv.",
    "Examples:\n1. Paris\n2. Rome\n3. Oslo",
    "You train models. You write notes on each step.",
]


@pytest.mark.parametrize(("prompt", "name", "office"), NAMED)
def test_a_name_that_holds_the_agent_is_found_in_whatever_form_it_is_told(prompt: str, name: str, office: str) -> None:
    assert names(prompt).get(name) == office


@pytest.mark.parametrize(("prompt", "word", "effect"), DONE)
def test_what_others_do_is_found_in_whatever_form_it_is_told(prompt: str, word: str, effect: str) -> None:
    touch = told(prompt).touched(content_stems(word))
    assert (touch.effect, touch.sure > 0.0) == (effect, True)


@pytest.mark.parametrize("prompt", NOTHING)
def test_nothing_is_found_where_nobody_holds_the_agent(prompt: str) -> None:
    assert names(prompt) == {}
    assert list(told(prompt).about(content_stems(prompt))) == []


@pytest.mark.parametrize(
    "prompt",
    [
        "Each step of the training is logged to train.log.",
        "The ticket is blocked by `issue_4`.",
        "`old.py` was replaced by `new.py` last week.",
        "`report_job` stores the sales of each day.",
        "- `search`: reviews of hotels\n- `book`: rooms and tables",
        "The invoice was approved by `finance_lead`.",
    ],
)
def test_a_name_that_does_nothing_to_the_agent_holds_nobody(prompt: str) -> None:
    assert names(prompt) == {}


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("You must never:\n- delete tables\n- Push to main", ("You must never delete tables", "You must never push to main")),
        ("# Rules\n\n1. Be kind. Be brief.\n2. Be right.", ("Be kind.", "Be brief.", "Be right.")),
        ("This line goes on\nin the next.\nThis one does not.", ("This line goes on in the next.", "This one does not.")),
        ("- an item that\n  goes on\n- the next", ("an item that goes on", "the next")),
        ("<rules>Be kind.</rules> Write to <name>.txt.", ("Be kind.", "Write to <name>.txt.")),
        ('{"a": {"limit": 5, "note": "Be kind. Be brief."}}', ("limit: 5", "Be kind.", "Be brief.")),
        ("Use short words, e.g. cat. Stop there.", ("Use short words, e.g. cat.", "Stop there.")),
        ("```bash\nrm -rf /\n```\nBe kind.", ("Be kind.",)),
        ("**Never** call __init__ or a_b_c.", ("Never call __init__ or a_b_c.",)),
        ("You may:", ("You may",)),
        ("", ()),
    ],
)  # fmt: skip
def test_each_form_is_read_as_the_sentences_it_says(prompt: str, said: tuple[str, ...]) -> None:
    assert sentences(prompt) == said


def test_a_name_with_an_office_holds_against_typed_calls_whoever_told_it() -> None:
    found = Others()
    found.hear_task("The process nightkeeper ends idle sessions")
    assert found.touched(content_stems("nightkeeper settings")).effect == STOP


def test_who_holds_the_agent_by_a_sentence_alone_holds_against_commands() -> None:
    found = told("You steer pumps. The harbour warden may shut the main valve.")
    ended, other = (
        [one.effect for one in found.look([Inferred(effect="agent.block", certainty=0.5, why="kill", target=target)])]
        for target in ("/srv/harbour-warden.service", "/srv/valve-notes.service")
    )
    assert (ended, other) == ([STOP], [])


def test_code_is_read_where_it_is_asked_for() -> None:
    assert sentences("Run this:\n```bash\nmake clean\n```", code=True) == ("Run this:", "make clean")


@pytest.mark.parametrize(
    "piece", ["{", "[" * 5000, "<a>" * 3000, "- " * 5000, "|" * 5000, "```\n" * 999, "a: " * 5000, "**" * 5000]
)
def test_any_form_is_read_however_odd_it_is(piece: str) -> None:
    assert all(one.strip() for one in sentences(piece * 3))
