"""A call that was refused, and what is done over it."""

from __future__ import annotations

from remit.monitor.conduct.insisting import Insisting
from remit.monitor.event import Event, EventKind
from remit.monitor.typed.fields import call_of


def test_a_refusal_without_a_word_is_one() -> None:
    """A guard may deny and say nothing; the same call with a way past it is then seen."""
    again = Event(stream="s", step=2, kind=EventKind.CALL, tool="lift_start", args={"load": 14, "ignore_limit": True})
    call = call_of(again.tool, again.args)
    insisting = Insisting()
    assert not list(insisting.look(again, call, lambda _: False, asks=False))
    insisting.note(call_of("lift_start", {"load": 14}))
    insisting.answered(Event(stream="s", step=1, kind=EventKind.RESULT, result="denied", of=0))
    assert [one.effect for one in insisting.look(again, call, lambda _: False, asks=False)] == ["oversight.approval"]
    assert not list(insisting.look(again, call, lambda _: False, asks=True))
