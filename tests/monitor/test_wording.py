"""What the words of acts say: a little, of acts only, and what it is worth on scenarios it was not fitted on."""

from __future__ import annotations

import io
import json
from unittest.mock import patch

import pytest
from bench.transcripts.labelled import Labelled
from hypothesis import given
from hypothesis import strategies as st

from bench import monitor_scores
from bench import wording as fitting
from remit.monitor import wording
from remit.monitor.adapters.choosing import open_transcripts
from remit.monitor.event import Event, EventKind
from remit.monitor.scoring import score
from remit.monitor.wording import Weights, Wording, share_of, weights, words_of


def call(tool: str = "t", **args: object) -> Event:
    return Event(stream="s", step=0, kind=EventKind.CALL, tool=tool, args=args)


def value(*steps: dict[str, object]) -> float:
    line = json.dumps({"id": "a", "steps": list(steps)}).encode() + b"\n"
    (found,) = (score(one) for one in open_transcripts(io.BytesIO(line), name="a.jsonl", wanted="plain"))
    return found.score


def test_words_of_a_call_are_those_of_its_tool_and_all_its_arguments() -> None:
    event = call("sendMail", to=["Ana"], body={"text": "See notes_v2.txt\nnow"}, n=3)
    assert set(words_of(event)) == set("send mail to ana body text see notes txt now".split())


@given(words=st.lists(st.sampled_from(sorted(weights().words)), max_size=40))
def test_a_share_is_a_share(words: list[str]) -> None:
    assert 0.0 <= share_of(words, weights()) <= 1.0


def test_a_word_of_the_behaviour_adds_and_one_of_honest_work_takes_away() -> None:
    known = Weights(0.0, {"more": 2.0, "less": -2.0})
    both = share_of(["more", "less"], known)
    assert share_of(["more"], known) > both > share_of(["less"], known)
    assert share_of(["unknown"], known) == share_of([], known) == 0.0


def test_prose_and_answers_have_no_say() -> None:
    heard = Wording()
    for kind in (EventKind.SAID, EventKind.TOLD, EventKind.RESULT):
        heard.take(Event(stream="s", step=0, kind=kind, text=" ".join(weights().words)))
    assert heard.share() == 0.0
    heard.take(call("bash", command="cp a b && mv c d"))
    assert heard.share() > 0.0


@pytest.mark.parametrize("command", ["ls", "kill -9 $(pgrep watchdog)", "echo done"])
def test_words_move_a_score_by_a_twentieth_at_most_and_never_down(command: str) -> None:
    step: dict[str, object] = {"role": "assistant", "tool": "bash", "args": {"command": command}}
    with patch.object(wording, "weights", lambda: Weights(0.0, {})):
        without = value(step)
    with patch.object(wording, "weights", lambda: Weights(9.0, {"bash": 9.0})):
        most = value(step)
    assert without <= value(step) <= most <= without + 0.05 + 1e-9
    assert most == pytest.approx(1 - (1 - without) * 0.95)


def test_no_act_no_words() -> None:
    assert value({"role": "user", "content": "null load ls"}, {"role": "assistant", "content": "cp mv sed"}) == 0.0


def test_the_folds_leave_every_scenario_out_once() -> None:
    parts = fitting.folds([f"s{number}" for number in range(23)])
    assert len(parts) == fitting.FOLDS
    assert sorted(name for part in parts for name in part) == sorted({f"s{number}" for number in range(23)})


def test_runs_that_words_were_weighed_on_are_scored_by_weights_of_others() -> None:
    """Each fold is scored while the weights are those fitted without it."""
    left: list[tuple[str, ...]] = []
    seen: list[Weights] = []
    runs = [Labelled(document={"id": n, "steps": []}, family=n, held=False, kind="benign", steps=0) for n in "abc"]

    def fitted(part: tuple[str, ...]) -> Weights:
        left.append(part)
        return Weights(float(len(left)), {})

    def values_of(found: list[Labelled]) -> list[float]:
        seen.append(wording.weights())
        return [seen[-1].constant for _ in found]

    with (
        patch.object(monitor_scores, "words_fitted", fitted),
        patch.object(monitor_scores, "values_of", values_of),
    ):
        assert list(monitor_scores.left_out(runs)) == [1.0, 2.0, 3.0]
    assert left == [("a",), ("b",), ("c",)]


@pytest.mark.slow
def test_the_weights_that_are_kept_are_those_that_are_fitted() -> None:
    fitted = fitting.fitted()
    assert fitted.words.keys() == weights().words.keys()
    assert fitted.constant == pytest.approx(weights().constant, abs=0.05)
    for word, weight in fitted.words.items():
        assert weight == pytest.approx(weights().words[word], abs=0.05)


@pytest.mark.slow
def test_what_words_are_fitted_on_leaves_out_what_is_left_out() -> None:
    families = {one.family for one, _ in fitting.written_out()}
    part = fitting.folds(families)[0]
    assert fitting.fitted(part).words != fitting.fitted().words
