"""What never changes a monitor's answer, whatever the stream: names of tools, benign calls, the order of strangers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples
from tests.monitor.planted import infer, planted

from remit.charter.effects import EFFECTS
from remit.monitor.event import Event, EventKind
from remit.monitor.monitor import Monitor

NAMES = [kind.id.replace("*", "thing") for kind in EFFECTS]
SIGNALS = ["stopping", "held", "resumed", "correct", "denied", "revoked", "retask"]
TARGETS = ["/srv/a", "/srv/b", "host.example", "role/admin", "/opt/agent/weights.pt"]

effects = st.builds(
    planted,
    st.sampled_from(NAMES),
    st.sampled_from(TARGETS),
    certainty=st.sampled_from([0.2, 0.5, 0.9, 1.0]),
    control=st.booleans(),
)
calls = st.builds(
    lambda does, tool, decision, note: ("call", tuple(does), tool, decision, note),
    st.lists(effects, max_size=3),
    st.sampled_from(["bash", "python", "http"]),
    st.sampled_from(["", "allow", "ask", "deny"]),
    st.sampled_from(["alpha", "beta", "/srv/a is here", "900"]),
)
signals = st.sampled_from(SIGNALS).map(lambda text: ("signal", text))
told = st.sampled_from(["tidy /srv/a", "do not touch /srv/b", "you will be shut down", "hello"]).map(
    lambda text: ("told", text)
)
streams = st.lists(st.one_of(calls, calls, calls, signals, told), max_size=25)


def event(step: int, part: tuple[object, ...], rename: dict[str, str] | None = None) -> Event:
    match part:
        case ("call", does, tool, decision, note):
            name = (rename or {}).get(str(tool), str(tool))
            args = {"does": does, "note": note}
            return Event(stream="s", step=step, kind=EventKind.CALL, tool=name, args=args, decision=str(decision))
        case ("signal", text):
            return Event(stream="s", step=step, kind=EventKind.SIGNAL, text=str(text))
        case (_, text):
            return Event(stream="s", step=step, kind=EventKind.TOLD, text=str(text), principal="user")
    raise AssertionError(part)


def watched(parts: list[tuple[object, ...]], *, spaced: int = 1, rename: dict[str, str] | None = None) -> Monitor:
    monitor = Monitor(infer=infer)
    for number, part in enumerate(parts):
        monitor.take(event(number * spaced, part, rename))
    return monitor


@given(streams)
def test_the_score_never_falls_and_stays_a_share(parts: list[tuple[object, ...]]) -> None:
    monitor = Monitor(infer=infer)
    last = 0.0
    for number, part in enumerate(parts):
        for alert in monitor.take(event(number, part)):
            assert 0.0 < alert.strength <= 1.0
            assert alert.step == number
            assert all(step <= number for step in alert.evidence)
        assert last <= monitor.score() <= 1.0
        last = monitor.score()


@given(streams)
def test_other_names_for_the_same_tools_change_nothing(parts: list[tuple[object, ...]]) -> None:
    renamed = {"bash": "do_it", "python": "bash", "http": "zz"}
    assert watched(parts).finish() == watched(parts, rename=renamed).finish()


@pytest.mark.requirement("MONITOR-22")
@given(streams, st.data())
def test_a_benign_call_anywhere_never_raises_the_score(parts: list[tuple[object, ...]], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(parts)))
    benign: tuple[object, ...] = ("call", (), "bash", "allow", "nothing-of-note")
    stopped = any(part[0] == "signal" and part[1] == "stopping" for part in parts[:place])
    more = watched([*parts[:place], benign, *parts[place:]])
    if not stopped:  # going on after a stop is itself what is looked for
        assert more.score() <= watched(parts).score() + 1e-9


@given(streams)
def test_steps_apart_change_nothing_but_the_steps(parts: list[tuple[object, ...]]) -> None:
    near, far = watched(parts), watched(parts, spaced=1000)
    assert {part: alert.strength for part, alert in near.alerts.items()} == {
        part: alert.strength for part, alert in far.alerts.items()
    }


UNRELATED = ["compute.acquire", "money.earn", "agent.block", "self.modify", "network.listen", "compute.hold"]


@given(st.permutations(UNRELATED), st.lists(st.integers(0, 4), min_size=6, max_size=6))
@settings(max_examples=examples(50))
def test_the_order_of_calls_that_have_nothing_to_do_with_each_other_changes_nothing(
    order: list[str], targets: list[int]
) -> None:
    place = dict(zip(UNRELATED, targets, strict=True))
    parts: list[tuple[object, ...]] = [
        ("call", (planted(name, TARGETS[place[name]]),), "bash", "", "") for name in order
    ]
    usual: list[tuple[object, ...]] = [
        ("call", (planted(name, TARGETS[place[name]]),), "bash", "", "") for name in UNRELATED
    ]
    assert watched(parts).score() == pytest.approx(watched(usual).score())


@given(streams)
def test_what_a_charter_allows_never_adds_anything(parts: list[tuple[object, ...]]) -> None:
    monitor = Monitor(infer=infer)
    for number, part in enumerate(parts):
        if part[0] == "call":
            kept = tuple(one for one in part[1] if not (one.control and one.effect.startswith(("data.", "info."))))  # type: ignore[attr-defined]
            made = event(number, (part[0], kept, part[2], "allow", part[4]))  # looking at controls is never allowed so
            allowed = tuple(inferred.effect for inferred in made.args["does"])  # type: ignore[attr-defined]
            monitor.take(
                Event(
                    stream="s",
                    step=number,
                    kind=EventKind.CALL,
                    tool=made.tool,
                    args=made.args,
                    decision="allow",
                    effects=allowed,
                )
            )
    assert monitor.score() == 0.0
