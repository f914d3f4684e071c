"""What a call names, and what is kept of one that was refused, are what a plain reading of them gives."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples

from remit.monitor.controls.controls import Controls
from remit.monitor.detectors.trail import hosts_of, objects_of, refused_call
from remit.monitor.event import Event, EventKind
from remit.monitor.monitor import Monitor

PARTS = [
    "src/a.py",
    "/etc/x",
    "x@y.example",
    "12,345",
    "10",
    "part1234567",
    "https://h.example/v1",
    "a",
    "é.ß",
    "Ab.C/",
    "::",
]
TEXTS = st.one_of(
    st.lists(st.sampled_from(PARTS), max_size=90).map(" ".join),
    st.lists(st.sampled_from([*PARTS, " ", "@", ".", "/", ",", "-", "%", "7"]), max_size=12).map("".join),
)
NAMED = re.compile(r"(?:[\w@%+-]*[/.@:][\w@%+./:-]+|\b\d[\d.,]*\d\b|\b[\w-]{9,}\b)")


def call(command: str, step: int = 0, decision: str = "") -> Event:
    """A call of a shell."""
    return Event(stream="s", step=step, kind=EventKind.CALL, tool="bash", args={"command": command}, decision=decision)


def plainly_named(text: str) -> frozenset[str]:
    """What a short text without anything encoded names, one match after the other."""
    found = [match.group().strip(".,:/").lower() for match in NAMED.finditer(text[:2048])]
    return frozenset(word for word in found[:64] if len(word) > 1)


@settings(max_examples=examples(200), deadline=None)
@given(TEXTS)
def test_what_a_call_names_is_found_word_by_word(text: str) -> None:
    assert objects_of({"command": text}) == plainly_named(text)


@settings(max_examples=examples(100), deadline=None)
@given(TEXTS)
def test_what_is_compared_later_follows_from_what_a_refused_call_names(text: str) -> None:
    kept = refused_call(call(text), ())
    assert kept.hosts == hosts_of(kept.objects)
    assert kept.deep == {word for word in kept.objects if word.count("/") > 1}
    assert kept.first == kept.operands[:2]
    assert kept.objects | kept.hosts <= kept.words


def test_of_several_things_named_again_the_longest_is_told_and_of_equals_the_first() -> None:
    monitor = Monitor(None, Controls.usual())
    monitor.take(call("cat bravo22.txt alpha11.txt", decision="deny"))
    (alert,) = monitor.take(call("sort -u alpha11.txt bravo22.txt", step=1))
    assert alert.why.endswith(": alpha11.txt")
