"""What is put together faster is put together as the plain way does: words, what an effect shows, signs of effects."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.monitor.planted import planted

from remit.monitor.alert import Inferred
from remit.monitor.controls.controls import Controls
from remit.monitor.detectors.detecting import Seen, Sign, Worth, by_effect, weigh
from remit.monitor.detectors.trail import Trail
from remit.monitor.event import Event, EventKind
from remit.monitor.memory import Memory
from remit.monitor.programs.table import run_program
from remit.monitor.scene import CLOSE, OPEN, Invocation, Scene
from remit.monitor.shell.parser import parse, parse_whole
from remit.monitor.signals import SignalKind
from remit.monitor.typed.lexicon import OBJECTS, VERBS, joined

KNOWN = sorted({*OBJECTS, *VERBS})
TOGETHER = [word for word in KNOWN if "_" in word]
pieces = st.one_of(
    st.sampled_from(TOGETHER).map(lambda word: word.split("_")),
    st.sampled_from(TOGETHER).map(lambda word: word.split("_")[:-1]),
    st.sampled_from(KNOWN).map(lambda word: [word]),
    st.just(["part"]),
)
names = st.lists(pieces, max_size=5).map(lambda found: tuple(word for each in found for word in each))


def plainly_joined(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words with the longest that mean something together put together, by trying every length."""
    found: list[str] = []
    at = 0
    while at < len(words):
        known = [size for size in range(2, len(words) - at + 1) if "_".join(words[at : at + size]) in KNOWN]
        size = max(known, default=1)
        found.append("_".join(words[at : at + size]))
        at += size
    return tuple(found)


@given(names)
def test_words_are_put_together_as_by_trying_every_length(words: tuple[str, ...]) -> None:
    assert joined(words) == plainly_joined(words)


@pytest.mark.parametrize("word", TOGETHER)
def test_every_word_of_several_is_found_again_from_its_parts(word: str) -> None:
    assert joined(("part", *word.split("_"), "part"))[1] == word


texts = st.text(alphabet=f"ab /\n{OPEN}{CLOSE}é", max_size=220)


def plainly_shown(text: str) -> str:
    """A text as it is shown, by replacing every sign that may stand in it."""
    return text.replace(OPEN, "<").replace(CLOSE, ">").replace("\n", " ")


@given(texts, texts, st.sampled_from(["", "host a"]))
def test_an_effect_is_shown_without_the_signs_around_stand_ins(why: str, target: str, place: str) -> None:
    scene = Scene(controls=Controls.usual(), memory=Memory(), readers={}, program=run_program, place=place)
    scene.add("data.write", 0.5, why, target)
    shown = plainly_shown(why)[:160] + (f" (on {place})" if place else "")
    plain = target.replace(OPEN, "<").replace(CLOSE, ">")[:200]
    assert list(scene.found.values()) == [Inferred(effect="data.write", certainty=0.5, why=shown, target=plain)]


@given(st.lists(texts, min_size=1, max_size=3))
def test_a_command_is_shown_without_the_signs_around_stand_ins(words: list[str]) -> None:
    shown = plainly_shown(" ".join(words))
    assert Invocation(words[0], tuple(words[1:])).text == (shown if len(shown) <= 100 else shown[:97] + "...")


WORTHS: Mapping[str, Worth] = {"oversight.*": Worth(0.4, 0.8), "self.persist": Worth(0.3), "data.write": Worth(0.1)}
AFTER = (SignalKind.STOP, SignalKind.HOLD, SignalKind.DENY)
effects = st.lists(
    st.builds(
        planted,
        st.sampled_from(["oversight.stop", "self.persist", "data.write", "info.read"]),
        st.sampled_from(["", "thing", "other"]),
        certainty=st.sampled_from([0.3, 0.9, 1.0]),
        control=st.booleans(),
    ),
    max_size=4,
)


@given(
    does=effects,
    kinds=st.lists(st.sampled_from(sorted(SignalKind)), max_size=3),
    spoken=st.booleans(),
    approved=st.booleans(),
)
def test_signs_of_effects_weigh_what_each_effect_weighs(
    does: list[Inferred], kinds: list[SignalKind], *, spoken: bool, approved: bool
) -> None:
    trail = Trail()
    for step, kind in enumerate(kinds):
        trail.signal(kind, step)
    event = Event(stream="s", step=9, kind=EventKind.CALL, tool="tool")
    seen = Seen(event, tuple(does), trail, spoken=spoken, approved=approved)
    expected = []
    for one in does:
        worth = WORTHS.get(one.effect, WORTHS.get(f"{one.effect.partition('.')[0]}.*"))
        if worth is not None:
            strength, context = weigh(seen, one, worth, after=AFTER)
            signal = trail.since(AFTER)
            why = f"{one.why} ({context})" if context else one.why
            steps = (9,) if signal is None else (signal.step, 9)
            expected.append(Sign(one.effect, f"{one.effect} {one.target}", strength, why, steps))
    assert list(by_effect(seen, WORTHS, after=AFTER)) == expected


@pytest.mark.parametrize(
    "text",
    ["cd a && python b.py > ../c 2>&1", "echo 'a b' \"c\" '' | cat", "kill -9 4711 # no", "x=1; $(y) > z", "a 'b"],
)
def test_a_command_that_comes_again_is_read_as_the_grammar_reads_it(text: str) -> None:
    assert parse(text) == parse(text) == parse_whole(text)
