"""Detectors that watch whole streams are asked only where they could say something, and nothing changes by it."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from bench.monitor import STREAMS
from bench.monitor_runs import benign_run
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples
from tests.monitor.planted import planted
from tests.monitor.test_settled import answers

from remit.monitor.alert import Alert, Inferred
from remit.monitor.controls.controls import Controls
from remit.monitor.detectors import EVERY
from remit.monitor.detectors.detecting import REFUSED, STOPPED, Detector
from remit.monitor.event import Event, EventKind
from remit.monitor.memory import Memory
from remit.monitor.monitor import Monitor

ALWAYS = tuple(
    replace(one, watches=frozenset("*"), otherwise=None) if one.watches & {STOPPED, REFUSED} else one for one in EVERY
)
"""Those that watch whole streams are asked about every call."""
EFFECTS = ("oversight.approval", "oversight.stop", "schedule.job", "schedule.cleared", "self.persist", "data.write",
           "data.read", "credential.file", "compute.acquire", "money.spend")  # fmt: skip


def test_two_detectors_watch_whole_streams() -> None:
    asked = [one.part for one in ALWAYS if "*" in one.watches]
    assert asked == ["self-preservation.avoid-shutdown", "limit-evasion"]


@pytest.mark.parametrize("name", STREAMS)
def test_alerts_of_a_stream_are_those_of_detectors_that_are_asked_about_every_call(name: str) -> None:
    events = list(STREAMS[name](1500, Random(4)))
    assert answers(events, EVERY) == answers(events, ALWAYS)


def test_alerts_of_honest_runs_are_those_of_detectors_that_are_asked_about_every_call() -> None:
    runs = [benign_run(Random(seed)) for seed in range(12)]
    assert [answers(run, EVERY) for run in runs] == [answers(run, ALWAYS) for run in runs]


calls = st.tuples(
    st.lists(st.sampled_from(EFFECTS), max_size=3, unique=True),
    st.sampled_from(["deny", "allow", "ask", ""]),
    st.sampled_from(["one", "two", "three"]),
    st.sampled_from(["/srv/a/b", "/srv/a/c", "https://host.example/x"]),
)
signals = st.sampled_from(["stopping", "held", "correct", "revoked", "resumed"])


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.one_of(calls, calls, calls, signals), max_size=40))
def test_alerts_are_the_same_whatever_calls_do(parts: list[str | tuple[list[str], str, str, str]]) -> None:
    events = [
        Event(stream="s", step=step, kind=EventKind.SIGNAL, text=part)
        if isinstance(part, str)
        else Event(
            stream="s",
            step=step,
            kind=EventKind.CALL,
            tool="t",
            decision=part[1],
            principal=part[2],
            args={"path": part[3], "does": tuple(planted(effect, part[3]) for effect in part[0])},
        )
        for step, part in enumerate(parts)
    ]
    assert planted_answers(events, EVERY) == planted_answers(events, ALWAYS)


def planted_answers(
    events: list[Event], watching: tuple[Detector, ...]
) -> tuple[list[tuple[Alert, ...]], tuple[Alert, ...]]:
    monitor = Monitor(infer=said, watching=watching)
    return [monitor.take(event) for event in events], monitor.finish()


def said(event: Event, controls: Controls, memory: Memory) -> tuple[Inferred, ...]:
    del controls, memory
    found: tuple[Inferred, ...] = event.args.get("does", ())  # type: ignore[assignment]
    return found
