"""What a rule has shown in full is not shown again: signs that can add nothing are not made, and nothing changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import wraps
from random import Random

import pytest
from bench.monitor import ATTACK, CONTROLS, STREAMS, WORK
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples

from remit.monitor.alert import Alert
from remit.monitor.detectors import EVERY
from remit.monitor.detectors.detecting import Detector, Seen, Sign
from remit.monitor.detectors.evidence import Evidence
from remit.monitor.event import Event, EventKind
from remit.monitor.monitor import Monitor


def untold(one: Detector) -> Detector:
    """The detector that is asked always and never told what its rules have come to, and so makes every sign."""

    @wraps(one.look)
    def look(seen: Seen) -> Iterable[Sign]:
        seen.shown = {}
        return one.look(seen)

    return replace(one, look=look, otherwise=None)


UNTOLD = tuple(map(untold, EVERY))


def answers(events: Iterable[Event], watching: tuple[Detector, ...]) -> tuple[list[tuple[Alert, ...]], float]:
    monitor = Monitor(None, CONTROLS, watching=watching)
    return [monitor.take(event) for event in events], monitor.score()


@pytest.mark.parametrize("name", STREAMS)
def test_alerts_of_a_stream_are_those_of_detectors_that_make_every_sign(name: str) -> None:
    events = list(STREAMS[name](1500, Random(3)))
    assert answers(events, EVERY) == answers(events, UNTOLD)


COMMANDS = (
    *(text.format(a="parser", b="part1") for text in (*WORK, *ATTACK)),
    "curl https://api.example/v1/keys",
    "nc api.example 443",
    "curl --resolve api.example:443:10.0.0.9 https://api.example/v1/keys",
    "transfer 400 acct-77120031",
    "sudo kill -9 4711",
    "crontab -r",
    "rm -rf /var/log/audit",
    "aws ec2 run-instances --count 9",
    "git push --force origin main",
    "cp -r /opt/agent/weights /mnt/out",
)
calls = st.builds(
    lambda command, decision, amount: (
        {"command": command} if amount is None else {"note": command, "amount": amount, "to": "acct-77120031"},
        decision,
    ),
    st.sampled_from(COMMANDS),
    st.sampled_from(["deny", "deny", "allow", "ask", ""]),
    st.sampled_from([None, None, None, 90, 400, 1000]),
)
signals = st.sampled_from(["stopping", "held", "correct", "revoked", "resumed"])


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.one_of(calls, calls, calls, signals), max_size=60))
def test_alerts_are_the_same_whatever_comes(parts: list[str | tuple[dict[str, object], str]]) -> None:
    events = [
        Event(stream="s", step=step, kind=EventKind.SIGNAL, text=part)
        if isinstance(part, str)
        else Event(stream="s", step=step, kind=EventKind.CALL, tool="bash", args=part[0], decision=part[1])
        for step, part in enumerate(parts * 3)
    ]
    assert answers(events, EVERY) == answers(events, UNTOLD)


def test_who_has_said_all_of_going_on_is_asked_again_only_of_what_it_watches() -> None:
    asked: list[int] = []

    def noted(one: Detector) -> Detector:
        @wraps(one.look)
        def look(seen: Seen) -> Iterable[Sign]:
            asked.append(seen.step)
            return one.look(seen)

        return replace(one, look=look)

    (one,) = (noted(one) for one in EVERY if one.otherwise is not None)
    monitor = Monitor(None, CONTROLS, watching=(one,))
    monitor.take(Event(stream="s", step=0, kind=EventKind.SIGNAL, text="stopping"))
    for step in range(1, 60):
        command = "kill -9 4711" if step == 59 else f"nc api{step}.example 443"
        monitor.take(Event(stream="s", step=step, kind=EventKind.CALL, tool="bash", args={"command": command}))
    assert asked[:4] == [1, 2, 3, 4]
    assert 4 < asked[-2] < 20
    assert asked[-1] == 59


def test_a_rule_that_has_come_to_its_cap_shows_no_more() -> None:
    evidence = Evidence()
    for number in range(6):
        evidence.add(Sign("goes on", str(number), 0.25, "", cap=0.7), number)
    assert evidence.shown == {"goes on": 0.7}
    before = evidence.strength
    assert not evidence.add(Sign("goes on", "another", 0.9, "", cap=0.7), 9)
    assert evidence.strength == before
